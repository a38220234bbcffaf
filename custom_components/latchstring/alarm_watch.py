"""Whether an alarm panel or sensor gave an alarm: by a transition that really happened, and that somebody saw happen.

A group turns on with each of its members that comes up or comes back, though none of them went on. So a group gives
an alarm only with a member that gives one.
"""

from collections.abc import Callable

from homeassistant.components.alarm_control_panel.const import (
    DOMAIN as ALARM_DOMAIN,
    AlarmControlPanelState,
)
from homeassistant.const import STATE_ON
from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)

from .following import Following, says_something
from .members import Members, leaves_of

type Step = tuple[State | None, State | None]
"""The state before, and the state after it."""


def is_alarm(before: State | None, now: State | None) -> bool:
    """Say whether an alarm panel went off or a sensor went on: a real transition, from a state it was in."""
    if before is None or now is None or not says_something(before):
        return False
    goes_off = (
        AlarmControlPanelState.TRIGGERED if now.domain == ALARM_DOMAIN else STATE_ON
    )
    return now.state == goes_off != before.state


def is_disarm(before: State | None, now: State | None) -> bool:
    """Say whether an alarm panel was disarmed, or comes back disarmed: nobody saw when it was."""
    return (
        now is not None
        and now.domain == ALARM_DOMAIN
        and now.state == AlarmControlPanelState.DISARMED
        and (before is None or before.state != now.state)
    )


class AlarmWatch:
    """Watches one alarm panel or sensor for one share."""

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        *,
        on_alarm: Callable[[], None],
        on_disarm: Callable[[], None],
    ) -> None:
        """Watch nothing before `start`."""
        self._hass = hass
        self._key = key
        self._on_alarm = on_alarm
        self._on_disarm = on_disarm
        self._steps: dict[str, Step] = {}

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Watch, until the function given back is called."""
        members = Members(self._hass, self._key, self._member_turned)
        self._meet()

        @callback
        def turned(before: State | None, now: State | None) -> None:
            members.look_again()
            self._meet()
            self._turned(before, now)

        following = Following(self._hass, self._key, turned)

        @callback
        def stop() -> None:
            following.stop()
            members.stop()

        return stop

    def _turned(self, before: State | None, now: State | None) -> None:
        if is_alarm(before, now):
            # Home Assistant's start is no time to tell what happened from what comes up.
            if self._hass.state is CoreState.running and self._is_seen():
                self._on_alarm()
        elif is_disarm(before, now):
            self._on_disarm()

    @callback
    def _member_turned(self, data: EventStateChangedData) -> None:
        self._meet()
        self._steps[data["entity_id"]] = data["old_state"], data["new_state"]

    def _meet(self) -> None:
        """Note where members stand that no step is known of yet."""
        for each in leaves_of(self._hass, self._key):
            self._steps.setdefault(each, (None, self._hass.states.get(each)))

    def _is_seen(self) -> bool:
        leaves = leaves_of(self._hass, self._key)
        return not leaves or any(is_alarm(*self._last_step(each)) for each in leaves)

    def _last_step(self, entity_id: str) -> Step:
        """Give a member's last step. Its group may have heard of it before this did."""
        before, known = self._steps.get(entity_id, (None, None))
        now = self._hass.states.get(entity_id)
        return (before, now) if known is now else (known, now)
