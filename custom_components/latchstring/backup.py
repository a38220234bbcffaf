"""Around a backup: what it takes along is marked, so that it is known again when it comes back.

Meanwhile the record goes on in the log beside its file, and the file lies still: so what is copied fits together.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from .household import HOUSEHOLD_KEY

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

_LOGGER = logging.getLogger(__name__)


PATIENCE_SECONDS: Final = 10
"""For a disk that does not answer: a backup must not wait for the record for ever."""


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Mark the consent and let the file lie still. Home Assistant calls this before it makes a backup."""
    await _async_hold_still(hass, still=True)
    await _async_mark(hass, running=True)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Clear the mark and let the file go. Home Assistant calls this when the backup is made."""
    await _async_hold_still(hass, still=False)
    await _async_mark(hass, running=False)


async def _async_mark(hass: HomeAssistant, *, running: bool) -> None:
    """Mark or clear, and never keep the owner's backup from being made: an anchor that is missing closes too."""
    if (household := hass.data.get(HOUSEHOLD_KEY)) is None:
        return
    try:
        await household.consent.async_mark_backup(running=running)
    except Exception:
        _LOGGER.exception("The consent could not be marked for a backup")


async def _async_hold_still(hass: HomeAssistant, *, still: bool) -> None:
    """Hold the file still or let it go; where it can't be written now, that holds from when it can."""
    if (household := hass.data.get(HOUSEHOLD_KEY)) is None:
        return
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await household.record.hold_still(still=still)
    except Exception as err:  # noqa: BLE001 - whatever it is, the owner's backup is made
        _LOGGER.warning("The record's file may move during a backup: %s", err)
