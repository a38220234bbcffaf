"""The house's clock: what Home Assistant waits for comes when a test lets time pass, and connections notice nothing."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import time
from typing import Final, override

from freezegun import api, freeze_time
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import event

from custom_components.latchstring.gate import requests
from custom_components.latchstring.household import clock as home_clock
from tests.loop_clock import LoopClock

BY_THE_HOUSE: Final = {event.__name__, requests.__name__}
"""What waits by this clock, by the module of what is called: Home Assistant's own means, and our time to answer."""

AT_ONCE: Final = 0.5
"""Who waits less than this has not asked for time to pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Something that Home Assistant does later."""

    due: int
    handle: asyncio.TimerHandle
    ring: Callable[[], object]
    is_repeated: bool


class HouseLoop(LoopClock):
    """Keeps apart what waits by the house's clock. Everything else waits by the machine's clock.

    That clock stands while the loop does, so that nobody is missed because a test thinks.
    """

    def __init__(self) -> None:
        self.passed = 0
        self._stood_still: float | None = None
        self.waits: list[Wait] = []
        super().__init__()

    @override
    def run_forever(self) -> None:
        if self._stood_still is not None:
            self.jump(self._stood_still - self.time())
        try:
            super().run_forever()
        finally:
            self._stood_still = self.time()

    @override
    def call_at[*Args](
        self,
        when: float,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        delay = when - self.time()
        module = getattr(callback, "__module__", "")
        if module not in BY_THE_HOUSE or delay < AT_ONCE:
            return super().call_at(when, callback, *args, context=context)
        self.moments.append(when)
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self.waits.append(
            Wait(
                due=self.passed + round(delay),
                handle=handle,
                ring=lambda: self.call_soon(callback, *args, context=context),
                is_repeated="TrackTimeInterval" in repr(callback),
            )
        )
        return handle

    def next_due(self, until: int) -> int | None:
        """Give the next moment at which something comes that is not done over and over."""
        self.waits = [each for each in self.waits if not each.handle.cancelled()]
        once = (each.due for each in self.waits if not each.is_repeated)
        return min((due for due in once if due <= until), default=None)

    def ring(self, *, repeated: bool) -> None:
        """Let everything come that is due by now."""
        due = [
            each
            for each in self.waits
            if each.due <= self.passed and each.is_repeated is repeated
        ]
        self.waits = [each for each in self.waits if each not in due]
        for each in sorted(due, key=lambda each: (each.due, each.handle.when())):
            if not each.handle.cancelled():
                each.ring()


class Clock:
    """Turns the house's clocks: the one on the wall, and the one that only ever goes on, which nobody sets."""

    def __init__(
        self, hass: HomeAssistant, loop: HouseLoop, wall: FrozenDateTimeFactory
    ) -> None:
        self.loop = loop
        self._hass = hass
        self._wall = wall
        # Until the wall's goes on.
        home_clock.monotonic = lambda: float(loop.passed)  # type: ignore[attr-defined]  # the module's own name for it

    @property
    def now(self) -> datetime:
        """What the clock on the wall reads."""
        return datetime.now(UTC)

    async def passes(self, **length: float) -> None:
        """Let time pass; what comes within it comes at its moment, and what is done over and over at the end."""
        end = self.loop.passed + round(timedelta(**length).total_seconds())
        while (due := self.loop.next_due(end)) is not None:
            self._go_on(max(due, self.loop.passed))
            self.loop.ring(repeated=False)
            await self._follows()
        self._go_on(end)
        self.loop.ring(repeated=True)
        await self._follows()

    async def comes_to(self, moment: datetime) -> None:
        """Let time pass until the clock on the wall reads this."""
        await self.passes(seconds=(moment - self.now).total_seconds())

    async def is_set(self, **ahead: float) -> None:
        """Set the clock on the wall, so much ahead; then let the house look at it."""
        self._wall.tick(timedelta(**ahead))
        await self.passes(seconds=10)

    async def is_set_to(self, moment: datetime) -> None:
        """Set the clock on the wall to this; then let the house look at it."""
        await self.is_set(seconds=(moment - self.now).total_seconds())

    async def _follows(self) -> None:
        """Wait until all has happened that comes of what rang, and is shown."""
        await asyncio.sleep(0)
        await self._hass.async_block_till_done()

    def _go_on(self, passed: int) -> None:
        self._wall.tick(timedelta(seconds=passed - self.loop.passed))
        self.loop.passed = passed


@contextmanager
def wall_clock(begin: datetime) -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on the wall; what measures how long something lasts goes on."""
    with freeze_time(begin) as wall:
        assert isinstance(wall, FrozenDateTimeFactory)
        time.monotonic = api.real_monotonic
        yield wall
