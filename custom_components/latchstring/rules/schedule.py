"""When a schedule is on: its week, asked of Home Assistant whenever it may be another, beside its own word."""

from calendar import Day
from collections.abc import Callable
from datetime import time
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import ATTR_ENTITY_ID, STATE_OFF
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..core.schedule import windows_of
from ..tracking.reference import entity_id_of
from ..tracking.states import state_of

if TYPE_CHECKING:
    from ..core.model import Window
    from ..core.schedule import Hours
    from ..tracking.members import MemberTracker
    from ..tracking.users import MayOpen

_LOGGER = logging.getLogger(__name__)

DAYS: Final = tuple(day.name.lower() for day in Day)
"""As the answer of `schedule.get_schedule` calls them, from Monday on."""

DAYS_AHEAD: Final = 8


class ScheduleMonitor:
    """Knows the week of one schedule, and when it is on.

    What an entity of ours is behind opens nothing, nor does what somebody turned on who may not open.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        members: MemberTracker,
        *,
        on_read: Callable[[], None],
    ) -> None:
        """Read nothing before it is wanted; `on_read` is called when there may be something new to know."""
        self._hass = hass
        self._key = key
        self._members = members
        self._on_read = on_read
        self._is_wanted = False
        self._week: list[list[Hours]] | None = None

    @property
    def has_reported(self) -> bool:
        """Return whether the schedule has reported since this start."""
        return self._week is not None and state_of(self._hass, self._key) is not None

    def windows(self, may_open: MayOpen) -> tuple[Window, ...]:
        """Return its coming windows. Its week and its own word must agree on now; where they don't, it is off.

        `may_open` says by whose hand it may have been turned on.
        """
        state = state_of(self._hass, self._key)
        if self._week is None or state is None or self._members.holds_ours:
            return ()
        now = dt_util.utcnow()
        zone = dt_util.get_default_time_zone()
        windows = windows_of(self._week, zone=zone, at=now, days=DAYS_AHEAD)
        by_hand = self._members.changed_by_hand.values()
        if (
            state.state == STATE_OFF
            or self._members.our_doing
            or not all(map(may_open, by_hand))
        ):
            return tuple(window for window in windows if not window.holds(now))
        return windows

    @callback
    def want(self) -> None:
        """Read the week, and from now on whenever it may be another."""
        if not self._is_wanted:
            self._is_wanted = True
            self.may_be_another()

    @callback
    def stop(self) -> None:
        """Forget the week, and read it no more."""
        self._is_wanted = False
        self._week = None

    @callback
    def may_be_another(self) -> None:
        """Read the week again, if anybody wants it: the schedule has said something."""
        if self._is_wanted:
            self._hass.async_create_task(self._async_read(), "latchstring schedule")

    async def _async_read(self) -> None:
        """Ask the schedule for its week. What can't be read is no schedule."""
        entity_id = entity_id_of(self._hass, self._key)
        try:
            answer = await self._hass.services.async_call(
                "schedule",
                "get_schedule",
                {ATTR_ENTITY_ID: entity_id},
                blocking=True,
                return_response=True,
            )
            self._week = _week(answer, entity_id)
        except HomeAssistantError, KeyError, TypeError, ValueError:
            _LOGGER.warning(
                "The schedule %s can't be read; what it opens stays closed", entity_id
            )
            self._week = None
        self._on_read()


def _week(answer: Any, entity_id: str | None) -> list[list[Hours]]:
    return [
        [(_time(hours["from"]), _time(hours["to"])) for hours in answer[entity_id][day]]
        for day in DAYS
    ]


def _time(of_day: time | str) -> time:
    return of_day if isinstance(of_day, time) else time.fromisoformat(of_day)
