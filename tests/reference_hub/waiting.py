"""Waiting for a fact instead of for a time."""

import asyncio
from collections.abc import Callable

PATIENCE = 60.0  # seconds, on the busiest machine; only ever spent by a test that fails


class Changes:
    """Wakes whoever waits, each time something has happened at this hub."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def happened(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def until[T](
        self, look: Callable[[], T | None], patience: float | None = PATIENCE
    ) -> T:
        """Give what `look` finds as soon as it finds something that is true."""
        async with asyncio.timeout(patience):
            while not (found := look()):
                future: asyncio.Future[None] = asyncio.Future()
                self._waiting.add(future)
                try:
                    await future
                finally:
                    self._waiting.discard(future)
            return found
