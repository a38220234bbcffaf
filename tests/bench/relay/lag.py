"""How late a loop is."""

import asyncio
import time
from typing import Final

_PROBE_EVERY: Final = 0.005


class Lag:
    """How late the loop is, in milliseconds, as somebody sees it who wakes up two hundred times a second."""

    def __init__(self) -> None:
        self._found: list[float] = []
        self._probing: asyncio.Task[None] | None = None

    def begin(self) -> list[float]:
        """Return what was found so far, and begin anew."""
        found = self.end()
        self._probing = asyncio.get_running_loop().create_task(self._probe())
        return found

    def end(self) -> list[float]:
        """Return what was found; from now on, the probe costs nothing."""
        if self._probing is not None:
            self._probing.cancel()
        found, self._found = self._found, []
        return found

    async def _probe(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(_PROBE_EVERY)
            self._found.append((time.monotonic() - before - _PROBE_EVERY) * 1000)
