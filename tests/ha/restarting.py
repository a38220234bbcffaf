"""Stopping and starting all that is ours, as Home Assistant does when it stops and starts."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.latchstring.backup import async_pre_backup
from custom_components.latchstring.household.household import HOUSEHOLD_KEY, Household


async def stop(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """End everything; what is stored can be changed from now on."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.data[HOUSEHOLD_KEY].async_close()


async def restart_restored(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Come back as out of a backup: with the mark that it leaves in what it copies."""
    await async_pre_backup(hass)
    await stop(hass, entry)
    await start(hass, entry)


async def start(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Begin from what is stored."""
    hass.data[HOUSEHOLD_KEY] = await Household.async_open(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
