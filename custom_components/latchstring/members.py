"""Whom an entity speaks for: a group for its members, a zone for everybody it could count.

Either says nothing of those it has lost: a group is `not_home` while one of its people is unknown, and a zone that
Home Assistant has lost somebody in counts one less.
"""

from collections.abc import Callable
from typing import Final

from homeassistant.components.zone import DOMAIN as ZONE
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
    split_entity_id,
)
from homeassistant.helpers.event import TrackStates, async_track_state_change_filtered

from .following import entity_id_of, says_something

PERSON: Final = "person"
ATTR_DEVICE_TRACKERS: Final = "device_trackers"


def members_of(hass: HomeAssistant, key: str) -> frozenset[str]:
    """Give the entity ids of all that an entity speaks for, through groups in groups too; none: only for itself."""
    speaker = entity_id_of(hass, key)
    found: set[str] = set()
    asked = {speaker} if speaker else set()
    while asked:
        found |= asked
        asked = {each for one in asked for each in _named_by(hass, one)} - found
    return frozenset(found - {speaker})


def leaves_of(hass: HomeAssistant, key: str) -> frozenset[str]:
    """Give those of them that speak only for themselves."""
    members = members_of(hass, key)
    return frozenset(each for each in members if not _named_by(hass, each))


def silent(hass: HomeAssistant, key: str) -> frozenset[str]:
    """Give the entity ids of those that say nothing now: the entity, or whom it speaks for."""
    speaker = entity_id_of(hass, key)
    everybody = members_of(hass, key) | ({speaker} if speaker else set())
    return frozenset(each for each in everybody if not _speaks(hass, each))


class Members:
    """Follows all that one entity speaks for, until it is stopped; whoever joins them is followed from then on."""

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        on_turned: Callable[[EventStateChangedData], None],
    ) -> None:
        """Follow from now on; `on_turned` is called with each change of one of them."""
        self._hass = hass
        self._key = key
        self._on_turned = on_turned
        self._tracking = async_track_state_change_filtered(
            hass, self._tracked(), self._turned
        )

    @callback
    def stop(self) -> None:
        """Listen no more."""
        self._tracking.async_remove()

    @callback
    def look_again(self) -> None:
        """See who they are now."""
        self._tracking.async_update_listeners(self._tracked())

    @callback
    def _turned(self, event: Event[EventStateChangedData]) -> None:
        self.look_again()
        self._on_turned(event.data)

    def _tracked(self) -> TrackStates:
        members = members_of(self._hass, self._key)
        counts = any(
            _is_zone(each) for each in {*members, entity_id_of(self._hass, self._key)}
        )
        return TrackStates(
            all_states=False,
            entities=set(members),
            domains={PERSON} if counts else set(),
        )


def _speaks(hass: HomeAssistant, entity_id: str) -> bool:
    """Say whether an entity says something. The count of a zone says nothing where there is nobody to be counted."""
    return says_something(hass.states.get(entity_id)) and (
        not _is_zone(entity_id) or bool(_named_by(hass, entity_id))
    )


def _named_by(hass: HomeAssistant, entity_id: str) -> set[str]:
    if _is_zone(entity_id):
        return {
            each.entity_id
            for each in hass.states.async_all(PERSON)
            if each.attributes.get(ATTR_DEVICE_TRACKERS)  # nobody counts the others
        }
    state = hass.states.get(entity_id)
    named = state.attributes.get(ATTR_ENTITY_ID) if state else None
    return set(named) if isinstance(named, list | tuple) else set()


def _is_zone(entity_id: str | None) -> bool:
    return entity_id is not None and split_entity_id(entity_id)[0] == ZONE
