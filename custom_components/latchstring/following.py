"""Following an entity by what stays when it is renamed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from homeassistant.const import ATTR_RESTORED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
)

if TYPE_CHECKING:
    from homeassistant.helpers.entity_registry import EventEntityRegistryUpdatedData

type OnState = Callable[[State | None, State | None], None]
"""Takes the state before and the state now; None: there was or is none."""

NOT_SAID: Final = (STATE_UNAVAILABLE, STATE_UNKNOWN)


def key_of(hass: HomeAssistant, entity_id: str) -> str:
    """Give what stays of an entity when it is renamed: its registry id, or its entity id if it has none."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry.id if entry else entity_id


def entity_id_of(hass: HomeAssistant, key: str) -> str | None:
    """Find the entity that a key means now; None: it is gone."""
    if (entry := er.async_get(hass).entities.get_entry(key)) is not None:
        return entry.entity_id
    return key if "." in key else None


def state_of(hass: HomeAssistant, key: str) -> State | None:
    """Give what an entity says now, or None where it says nothing: gone, unknown, unavailable or only restored."""
    entity_id = entity_id_of(hass, key)
    state = hass.states.get(entity_id) if entity_id else None
    return state if says_something(state) else None


def says_something(state: State | None) -> bool:
    """Say whether a state is an entity's own word of now."""
    return (
        state is not None
        and state.state not in NOT_SAID
        and not state.attributes.get(ATTR_RESTORED)
    )


@callback
def follow(hass: HomeAssistant, key: str, on_state: OnState) -> CALLBACK_TYPE:
    """Call `on_state` when the entity's state turns, under whatever name, until the function given back is called.

    One that is renamed leaves under its old name and comes back under the new one; that is not told as a leaving.
    """
    undo: list[CALLBACK_TYPE] = []

    @callback
    def state_changed(event: Event[EventStateChangedData]) -> None:
        now = event.data["new_state"]
        is_renamed = entity_id_of(hass, key) not in (None, event.data["entity_id"])
        if now is not None or not is_renamed:
            on_state(event.data["old_state"], now)

    @callback
    def registry_updated(event: Event[EventEntityRegistryUpdatedData]) -> None:
        if event.data["action"] == "update" and "entity_id" in event.data["changes"]:
            stop()
            begin()
            if (now := state_of(hass, key)) is not None:
                on_state(None, now)

    @callback
    def begin() -> None:
        if (entity_id := entity_id_of(hass, key)) is not None:
            undo.append(async_track_state_change_event(hass, entity_id, state_changed))
            undo.append(
                async_track_entity_registry_updated_event(
                    hass, entity_id, registry_updated
                )
            )

    @callback
    def stop() -> None:
        while undo:
            undo.pop()()

    begin()
    return stop
