"""Phones as their app registers them."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

MOBILE_APP = "mobile_app"
ALEX = "01JDXAEXPH0NE000000000A1EX"
"""A registration, by what Home Assistant keeps it under."""


def register_phone(
    hass: HomeAssistant, name: str, manufacturer: str = "Apple", *, key: str = ALEX
) -> str:
    """Leave in the registries what a phone that registers leaves there; give what its registration is known by."""
    entry = MockConfigEntry(
        domain=MOBILE_APP, title=name, data={"device_name": name}, entry_id=key
    )
    entry.add_to_hass(hass)
    entry.mock_state(hass, ConfigEntryState.LOADED)
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(MOBILE_APP, entry.entry_id)},
        manufacturer=manufacturer,
        name=name,
    )
    return entry.entry_id
