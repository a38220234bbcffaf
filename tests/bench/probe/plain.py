"""Entities that do nothing: for each of a hub's one of the same kind, on the same device, in a subentry of its own."""

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity

from .const import CONF_HUB

if TYPE_CHECKING:
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback


class PlainEntity(Entity):
    """An entity that stands where another one does."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, hass: HomeAssistant, other: er.RegistryEntry) -> None:
        self._attr_unique_id = f"plain {other.unique_id}"
        self._attr_name = f"Plain {other.original_name}"
        self._attr_extra_state_attributes = {"stands_beside": other.entity_id}
        if other.device_id is not None:
            self.device_entry = dr.async_get(hass).async_get(other.device_id)


def add_beside(
    hass: HomeAssistant,
    entry: ConfigEntry,
    platform: Platform,
    make: Callable[[HomeAssistant, er.RegistryEntry], PlainEntity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add one for each entity the hub has on this platform, by subentry as any integration has to."""
    own = {each.unique_id: each.subentry_id for each in entry.subentries.values()}
    others = [
        each
        for each in er.async_entries_for_config_entry(
            er.async_get(hass), entry.data[CONF_HUB]
        )
        if each.domain == platform
    ]

    def subentry(other: er.RegistryEntry) -> str:
        return other.config_subentry_id or ""

    for subentry_id, group in groupby(sorted(others, key=subentry), subentry):
        async_add_entities(
            [make(hass, other) for other in group],
            config_subentry_id=own.get(subentry_id),
        )
