"""When what aioice hands on can have arrived at the earliest, although it reads its sockets itself."""

import asyncio
from collections.abc import Callable
from typing import Final

_TURNS: Final = 8
"""Turns of the loop in which nothing is handed on, until the sockets count as empty.

Each turn asks the kernel which sockets have something, and reads one datagram of each of these. Some more, as what a
TURN server says for itself is read as well and not counted.
"""
_PAUSE: Final = 0.01
"""Seconds until the next look, where the sockets were not empty."""


class LoopArrival:
    """`after` is a moment of the loop's clock before which nothing had arrived of what is handed on from now on."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.after = loop.time()
        self._loop = loop
        self._handed_on = 0
        self._looking: asyncio.Handle | None = None

    def hand_on(self) -> None:
        """Take note that a datagram is handed on, or read and dropped."""
        self._handed_on += 1

    def renew(self, then: Callable[[], None]) -> None:
        """Bring `after` up to now or later, and call `then`: as soon as the sockets have been empty."""
        self.close()
        self._look(then)

    def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _look(self, then: Callable[[], None]) -> None:
        self._watch(self._loop.time(), self._handed_on, _TURNS, then)

    def _watch(
        self, since: float, handed_on: int, turns: int, then: Callable[[], None]
    ) -> None:
        if handed_on != self._handed_on:
            self._looking = self._loop.call_later(_PAUSE, self._look, then)
        elif turns:
            self._looking = self._loop.call_soon(
                self._watch, since, handed_on, turns - 1, then
            )
        else:
            self._looking = None
            self.after = since
            then()
