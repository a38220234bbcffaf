"""When a schedule is on: by its week, read whenever it may have changed, and by its state."""

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
"""The names of the days in the response of `schedule.get_schedule`, from Monday on."""

DAYS_AHEAD: Final = 8


class ScheduleMonitor:
    """The week of one schedule, and when it is on.

    A schedule that an entity of ours turned on opens nothing, nor does one that somebody turned on who may not open.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        members: MemberTracker,
        *,
        on_read: Callable[[], None],
    ) -> None:
        """`on_read` is called when the week was read. It is not read before `start`."""
        self._hass = hass
        self._key = key
        self._members = members
        self._on_read = on_read
        self._is_started = False
        self._week: list[list[Hours]] | None = None

    @property
    def has_reported(self) -> bool:
        """Return whether the schedule has reported since this start."""
        return self._week is not None and state_of(self._hass, self._key) is not None

    def windows(self, may_open: MayOpen) -> tuple[Window, ...]:
        """Return the coming windows. The week and the state must agree on now; where they don't, the schedule is off.

        `may_open` says who may have turned it on by hand.
        """
        state = state_of(self._hass, self._key)
        if self._week is None or state is None or self._members.contains_own_entity:
            return ()
        now = dt_util.utcnow()
        zone = dt_util.get_default_time_zone()
        windows = windows_of(self._week, zone=zone, at=now, days=DAYS_AHEAD)
        by_hand = self._members.changed_by_hand.values()
        if (
            state.state == STATE_OFF
            or self._members.caused_by_us
            or not all(map(may_open, by_hand))
        ):
            return tuple(window for window in windows if not window.holds(now))
        return windows

    @callback
    def start(self) -> None:
        """Read the week, and from now on whenever it may have changed."""
        if not self._is_started:
            self._is_started = True
            self.refresh()

    @callback
    def stop(self) -> None:
        """Forget the week, and read it no more."""
        self._is_started = False
        self._week = None

    @callback
    def refresh(self) -> None:
        """Read the week again, once started: the schedule has reported something."""
        if self._is_started:
            self._hass.async_create_task(self._async_read(), "latchstring schedule")

    async def _async_read(self) -> None:
        """Read the week. A schedule that can't be read is never on."""
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
