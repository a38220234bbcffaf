"""Tracking an entity by what stays when it is renamed.

On a rename Home Assistant removes and re-adds the entity and restores its state, often twice. These states are not
reports, so a renamed entity takes a moment to come back.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

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

from ..failures import careful
from .reference import entity_id_of
from .restored import note_added
from .states import state_of

if TYPE_CHECKING:
    from homeassistant.helpers.entity_registry import EventEntityRegistryUpdatedData

type OnState = Callable[[State | None, State | None], None]
"""Takes the state before and the state now; None: there was or is none.

While a renamed entity comes back there is none before.
"""

COMES_BACK: Final = 10.0
"""Seconds from a rename, or from the first state after it, in which no state counts as the entity's report."""


class EntityTracker:
    """Tracks one entity until it is stopped. A rename is reported as such, not as a removal.

    `on_state` is called when the state changes, `on_repeated` when the entity reports the same state again, and
    `on_renamed` at the moment it is renamed; `on_failed` when any of them, or the tracking itself, raised: then the
    entity may be lost, and must be tracked anew. One that is removed is waited for, under whatever name it is added
    again; what takes its name meanwhile is another entity.
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
        """Return whether the entity was renamed a moment ago."""
        return self._is_back is not None

    @callback
    def stop(self) -> None:
        """Stop listening."""
        while self._undo:
            self._undo.pop()()
        self._back()

    def _begin(self) -> None:
        """Listen under its present name; while it has none, for its being added."""
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
        """Go on under the new name, or without one. The removal of the old name's state is not passed on."""
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
