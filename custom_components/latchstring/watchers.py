"""What in the house opens or blocks a share by itself: its schedule, its alarms, its "never while" entities."""

from calendar import Day
from collections.abc import Callable
from datetime import time
from functools import partial
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import ATTR_ENTITY_ID, STATE_OFF
from homeassistant.core import (
    CALLBACK_TYPE,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .alarm_watch import AlarmWatch
from .core.schedule import windows_of
from .following import Following, entity_id_of, state_of
from .members import Listener
from .never_watch import NeverWatch

if TYPE_CHECKING:
    from .core.model import Window
    from .core.schedule import Hours
    from .members import Members, SharedMembers
    from .rules import Rules

_LOGGER = logging.getLogger(__name__)

DAYS: Final = tuple(day.name.lower() for day in Day)
"""As the answer of `schedule.get_schedule` calls them, from Monday on."""

DAYS_AHEAD: Final = 8


class ScheduleWatch:
    """Knows the week of one schedule, and when it is on. What an entity of ours is behind opens nothing."""

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        *,
        members: Members,
        on_turned: Callable[[], None],
    ) -> None:
        """Know nothing yet; `on_turned` is called when there is something new to know."""
        self.key = key
        self._hass = hass
        self._members = members
        self._on_turned = on_turned
        self._week: list[list[Hours]] | None = None

    @property
    def has_reported(self) -> bool:
        """Say whether the schedule has said something since this start."""
        return self._week is not None and state_of(self._hass, self.key) is not None

    @property
    def windows(self) -> tuple[Window, ...]:
        """Give its coming windows. Its week and its own word must agree on now; where they don't, it is off."""
        state = state_of(self._hass, self.key)
        if self._week is None or state is None or self._members.holds_ours:
            return ()
        now = dt_util.utcnow()
        zone = dt_util.get_default_time_zone()
        windows = windows_of(self._week, zone=zone, at=now, days=DAYS_AHEAD)
        if state.state == STATE_OFF or self._members.our_doing:
            return tuple(window for window in windows if not window.holds(now))
        return windows

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Read the schedule now and whenever it turns. Return a callback to stop."""
        self._read_soon()
        stop_members = self._members.listen(Listener(on_ours=self._on_turned))
        following = Following(
            self._hass,
            self.key,
            self._state_turned,
            on_repeated=self._read_soon,  # so it does when hours to come were edited
        )

        @callback
        def stop() -> None:
            following.stop()
            stop_members()

        return stop

    @callback
    def _state_turned(self, _before: State | None, _now: State | None) -> None:
        try:
            self._members.look_again()
        finally:
            self._on_turned()
        self._read_soon()

    def _read_soon(self) -> None:
        self._hass.async_create_task(self._async_read(), "latchstring schedule")

    async def _async_read(self) -> None:
        """Ask the schedule for its week. What can't be read is no schedule."""
        entity_id = entity_id_of(self._hass, self.key)
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
        self._on_turned()


def _week(answer: Any, entity_id: str | None) -> list[list[Hours]]:
    return [
        [(_time(hours["from"]), _time(hours["to"])) for hours in answer[entity_id][day]]
        for day in DAYS
    ]


def _time(of_day: time | str) -> time:
    return of_day if isinstance(of_day, time) else time.fromisoformat(of_day)


class ShareWatch:
    """Watches everything that one share's rules name."""

    def __init__(
        self,
        hass: HomeAssistant,
        rules: Rules,
        *,
        members: SharedMembers,
        on_alarm: Callable[[str], None],
        on_disarm: Callable[[], None],
        on_turned: Callable[[], None],
        before: ShareWatch | None = None,
    ) -> None:
        """Watch nothing before `start`; what the watch `before` it knows of the same entities is not forgotten.

        `on_alarm` takes the key of what went off.
        """
        self.rules = rules
        self._members = members
        self._on_disarm = on_disarm
        self.alarms = {
            key: AlarmWatch(
                hass,
                key,
                members=members.of(key),
                on_alarm=partial(on_alarm, key),
                on_disarm=self._disarmed,
                on_turned=on_turned,
            )
            for key in rules.alarms
        }
        self.schedule: ScheduleWatch | None = None
        if before and before.schedule and before.schedule.key == rules.schedule:
            self.schedule = before.schedule
        elif rules.schedule:
            self.schedule = ScheduleWatch(
                hass,
                rules.schedule,
                members=members.of(rules.schedule),
                on_turned=on_turned,
            )
        known = before.nevers if before else {}
        self.nevers: dict[str, NeverWatch] = {
            never.entity: known.get(never.entity)
            or NeverWatch(
                hass,
                never.entity,
                members=members.of(never.entity),
                on_turned=on_turned,
            )
            for never in rules.never
        }

    @property
    def is_ready(self) -> bool:
        """Say whether what opens it by itself has reported since this start."""
        return self.schedule is None or self.schedule.has_reported

    @property
    def never_while(self) -> frozenset[str]:
        """Give the keys of what lets nothing open now: its "never while" entities, or those they speak for."""
        return frozenset().union(
            *(
                self.nevers[never.entity].in_the_way(never.clear)
                for never in self.rules.never
            )
        )

    @property
    def own_entities(self) -> frozenset[str]:
        """Return the keys of what counts for nothing, because it is an entity of ours or made of one."""
        named = {*self.nevers}
        if self.rules.opens_by_alarm:
            named |= self.alarms.keys()
        if self.schedule:
            named.add(self.schedule.key)
        return frozenset(key for key in named if self._members.of(key).holds_ours)

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Watch. Return a callback to stop."""
        undo = [alarm.start() for alarm in self.alarms.values()]
        undo += [never.start() for never in self.nevers.values()]
        if self.schedule:
            undo.append(self.schedule.start())

        @callback
        def stop() -> None:
            for each in undo:
                each()

        return stop

    @callback
    def _disarmed(self) -> None:
        if self.rules.disarm_ends:
            self._on_disarm()
