"""Whether an alarm panel or sensor gave an alarm: by a transition that really happened, and that somebody saw happen.

A group turns on with each of its members that comes up or comes back, though none of them went on. So a group gives
an alarm only with a member that gives one: the one that went on last, as a group may wait for all of them. And no hub
may open a camera by what it does: an entity of ours gives no alarm, nor does what is made of one, nor what changes
because one did. Nor may somebody who may not open: what they turn on by hand gives no alarm, unless it is a panel.
"""

from typing import TYPE_CHECKING, Final

from homeassistant.components.alarm_control_panel import AlarmControlPanelState
from homeassistant.const import STATE_ON, Platform
from homeassistant.core import CoreState, HomeAssistant, State, split_entity_id

from ..tracking.restored import is_restored
from ..tracking.states import says_something

if TYPE_CHECKING:
    from ..tracking.members import MemberTracker


ARMED: Final = frozenset(
    {
        AlarmControlPanelState.ARMED_AWAY,
        AlarmControlPanelState.ARMED_CUSTOM_BYPASS,
        AlarmControlPanelState.ARMED_HOME,
        AlarmControlPanelState.ARMED_NIGHT,
        AlarmControlPanelState.ARMED_VACATION,
    }
)
"""In which a panel goes off by what happens now, though Home Assistant only remembers that it was armed."""


def is_alarm(hass: HomeAssistant, before: State | None, now: State | None) -> bool:
    """Return whether an alarm panel went off or a sensor went on: a real transition, from a state that was reported."""
    if before is None or now is None or not says_something(before):
        return False
    if _was_restored(hass, before):
        return False
    goes_off = AlarmControlPanelState.TRIGGERED if _is_panel(now) else STATE_ON
    return now.state == goes_off != before.state


def is_disarm(before: State | None, now: State | None) -> bool:
    """Return whether an alarm panel was disarmed, or comes back disarmed from nobody knows when."""
    return (
        now is not None
        and _is_panel(now)
        and now.state == AlarmControlPanelState.DISARMED
        and (before is None or before.state != now.state)
    )


def _is_panel(state: State) -> bool:
    return _is_panel_id(state.entity_id)


def _is_panel_id(entity_id: str) -> bool:
    return split_entity_id(entity_id)[0] == Platform.ALARM_CONTROL_PANEL


def gives_alarm(hass: HomeAssistant, members: MemberTracker) -> bool:
    """Return whether an entity that has just gone off did so by itself, and somebody saw that; by its members."""
    # Home Assistant's start is no time to tell what happened from what comes up.
    if hass.state is not CoreState.running:
        return False
    entity_id = members.composition.entity_id
    if members.holds_ours or members.last_step(entity_id).is_our_doing:
        return False
    last = _went_off_last(hass, members)
    return bool(last) and not any(
        members.follows_ours(each) or _is_first_word(hass, members, each)
        for each in last
    )


def _is_first_word(hass: HomeAssistant, members: MemberTracker, entity_id: str) -> bool:
    """Return whether one of them, or something it is made of, reports its first state: nobody saw it change."""
    steps = map(members.last_step, members.composition.origins(entity_id))
    return any(step.before and _was_restored(hass, step.before) for step in steps)


def _was_restored(hass: HomeAssistant, before: State) -> bool:
    """Return whether a state was only restored. A panel that was armed then goes off all the same."""
    is_armed_panel = _is_panel(before) and before.state in ARMED
    return not is_armed_panel and is_restored(hass, before)


def hands_behind(hass: HomeAssistant, members: MemberTracker) -> frozenset[str]:
    """Return the ids of the users who have just set an entity off by hand, or who composed a group that went off.

    Whoever triggers a panel is none of them.
    """
    entity_id = members.composition.entity_id
    hands = {each: members.hands_behind(each) for each in _went_off_last(hass, members)}
    if (own_hand := members.last_step(entity_id).hand) is not None and entity_id:
        hands[entity_id] = hands.get(entity_id, frozenset()) | {own_hand}
    by_hand = (ids for each, ids in hands.items() if not _is_panel_id(each))
    return frozenset().union(*members.composers.values(), *by_hand)


def _went_off_last(hass: HomeAssistant, members: MemberTracker) -> frozenset[str]:
    """Return what went off last of those that an entity speaks for; itself, where it speaks only for itself."""
    if not (leaves := members.composition.leaves):
        entity_id = members.composition.entity_id
        return frozenset({entity_id} if entity_id else ())
    steps = {each: members.last_step(each) for each in leaves}
    went_off = {
        each: step.now.last_changed
        for each, step in steps.items()
        if step.now and is_alarm(hass, step.before, step.now)
    }
    last = max(went_off.values(), default=None)
    return frozenset(each for each, at in went_off.items() if at == last)
