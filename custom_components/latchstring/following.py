"""Following an entity by what stays when it is renamed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from homeassistant.const import ATTR_RESTORED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
    async_track_state_report_event,
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
def follow(
    hass: HomeAssistant,
    key: str,
    on_state: OnState,
    *,
    on_repeated: Callable[[], None] | None = None,
) -> CALLBACK_TYPE:
    """Call `on_state` when the entity's state turns, under whatever name, until the function given back is called.

    `on_repeated` is called when it says again what it has said before.
    """
    following = _Following(hass, key, on_state, on_repeated)
    following.begin()
    return following.stop


class _Following:
    """Goes after one entity. One that is renamed leaves and comes back, which is not told as a leaving."""

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        on_state: OnState,
        on_repeated: Callable[[], None] | None,
    ) -> None:
        self._hass = hass
        self._key = key
        self._on_state = on_state
        self._on_repeated = on_repeated
        self._undo: list[CALLBACK_TYPE] = []

    def begin(self) -> None:
        """Listen under the name it has now."""
        hass, entity_id = self._hass, entity_id_of(self._hass, self._key)
        if entity_id is None:
            return
        self._undo = [
            async_track_state_change_event(hass, entity_id, self._changed),
            async_track_entity_registry_updated_event(hass, entity_id, self._updated),
        ]
        if self._on_repeated is not None:
            self._undo.append(
                async_track_state_report_event(hass, entity_id, self._reported)
            )

    @callback
    def stop(self) -> None:
        """Listen no more."""
        while self._undo:
            self._undo.pop()()

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        now = event.data["new_state"]
        name = entity_id_of(self._hass, self._key)
        is_renamed = name not in (None, event.data["entity_id"])
        if now is not None or not is_renamed:
            self._on_state(event.data["old_state"], now)

    @callback
    def _updated(self, event: Event[EventEntityRegistryUpdatedData]) -> None:
        if event.data["action"] == "update" and "entity_id" in event.data["changes"]:
            self.stop()
            self.begin()
            if (now := state_of(self._hass, self._key)) is not None:
                self._on_state(None, now)

    @callback
    def _reported(self, _event: Event[EventStateReportedData]) -> None:
        if self._on_repeated is not None:
            self._on_repeated()
