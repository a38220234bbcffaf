"""Stopping and starting all that is ours, as Home Assistant does when it stops and starts."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.latchstring.household import HOUSEHOLD_KEY, Household


async def stop(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """End everything; what is stored can be changed from now on."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.data[HOUSEHOLD_KEY].async_close()


async def start(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Begin from what is stored."""
    hass.data[HOUSEHOLD_KEY] = await Household.async_open(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
