"""Whether an alarm panel or sensor gave an alarm: by a transition that really happened, and that somebody saw happen.

A group turns on with each of its members that comes up or comes back, though none of them went on. So a group gives
an alarm only with a member that gives one. And no hub may open a camera by what it does: an entity of ours gives no
alarm, nor does what is made of one, nor what changes because one did.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from homeassistant.components.alarm_control_panel import AlarmControlPanelState
from homeassistant.const import STATE_ON, Platform
from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    HomeAssistant,
    State,
    callback,
)

from .following import Following, says_something, written_state_of
from .members import Listener

if TYPE_CHECKING:
    from .members import Members
    from .own import OwnContexts


def is_alarm(before: State | None, now: State | None) -> bool:
    """Say whether an alarm panel went off or a sensor went on: a real transition, from a state it was in."""
    if before is None or now is None or not says_something(before):
        return False
    goes_off = AlarmControlPanelState.TRIGGERED if _is_panel(now) else STATE_ON
    return now.state == goes_off != before.state


def is_disarm(before: State | None, now: State | None) -> bool:
    """Say whether an alarm panel was disarmed, or comes back disarmed: nobody saw when it was."""
    return (
        now is not None
        and _is_panel(now)
        and now.state == AlarmControlPanelState.DISARMED
        and (before is None or before.state != now.state)
    )


def _is_panel(state: State) -> bool:
    return state.domain == Platform.ALARM_CONTROL_PANEL


class AlarmWatch:
    """Watches one alarm panel or sensor for one share."""

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        *,
        members: Members,
        own: OwnContexts,
        on_alarm: Callable[[], None],
        on_disarm: Callable[[], None],
        on_turned: Callable[[], None],
    ) -> None:
        """Watch nothing before `start`; `on_turned` is called when it begins or ceases to hold an entity of ours."""
        self._hass = hass
        self._key = key
        self._members = members
        self._own = own
        self._on_alarm = on_alarm
        self._on_disarm = on_disarm
        self._on_turned = on_turned
        self._is_our_doing = False

    @property
    def holds_ours(self) -> bool:
        """Return whether it is an entity of ours or made of one, and so gives no alarm."""
        return bool(self._members.composition.ours)

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Watch. Return a callback to stop."""
        stop_members = self._members.listen(Listener(on_ours=self._on_turned))
        self._note(None, written_state_of(self._hass, self._key))
        following = Following(self._hass, self._key, self._turned)

        @callback
        def stop() -> None:
            following.stop()
            stop_members()

        return stop

    @callback
    def _turned(self, before: State | None, now: State | None) -> None:
        self._members.look_again()
        self._note(before, now)
        if is_alarm(before, now):
            if self._counts():
                self._on_alarm()
        elif is_disarm(before, now):
            self._on_disarm()

    def _note(self, before: State | None, now: State | None) -> None:
        """Note whether it is as it is because of an entity of ours; a panel's delay ends as it began."""
        if now is None or (before is not None and before.state == now.state):
            return
        ends_delay = before is not None and (
            before.state == AlarmControlPanelState.PENDING
        )
        self._is_our_doing = self._own.led_to(now.context) or (
            ends_delay and self._is_our_doing
        )

    def _counts(self) -> bool:
        """Return whether it went off by itself, and somebody saw that."""
        # Home Assistant's start is no time to tell what happened from what comes up.
        if self._hass.state is not CoreState.running:
            return False
        if self.holds_ours or self._is_our_doing:
            return False
        composition = self._members.composition
        if not (leaves := composition.leaves):
            return not self._follows_ours(composition.entity_id)
        return any(
            is_alarm(*self._members.last_step(each)) and not self._follows_ours(each)
            for each in leaves
        )

    def _follows_ours(self, entity_id: str | None) -> bool:
        """Return whether it, or something that it is made of, stands as it does because of an entity of ours."""
        origins = self._members.composition.origins(entity_id)
        return any(
            state is not None and self._own.led_to(state.context)
            for state in map(self._hass.states.get, origins)
        )
