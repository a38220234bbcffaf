"""The clock of this home, and what is done where it is not believed: see `core/clock.py`.

Then every camera is closed. Hubs are asked whether they agree with it (`runtime/clock_check.py`), the record goes on
under the time that it would be if nobody had set the clock, and after a while a repair says why all is closed.
"""

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..const import ISSUE_CLOCK
from ..core.clock import (
    Doubt,
    Instant,
    Known,
    Moment,
    at_start,
    doubt,
    followed,
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
"""Seconds before a repair says that the clock is not believed: most often a hub says sooner that it is right."""


class HouseholdClock:
    """Whether the clock is believed, and under which time the record goes on. `look` must be called over and over."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self.newest: datetime | None = None
        """The time of the newest entry, which a clock that is right is not behind."""
        self._start = monotonic()
        self._known = at_start(self.newest, self._start)
        self._doubted_since: float | None = None

    @property
    def doubt(self) -> Doubt | None:
        """Return why the clock is not believed, or None if it is."""
        return doubt(dt_util.utcnow(), monotonic(), self._now_known)

    @property
    def is_agreed(self) -> bool:
        """Return whether a hub or an administrator has agreed with this clock since the start, and it is not set."""
        return is_agreed(dt_util.utcnow(), monotonic(), self._now_known)

    @property
    def lead(self) -> timedelta:
        """Return how far the clock is ahead of the one that nobody sets: what somebody agrees with, or not."""
        return lead_of(dt_util.utcnow(), monotonic())

    @property
    def now(self) -> Instant:
        """Return the time of now, which is reckoned while the clock is not believed."""
        return Instant(at=self.reckon(dt_util.utcnow()).at, steady=monotonic())

    @callback
    def note_newest(self, newest: datetime | None) -> None:
        """Take the time of the newest entry of the record."""
        self.newest = newest

    @callback
    def agree(self, lead: timedelta) -> None:
        """Remember that somebody's clock shows what ours did while it had this lead: it may have been set since."""
        self._known = replace(self._now_known, agreed=lead)
        self.look()

    @callback
    def look(self) -> None:
        """Follow the clock while it is believed, and have a repair say so where it has not been for a while."""
        steady = monotonic()
        if self.doubt is None:
            self._known = followed(dt_util.utcnow(), steady, self._now_known)
            self._doubted_since = None
            async_hide(self._hass, ISSUE_CLOCK)
        elif self._doubted_since is None:
            self._doubted_since = steady
        elif steady - self._doubted_since >= PATIENCE:
            async_show(self._hass, ISSUE_CLOCK)

    async def async_confirm(self, actor: Actor, log: Log) -> None:
        """Believe the clock as it is, because an administrator says that it is right. Raises NotRecorded.

        That is written down first, in the household's log `log`; from then on the newest entry is that one, whatever
        times came before.
        """
        now = dt_util.utcnow()
        said = ClockConfirmed(actor=actor, newest=self.newest)
        await log.begin_time_anew(said, at=now)
        self._known = replace(self._now_known, agreed=lead_of(now, monotonic()))
        self.look()

    @property
    def _now_known(self) -> Known:
        """Return what is known, with the newest entry of now. A record may have been opened late."""
        newest = self.newest
        if self._known.newest is None and self._known.begun is None:
            agreed = self._known.agreed
            self._known = replace(at_start(newest, self._start), agreed=agreed)
        return replace(self._known, newest=newest)

    def reckon(self, at: datetime) -> Moment:
        """Return the time to write down for what happened at a time of the clock, which may not be believed."""
        return reckon(at, dt_util.utcnow(), monotonic(), self._now_known)
