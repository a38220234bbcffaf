"""What the tests see of the network: the names it answers for, and who is called."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
import socket
import sys
from typing import Any, override

from aiohttp.abc import AbstractResolver, ResolveResult


class Names(AbstractResolver):
    """A name server that says what it is told to, and remembers each question.

    With several answers for a name, each question gets the next one.
    """

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(each) for name, each in answers.items()}
        self.questions: list[str] = []

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,
    ) -> list[ResolveResult]:
        self.questions.append(host)
        answers = self._answers.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [_result(host, address, port) for address in addresses]

    @override
    async def close(self) -> None:
        pass


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=0
    )


_called: list[list[str]] = []


def _note(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        for calls in _called:
            calls.append(str(args[1][0]))


sys.addaudithook(_note)  # Python's own; it sees every connection this process tries


@contextmanager
def calls() -> Iterator[list[str]]:
    """Give the addresses that any socket of this process tries to connect to."""
    mine: list[str] = []
    _called.append(mine)
    try:
        yield mine
    finally:
        _called.remove(mine)
