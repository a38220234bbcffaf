"""The plain events of the probe."""

from typing import TYPE_CHECKING

from homeassistant.components.event import EventEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from .plain import PlainEntity, add_beside

if TYPE_CHECKING:
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback


class PlainEvent(PlainEntity, EventEntity):
    """Never changes."""

    _attr_event_types = ["nothing"]  # noqa: RUF012 - Home Assistant declares it as of an instance


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add as many as the hub has."""
    add_beside(hass, entry, Platform.EVENT, PlainEvent, async_add_entities)
