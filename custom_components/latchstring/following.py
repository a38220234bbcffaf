"""Following an entity by what stays when it is renamed.

Home Assistant takes a renamed entity away and adds it again. What it writes then is no word of the entity: it is what
was remembered of it, or restored under the new name, often twice. So a renamed entity takes a moment to come back.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
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
    async_call_later,
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
    async_track_state_report_event,
)

from .failures import careful
from .remembered import ATTR_RESTORED, note_added

if TYPE_CHECKING:
    from homeassistant.helpers.entity_registry import EventEntityRegistryUpdatedData

type OnState = Callable[[State | None, State | None], None]
"""Takes the state before and the state now; None: there was or is none.

While a renamed entity comes back there is none before.
"""

COMES_BACK: Final = 10.0
"""Seconds from a rename, or from the first state after it, in which nothing counts as the entity's own word."""

NOT_SAID: Final = (STATE_UNAVAILABLE, STATE_UNKNOWN)


def key_of(hass: HomeAssistant, entity_id: str) -> str:
    """Give what stays of an entity when it is renamed: its registry id, or its entity id if it has none."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry.id if entry else entity_id


def keys_of(hass: HomeAssistant, entity_id: str) -> frozenset[str]:
    """Give all that an entity may be kept by: one that came into the registry later was kept by its entity id."""
    return frozenset({entity_id, key_of(hass, entity_id)})


def entry_of(hass: HomeAssistant, key: str) -> er.RegistryEntry | None:
    """Return the registry entry whose id a key is; None: it is gone, or the key is an entity id."""
    entry = er.async_get(hass).async_get(key)
    return entry if entry and entry.id == key else None


def entity_id_of(hass: HomeAssistant, key: str) -> str | None:
    """Find the entity that a key means now; None: it is gone."""
    if (entry := entry_of(hass, key)) is not None:
        return entry.entity_id
    return key if "." in key else None


def written_state_of(hass: HomeAssistant, key: str) -> State | None:
    """Give an entity's state as it stands there, whether it is its own word or not; None: there is none."""
    entity_id = entity_id_of(hass, key)
    return hass.states.get(entity_id) if entity_id else None


def state_of(hass: HomeAssistant, key: str) -> State | None:
    """Give what an entity says now, or None where it says nothing: gone, unknown, unavailable or only restored."""
    state = written_state_of(hass, key)
    return state if says_something(state) else None


def says_something(state: State | None) -> bool:
    """Say whether a state is an entity's own word of now."""
    return (
        state is not None
        and state.state not in NOT_SAID
        and not state.attributes.get(ATTR_RESTORED)
    )


def is_unavailable(state: State | None) -> bool:
    """Say whether an entity's own integration cannot reach what it stands for, or is not there."""
    return state is None or state.state == STATE_UNAVAILABLE


class Following:
    """Goes after one entity until it is stopped. One that is renamed is not told as gone, but as renamed.

    `on_state` is called when the state turns, `on_repeated` when the entity says again what it has said before, and
    `on_renamed` in the moment it is renamed; `on_failed` when any of them, or finding out, raised: then it may be lost,
    and is to be followed anew. One that is removed is waited for, under whatever name it is added again;
    what takes its name meanwhile is another entity.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        on_state: OnState,
        *,
        on_failed: Callable[[], None],
        on_repeated: Callable[[], None] | None = None,
        on_renamed: Callable[[], None] | None = None,
    ) -> None:
        """Follow from now on."""
        self._hass = hass
        self._key = key
        self._on_state = on_state
        self.on_failed = on_failed
        self._on_repeated = on_repeated
        self._on_renamed = on_renamed
        self._is_back: CALLBACK_TYPE | None = None
        self._undo: list[CALLBACK_TYPE] = []
        self._begin()

    @property
    def comes_back(self) -> bool:
        """Say whether the entity was renamed a moment ago."""
        return self._is_back is not None

    @callback
    def stop(self) -> None:
        """Listen no more."""
        while self._undo:
            self._undo.pop()()
        self._back()

    def _begin(self) -> None:
        """Listen under the name it has now; while it has none, for that."""
        hass, entity_id = self._hass, entity_id_of(self._hass, self._key)
        if entity_id is None:
            self._undo.append(
                hass.bus.async_listen(
                    er.EVENT_ENTITY_REGISTRY_UPDATED, self._added, self._is_there
                )
            )
            return
        self._undo.append(
            async_track_state_change_event(hass, entity_id, self._changed)
        )
        self._undo.append(
            async_track_entity_registry_updated_event(hass, entity_id, self._updated)
        )
        if self._on_repeated is not None:
            self._undo.append(
                async_track_state_report_event(hass, entity_id, self._reported)
            )

    @careful
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] != entity_id_of(self._hass, self._key):
            return
        before, now = event.data["old_state"], event.data["new_state"]
        note_added(self._hass, before, now)
        if self.comes_back and before is None:
            self._come_back()
        self._on_state(None if self.comes_back else before, now)

    @careful
    def _updated(self, event: Event[EventEntityRegistryUpdatedData]) -> None:
        """Go on under the new name, or without one. What leaves under the old one is told to nobody."""
        data = event.data
        if data["action"] == "remove":
            self._begin_anew()
            self._on_state(None, None)
        elif data["action"] == "update" and "entity_id" in data["changes"]:
            self._begin_anew()
            if self._on_renamed is not None:
                self._on_renamed()
            self._tell_now()

    @callback
    def _is_there(self, _data: EventEntityRegistryUpdatedData) -> bool:
        return entity_id_of(self._hass, self._key) is not None

    @careful
    def _added(self, _event: Event[EventEntityRegistryUpdatedData]) -> None:
        self._begin_anew()
        self._tell_now()

    def _begin_anew(self) -> None:
        self.stop()
        self._begin()
        self._come_back()

    def _tell_now(self) -> None:
        if (now := state_of(self._hass, self._key)) is not None:
            self._on_state(None, now)

    @careful
    def _reported(self, _event: Event[EventStateReportedData]) -> None:
        if self._on_repeated is not None:
            self._on_repeated()

    def _come_back(self) -> None:
        self._back()
        self._is_back = async_call_later(self._hass, COMES_BACK, self._back)

    @callback
    def _back(self, _now: datetime | None = None) -> None:
        if self._is_back is not None:
            self._is_back()
            self._is_back = None
