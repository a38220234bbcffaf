"""Phones as their app registers them."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

MOBILE_APP = "mobile_app"


def register_phone(hass: HomeAssistant, name: str, manufacturer: str) -> None:
    """Leave in the registries what a phone that registers leaves there."""
    entry = MockConfigEntry(domain=MOBILE_APP, title=name)
    entry.add_to_hass(hass)
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(MOBILE_APP, entry.entry_id)},
        manufacturer=manufacturer,
        name=name,
    )
