"""An event loop whose clock a test can read, stop and turn."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any, override


class LoopClock(asyncio.SelectorEventLoop):
    """Goes on like any other clock, but jumps when told to, and turns only when told to while it is stopped.

    `moments` are all for which anything was ever asked of it.
    """

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stands_at: float | None = None
        self._awaited: dict[float, asyncio.Future[None]] = {}
        self.moments: list[float] = []
        super().__init__()

    @override
    def time(self) -> float:
        if self._stands_at is None:
            return super().time() + self._ahead
        return self._stands_at

    def jump(self, seconds: float) -> None:
        """Let this much time have passed."""
        self._ahead += seconds

    @contextmanager
    def stopped(self) -> Iterator[float]:
        """Let no time pass; give the moment at which it stands."""
        self._stands_at = now = self.time()
        try:
            yield now
        finally:
            self._stands_at = None

    def turn_to(self, moment: float) -> None:
        """Let it be this moment, while stopped."""
        self._stands_at = moment

    async def plans_for(self, moment: float) -> None:
        """Wait until there is something that is to happen at this very moment."""
        if moment not in self.moments:
            self._awaited[moment] = self.create_future()
            await self._awaited[moment]

    @override
    def call_at[*Args](
        self,
        when: float,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        self.moments.append(when)
        if (awaited := self._awaited.pop(when, None)) is not None:
            awaited.set_result(None)
        return super().call_at(when, callback, *args, context=context)


def run_by(clock: LoopClock, work: Coroutine[Any, Any, None]) -> None:
    """Run on a loop of its own, with nothing left behind."""
    with asyncio.Runner(loop_factory=lambda: clock) as runner:
        runner.run(work)
