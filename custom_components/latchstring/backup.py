"""Around a backup: what it takes along is marked, so that it is known again when it comes back.

Meanwhile the record goes on in the log beside its file, and the file lies still: so what is copied fits together.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import logging
from typing import TYPE_CHECKING, Final

from .history.retention import async_truncate_wal
from .household.household import HOUSEHOLD_KEY

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

_LOGGER = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 10
"""For a disk that does not answer: a backup must not wait for the record for ever."""


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Mark the consent and let the file lie still. Home Assistant calls this before it makes a backup."""
    await _async_turn(hass, running=True)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Clear the mark, let the file go, and what was erased meanwhile. Home Assistant calls this after the backup."""
    await _async_turn(hass, running=False)
    with _made_all_the_same("What was erased during a backup stays for now"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await async_truncate_wal(hass)


async def _async_turn(hass: HomeAssistant, *, running: bool) -> None:
    """Hold and mark, or let go and clear. Where the file can't be written now, that holds from when it can."""
    household = hass.data[HOUSEHOLD_KEY]
    with _made_all_the_same("The record's file may move during a backup"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await household.record.hold_still(still=running)
    with _made_all_the_same("The consent could not be marked for a backup"):
        await household.consent.async_mark_backup(running=running)


@contextmanager
def _made_all_the_same(but: str) -> Iterator[None]:
    """Never keep the owner's backup from being made: an anchor that is missing closes too."""
    try:
        yield
    except Exception as err:  # noqa: BLE001 - whatever it is
        _LOGGER.warning("%s: %s", but, err)
