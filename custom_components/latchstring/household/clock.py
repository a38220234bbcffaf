"""The clock of this home, and what happens while it is in doubt: see `core/clock.py`.

Then every camera is closed. Hubs are asked whether they agree with it (`runtime/clock_check.py`), the record goes on
under the time that the monotonic clock yields, and after a while a repair says why all is closed.
"""

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..const import ISSUE_CLOCK
from ..core.clock import (
    ClockState,
    Doubt,
    Instant,
    Moment,
    advance,
    at_start,
    doubt,
    is_agreed,
    lead_of,
    reckon,
)
from ..core.entries import ClockConfirmed
from ..issues import async_hide, async_show

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from homeassistant.core import HomeAssistant

    from ..core.entries import Actor
    from ..record import Log

PATIENCE: Final = 60.0
"""Seconds before a repair says that the clock is in doubt: most often a hub confirms it sooner."""


class HouseholdClock:
    """Whether the clock is in doubt, and under which time the record goes on. `update` must be called regularly."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self.newest: datetime | None = None
        """The time of the newest entry. A clock that is right is not behind it."""
        self._start = monotonic()
        self._known = at_start(self.newest, self._start)
        self._doubted_since: float | None = None

    @property
    def doubt(self) -> Doubt | None:
        """Return why the clock is in doubt, or None if it is not."""
        return doubt(dt_util.utcnow(), monotonic(), self._now_known)

    @property
    def is_agreed(self) -> bool:
        """Return whether a hub or an administrator has agreed with this clock since the start, and it is not set."""
        return is_agreed(dt_util.utcnow(), monotonic(), self._now_known)

    @property
    def lead(self) -> timedelta:
        """Return how far the clock is ahead of the monotonic one. A hub or an administrator agrees with a lead."""
        return lead_of(dt_util.utcnow(), monotonic())

    @property
    def now(self) -> Instant:
        """Return the time of now, reckoned by the monotonic clock while the clock is in doubt."""
        return Instant(at=self.reckon(dt_util.utcnow()).at, steady=monotonic())

    @callback
    def note_newest(self, newest: datetime | None) -> None:
        """Note the time of the newest entry of the record."""
        self.newest = newest

    @callback
    def agree(self, lead: timedelta) -> None:
        """Note that another clock agreed with ours while it had this lead. It may have been set since."""
        self._known = replace(self._now_known, agreed=lead)
        self.update()

    @callback
    def update(self) -> None:
        """Follow the clock while it is not in doubt, and show a repair when it has been in doubt for a while."""
        steady = monotonic()
        if self.doubt is None:
            self._known = advance(dt_util.utcnow(), steady, self._now_known)
            self._doubted_since = None
            async_hide(self._hass, ISSUE_CLOCK)
        elif self._doubted_since is None:
            self._doubted_since = steady
        elif steady - self._doubted_since >= PATIENCE:
            async_show(self._hass, ISSUE_CLOCK)

    async def async_confirm(self, actor: Actor, log: Log) -> None:
        """End the doubt, because an administrator confirms the clock. Raises NotRecorded.

        That is recorded first, in the household's log `log`; from then on that is the newest entry, whatever the times
        before it.
        """
        now = dt_util.utcnow()
        entry = ClockConfirmed(actor=actor, newest=self.newest)
        await log.begin_time_anew(entry, at=now)
        self._known = replace(self._now_known, agreed=lead_of(now, monotonic()))
        self.update()

    @property
    def _now_known(self) -> ClockState:
        """Return what is known of the clock, with the newest entry of now. A record may have been opened late."""
        newest = self.newest
        if self._known.newest is None and self._known.begun is None:
            agreed = self._known.agreed
            self._known = replace(at_start(newest, self._start), agreed=agreed)
        return replace(self._known, newest=newest)

    def reckon(self, at: datetime) -> Moment:
        """Return the time to record for what happened at a time of the clock, which may be in doubt."""
        return reckon(at, dt_util.utcnow(), monotonic(), self._now_known)
