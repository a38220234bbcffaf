"""Throws an exception at every single call that our code makes, one call after the other.

It reads the calls off the interpreter (`sys.monitoring`): whatever is called by code of the integration, on the loop's
thread, be it our own, Home Assistant's, the standard library's or one written in C. So nothing is patched, and no call
is forgotten because somebody wrote it later. The exception is thrown where the call stands, before anything of the
call has happened, and at no other.

What Home Assistant calls of ours is no call of ours: that a listener is called at all, nobody but Home Assistant can
see to.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
import sys
import threading
from types import CodeType, FrameType, TracebackType
from typing import Final, Self, override

from custom_components import latchstring

_MONITORING: Final = sys.monitoring
_OURS: Final = f"{Path(latchstring.__file__).parent}/"


@cache
def functions() -> frozenset[str]:
    """Return the qualified names of all our functions and methods."""
    return frozenset(
        name
        for path in Path(_OURS).rglob("*.py")
        for name in _qualified(ast.parse(path.read_text()))
    )


def _qualified(tree: ast.AST, inside: str = "") -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.ClassDef(name=name):
                yield from _qualified(node, f"{inside}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield f"{inside}{name}"


class Thrown(Exception):
    """What nobody could have foreseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Where something is called, and what."""

    number: int
    file: str
    line: int | None
    caller: str
    callee: str

    @override
    def __str__(self) -> str:
        return (
            f"{self.number}. {self.file}:{self.line} {self.caller} calls {self.callee}"
        )


class Calls:
    """`with Calls(throw_at=n) as calls:` numbers the calls within the block from 1 on, and throws at the n-th.

    `within` names a function of ours: then only what is called from inside it counts, however deep. `until` is asked at
    each call; from where it is true, nothing counts any more. `made` is how many were counted.
    """

    def __init__(
        self,
        *,
        throw_at: int | None = None,
        within: str | None = None,
        until: Callable[[], bool] = lambda: False,
    ) -> None:
        assert within is None or within in functions(), f"there is no {within}"
        self.made = 0
        self.thrown_at: Call | None = None
        self.exception = Thrown()
        self._made_by: dict[CodeType, tuple[int, int]] = {}
        self._throw_at = throw_at
        self._within = within
        self._until = until
        self._is_over = False
        self._thread = threading.get_ident()
        self._tool: int | None = None

    def __enter__(self) -> Self:
        tool = next(each for each in range(6) if _MONITORING.get_tool(each) is None)
        _MONITORING.use_tool_id(tool, "thrown")
        self._tool = tool
        _MONITORING.register_callback(tool, _MONITORING.events.CALL, self._called)
        _MONITORING.set_events(tool, _MONITORING.events.CALL)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._tool is not None:
            _MONITORING.set_events(self._tool, 0)
            _MONITORING.free_tool_id(self._tool)
            self._tool = None

    def firsts(self, *files: str) -> Sequence[int]:
        """Return the numbers of the first call that each function in these files of ours made."""
        return [
            first for code, (first, _) in self._made_by.items() if _file(code) in files
        ]

    @property
    def lasts(self) -> Sequence[int]:
        """Return the numbers of the last call that each function of ours made."""
        return [last for _, last in self._made_by.values()]

    def again(self, numbers: Sequence[int] | None = None) -> Iterator[Calls]:
        """Yield what throws at one after the other of all calls made here, or of these; fail if there is none."""
        assert self.made, "nothing of ours was called, so nothing was tried"
        for number in numbers or range(1, self.made + 1):
            yield Calls(throw_at=number, within=self._within, until=self._until)

    def threw_in(self, file: str) -> bool:
        """Return whether it was thrown at a call in this file of ours."""
        return self.thrown_at is not None and self.thrown_at.file == file

    def _called(
        self, code: CodeType, offset: int, callee: Callable[..., object], _first: object
    ) -> object:
        if not _is_ours(code):
            return _MONITORING.DISABLE
        if threading.get_ident() != self._thread or self._is_over:
            return None
        self._is_over = True  # asking calls, too
        self._is_over = self._until()
        if self._is_over or not self._is_within():
            return None
        self.made += 1
        first, _ = self._made_by.get(code, (self.made, self.made))
        self._made_by[code] = first, self.made
        if self.made == self._throw_at:
            self.thrown_at = _call(self.made, code, offset, callee)
            raise self.exception
        return None

    def _is_within(self) -> bool:
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - so it is documented
        while self._within and frame and not _is(frame.f_code, self._within):
            frame = frame.f_back
        return frame is not None


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(_OURS)


def _file(code: CodeType) -> str:
    return code.co_filename.removeprefix(_OURS)


def _is(code: CodeType, function: str) -> bool:
    return code.co_qualname == function and _is_ours(code)


def _call(
    number: int, code: CodeType, offset: int, callee: Callable[..., object]
) -> Call:
    lines = [line for line, *_ in code.co_positions()]
    return Call(
        number=number,
        file=_file(code),
        line=lines[offset // 2],
        caller=code.co_qualname,
        callee=getattr(callee, "__qualname__", type(callee).__qualname__),
    )
