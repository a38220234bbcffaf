"""Before and after a backup: marks the stored consent, so that a restored one is recognised.

Meanwhile the record writes only to the WAL and the database file does not change, so that their copies fit together.
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

TIMEOUT_SECONDS: Final = 10
"""For a disk that does not respond: a backup must not wait for the record for ever."""


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Mark the consent and suspend checkpoints of the WAL. Home Assistant calls this before a backup."""
    await _async_set_running(hass, running=True)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Clear the mark, resume checkpoints, and truncate what was erased. Home Assistant calls this after a backup."""
    await _async_set_running(hass, running=False)
    with _log_failure("What was erased during a backup stays for now"):
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await async_truncate_wal(hass)


async def _async_set_running(hass: HomeAssistant, *, running: bool) -> None:
    """Suspend and mark, or resume and clear. If the file can't be written now, it takes effect when it can."""
    household = hass.data[HOUSEHOLD_KEY]
    with _log_failure("The record's file may move during a backup"):
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await household.record.suspend_wal_checkpoints(suspended=running)
    with _log_failure("The consent could not be marked for a backup"):
        await household.consent.async_mark_backup(running=running)


@contextmanager
def _log_failure(message: str) -> Iterator[None]:
    """Log a failure, and never fail the owner's backup: a consent without its mark closes too."""
    try:
        yield
    except Exception as err:  # noqa: BLE001 - whatever it is
        _LOGGER.warning("%s: %s", message, err)
