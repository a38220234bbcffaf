"""States restored at start-up that the entity has not reported yet.

A phone's tracker, a battery's sensor and others come back with the state they had, and may not report for hours: when
Home Assistant starts, and when an integration is loaded anew or an entity is enabled again.
"""

from datetime import datetime
from typing import Final

from homeassistant.const import (
    EVENT_STATE_CHANGED,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import (
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..internals import has_stored_state, is_restored_by
from .states import ATTR_RESTORED

HELPERS: Final = frozenset(
    {
        "counter",
        "input_boolean",
        "input_button",
        "input_datetime",
        "input_number",
        "input_select",
        "input_text",
        "schedule",
        "timer",
    }
)
"""Domains whose restored state counts: what the owner set holds until they set it anew."""


class RestoredStates:
    """Tells restored states from reported ones, since Home Assistant started."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        # Where Home Assistant runs already, it is not known when it started, and the states count as reported.
        self._is_starting = hass.state is not CoreState.running
        self._started: datetime | None = None
        self._first_states: dict[str, State | None] = {}

    @callback
    def start(self) -> None:
        """Listen to what is reported from now on."""
        self._hass.bus.async_listen(EVENT_STATE_CHANGED, self._state_changed)
        if self._is_starting:
            async_at_started(self._hass, self._has_started)

    def has(self, state: State) -> bool:
        """Return whether a state is only restored: the entity has not reported since it was added."""
        if not _is_restored(self._hass, state):
            return False
        is_reported_again = state.last_reported != state.last_updated
        if state is self._first_states.get(state.entity_id) and not is_reported_again:
            return True
        if not self._is_starting:
            return False
        return self._started is None or state.last_reported <= self._started

    @callback
    def note(self, before: State | None, now: State | None) -> None:
        """Note the first state of an entity that is added; noting it twice makes no difference."""
        # Whoever tracks an entity notes it too, as it is not known which listener Home Assistant calls first.
        if now is None or ATTR_RESTORED in now.attributes:
            if gone := before or now:
                self._first_states.pop(gone.entity_id, None)
            return
        is_added = before is None or ATTR_RESTORED in before.attributes
        if is_added and _may_restore(self._hass, now):
            self._first_states[now.entity_id] = None
        if self._first_states.get(now.entity_id, now) is not None:
            return
        if now.state == STATE_UNKNOWN:  # there was nothing to restore
            del self._first_states[now.entity_id]
        elif now.state != STATE_UNAVAILABLE:
            self._first_states[now.entity_id] = now

    @callback
    def _state_changed(self, event: Event[EventStateChangedData]) -> None:
        self.note(event.data["old_state"], event.data["new_state"])

    @callback
    def _has_started(self, _hass: HomeAssistant) -> None:
        self._started = dt_util.utcnow()


def _is_restored(hass: HomeAssistant, state: State) -> bool:
    """Return whether a state may have been restored, and its entity could report another by itself."""
    return state.domain not in HELPERS and is_restored_by(hass, state.entity_id)


def _may_restore(hass: HomeAssistant, first: State) -> bool:
    """Return whether the first state of an entity may have been restored."""
    return _is_restored(hass, first) and has_stored_state(hass, first.entity_id)


RESTORED_KEY: Final[HassKey[RestoredStates]] = HassKey(f"{DOMAIN}_restored_states")


@callback
def async_note_restored(hass: HomeAssistant) -> None:
    """Tell reported states from restored ones, from now on."""
    restored = hass.data[RESTORED_KEY] = RestoredStates(hass)
    restored.start()


def is_restored(hass: HomeAssistant, state: State) -> bool:
    """Return whether a state is only restored, and not yet reported by its entity."""
    return RESTORED_KEY in hass.data and hass.data[RESTORED_KEY].has(state)


@callback
def note_added(hass: HomeAssistant, before: State | None, now: State | None) -> None:
    """Note a state, in case its entity was just added, before anybody asks whether that is only restored."""
    if (restored := hass.data.get(RESTORED_KEY)) is not None:
        restored.note(before, now)
