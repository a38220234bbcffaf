"""Around a backup: what it takes along is marked, so that it is known again when it comes back."""

import logging
from typing import TYPE_CHECKING

from .household import HOUSEHOLD_KEY

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

_LOGGER = logging.getLogger(__name__)


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Mark the consent. Home Assistant calls this before it makes a backup."""
    await _async_mark(hass, running=True)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Clear the mark. Home Assistant calls this when the backup is made."""
    await _async_mark(hass, running=False)


async def _async_mark(hass: HomeAssistant, *, running: bool) -> None:
    """Mark or clear, and never keep the owner's backup from being made: an anchor that is missing closes too."""
    if (household := hass.data.get(HOUSEHOLD_KEY)) is None:
        return
    try:
        await household.consent.async_mark_backup(running=running)
    except Exception:
        _LOGGER.exception("The consent could not be marked for a backup")
