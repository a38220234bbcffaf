"""Whether an alarm panel or sensor gave an alarm: only by a transition that happened, and that was observed.

A group turns on with each of its members that comes up or comes back, though none of them went on. So a group gives
an alarm only with a member that gives one: the last that went on, as a group may wait for all of them. And no hub
may open a camera by what it does: an entity of ours gives no alarm, nor does what is made of one, nor what changes
because one did. Nor may somebody who may not open: what they turn on by hand gives no alarm, unless it is a panel.
"""

from typing import TYPE_CHECKING, Final

from homeassistant.components.alarm_control_panel import AlarmControlPanelState
from homeassistant.const import STATE_ON, Platform
from homeassistant.core import CoreState, HomeAssistant, State, split_entity_id

from ..tracking.restored import is_restored
from ..tracking.states import is_report

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
"""States from which a panel that goes off gives an alarm even if Home Assistant only restored them."""


def is_alarm(hass: HomeAssistant, before: State | None, now: State | None) -> bool:
    """Return whether an alarm panel went off or a sensor went on: a real transition, from a state that was reported."""
    if before is None or now is None or not is_report(before):
        return False
    if _was_restored(hass, before):
        return False
    goes_off = AlarmControlPanelState.TRIGGERED if _is_panel(now) else STATE_ON
    return now.state == goes_off != before.state


def is_disarm(before: State | None, now: State | None) -> bool:
    """Return whether an alarm panel was disarmed, or comes back disarmed."""
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
    """Return whether an entity that has just gone off did so by itself and was observed to, by its members."""
    # While Home Assistant starts, what happened cannot be told from what comes up.
    if hass.state is not CoreState.running:
        return False
    entity_id = members.composition.entity_id
    if members.contains_own_entity or members.last_step(entity_id).is_caused_by_us:
        return False
    last = _went_off_last(hass, members)
    return bool(last) and not any(
        members.follows_own_entity(each) or _is_first_report(hass, members, each)
        for each in last
    )


def _is_first_report(
    hass: HomeAssistant, members: MemberTracker, entity_id: str
) -> bool:
    """Return whether a member, or an origin of it, reports its first state, so that no change of it was observed."""
    steps = map(members.last_step, members.composition.origins(entity_id))
    return any(step.before and _was_restored(hass, step.before) for step in steps)


def _was_restored(hass: HomeAssistant, before: State) -> bool:
    """Return whether a state was only restored. A panel that was armed then goes off all the same."""
    is_armed_panel = _is_panel(before) and before.state in ARMED
    return not is_armed_panel and is_restored(hass, before)


def users_behind(hass: HomeAssistant, members: MemberTracker) -> frozenset[str]:
    """Return the ids of the users who have just set an entity off by hand, or who composed a group that went off.

    Whoever triggers a panel is none of them.
    """
    entity_id = members.composition.entity_id
    users = {each: members.users_behind(each) for each in _went_off_last(hass, members)}
    if (own_user := members.last_step(entity_id).user_id) is not None and entity_id:
        users[entity_id] = users.get(entity_id, frozenset()) | {own_user}
    by_hand = (ids for each, ids in users.items() if not _is_panel_id(each))
    return frozenset().union(*members.composers.values(), *by_hand)


def _went_off_last(hass: HomeAssistant, members: MemberTracker) -> frozenset[str]:
    """Return the members of a group that went off last; the entity itself, if it is no group."""
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
