"""A loop's clock that a test can stop, to see for which moment an answer was kept."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import override

from tests.connection.clocks import Clockwork


class StoppableClock(Clockwork):
    """Goes like any other until it is stopped; stopped, it turns only when it is told to."""

    def __init__(self) -> None:
        self._stands_at: float | None = None
        self._awaited: dict[float, asyncio.Future[None]] = {}
        super().__init__()

    @override
    def time(self) -> float:
        return super().time() if self._stands_at is None else self._stands_at

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
        if (awaited := self._awaited.pop(when, None)) is not None:
            awaited.set_result(None)
        return super().call_at(when, callback, *args, context=context)
