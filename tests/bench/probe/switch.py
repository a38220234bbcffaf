"""The plain switches of the probe."""

from typing import TYPE_CHECKING

from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from .plain import PlainEntity, add_beside

if TYPE_CHECKING:
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback


class PlainSwitch(PlainEntity, SwitchEntity):
    """Never changes."""

    _attr_is_on = False


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add as many as the hub has."""
    add_beside(hass, entry, Platform.SWITCH, PlainSwitch, async_add_entities)
