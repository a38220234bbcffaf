"""The state of an entity, and whether it is the entity's own report of now."""

from typing import Final

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State

from .reference import entity_id_of

ATTR_RESTORED: Final = "restored"
"""Marks the states that Home Assistant writes for an entity that is not there."""

NO_REPORT: Final = (STATE_UNAVAILABLE, STATE_UNKNOWN)


def written_state_of(hass: HomeAssistant, key: str) -> State | None:
    """Return an entity's state as it stands in Home Assistant, reported or not; None: there is none."""
    entity_id = entity_id_of(hass, key)
    return hass.states.get(entity_id) if entity_id else None


def state_of(hass: HomeAssistant, key: str) -> State | None:
    """Return the state an entity reports now; None: it is gone, unknown, unavailable or only restored."""
    state = written_state_of(hass, key)
    return state if is_report(state) else None


def is_report(state: State | None) -> bool:
    """Return whether a state is an entity's own report of now."""
    return (
        state is not None
        and state.state not in NO_REPORT
        and not state.attributes.get(ATTR_RESTORED)
    )


def is_unavailable(state: State | None) -> bool:
    """Return whether an entity's integration cannot reach what the entity stands for, or is not there."""
    return state is None or state.state == STATE_UNAVAILABLE
