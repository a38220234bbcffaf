"""Event loops whose clock a test can read and turn."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, override


class Clockwork(asyncio.SelectorEventLoop):
    """Remembers for which moments it was asked to do something; jumps when told to."""

    def __init__(self) -> None:
        self._ahead = 0.0
        super().__init__()
        self.moments: list[float] = []

    @override
    def time(self) -> float:
        return super().time() + self._ahead

    def jump(self, seconds: float) -> None:
        """Let this much time have passed."""
        self._ahead += seconds

    @override
    def call_at[*Args](
        self,
        when: float,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        self.moments.append(when)
        return super().call_at(when, callback, *args, context=context)


def run_by(clockwork: Clockwork, work: Coroutine[Any, Any, None]) -> None:
    """Run on a loop of its own, with nothing left behind."""
    with asyncio.Runner(loop_factory=lambda: clockwork) as runner:
        runner.run(work)
