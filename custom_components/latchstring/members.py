"""Whom an entity speaks for: a group for its members, a zone for everybody it could count, a person for a tracker.

None of them says a word of those it has lost: a group is `not_home` while one of its people is unknown, a zone that
Home Assistant has lost somebody in counts one less, and a person is where a phone was before Home Assistant started.
"""

from collections.abc import Callable
from typing import Final

from homeassistant.components.zone import DOMAIN as ZONE
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.event import (
    TrackStates,
    async_track_state_change_filtered,
    async_track_state_report_event,
)

from .following import entity_id_of, says_something
from .remembered import is_remembered

PERSON: Final = "person"
ATTR_DEVICE_TRACKERS: Final = "device_trackers"
ATTR_SOURCE: Final = "source"


def leaves_of(hass: HomeAssistant, key: str) -> frozenset[str]:
    """Give the entity ids of those that an entity speaks for and that speak only for themselves."""
    members = _everybody(hass, key) - {entity_id_of(hass, key)}
    return frozenset(each for each in members if not _named_by(hass, each))


def silent(hass: HomeAssistant, key: str) -> frozenset[str]:
    """Give the entity ids of those that say nothing now: the entity, or whom it speaks for."""
    return frozenset(each for each in _everybody(hass, key) if not _speaks(hass, each))


class Members:
    """Follows all that one entity speaks for, until it is stopped; whoever joins them is followed from then on."""

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        on_turned: Callable[[EventStateChangedData], None],
        on_heard: Callable[[], None] | None = None,
    ) -> None:
        """Follow from now on; `on_turned` is called with each change of one of them.

        `on_heard` is called when one that was silent, or the entity itself, says what it seemed to say before.
        """
        self._hass = hass
        self._key = key
        self._on_turned = on_turned
        self._on_heard = on_heard
        self._tracking = async_track_state_change_filtered(
            hass, self._tracked(), self._turned
        )
        self._silent: frozenset[str] = frozenset()
        self._stop_waiting: CALLBACK_TYPE | None = None
        self._wait()

    @callback
    def stop(self) -> None:
        """Listen no more."""
        self._tracking.async_remove()
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None

    @callback
    def look_again(self) -> None:
        """See who they are now."""
        self._tracking.async_update_listeners(self._tracked())
        self._wait()

    @callback
    def _turned(self, event: Event[EventStateChangedData]) -> None:
        self.look_again()
        self._on_turned(event.data)

    def _wait(self) -> None:
        """Listen to those that are silent: where they say again what stood there, that is no change."""
        if self._on_heard is None:
            return
        before, self._silent = self._silent, silent(self._hass, self._key)
        if self._silent == before:
            return
        if self._stop_waiting is not None:
            self._stop_waiting()
        self._stop_waiting = async_track_state_report_event(
            self._hass, self._silent, self._heard
        )

    @callback
    def _heard(self, _event: Event[EventStateReportedData]) -> None:
        self.look_again()
        if self._on_heard is not None:
            self._on_heard()

    def _tracked(self) -> TrackStates:
        everybody = _everybody(self._hass, self._key)
        return TrackStates(
            all_states=False,
            entities=everybody - {entity_id_of(self._hass, self._key)},
            domains={PERSON} if any(map(_is_zone, everybody)) else set(),
        )


def _everybody(hass: HomeAssistant, key: str) -> set[str]:
    """Give the entity ids of an entity and of all that it speaks for, through groups in groups too."""
    entity_id = entity_id_of(hass, key)
    found: set[str] = set()
    asked = {entity_id} if entity_id else set()
    while asked:
        found |= asked
        asked = {each for one in asked for each in _named_by(hass, one)} - found
    return found


def _speaks(hass: HomeAssistant, entity_id: str) -> bool:
    """Say whether an entity says something. The count of a zone says nothing where there is nobody to be counted."""
    state = hass.states.get(entity_id)
    if state is None or not says_something(state):
        return False
    speaks_for_others = bool(_named_by(hass, entity_id) - {entity_id})
    return speaks_for_others or not (_is_zone(entity_id) or is_remembered(hass, state))


def _named_by(hass: HomeAssistant, entity_id: str) -> set[str]:
    if _is_zone(entity_id):
        return {
            each.entity_id
            for each in hass.states.async_all(PERSON)
            if each.attributes.get(ATTR_DEVICE_TRACKERS)  # nobody counts the others
        }
    if (state := hass.states.get(entity_id)) is None:
        return set()
    if state.domain == PERSON:
        source = state.attributes.get(ATTR_SOURCE)
        return {source} if isinstance(source, str) else set()
    named = state.attributes.get(ATTR_ENTITY_ID)
    # Whatever else stands there is somebody of whom nothing is known.
    return {str(each) for each in named} if isinstance(named, list | tuple) else set()


def _is_zone(entity_id: str) -> bool:
    return entity_id.startswith(f"{ZONE}.")
