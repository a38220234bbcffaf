"""Retention: erases the content of entries past their time, and viewers' names in Home Assistant's history.

The log of a hub is kept for as long as the hub's options say; the household's log, and those of removed hubs, for as
long as the longest of them. Without the option everything is kept.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Final

from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from ..const import CONF_KEEP_DAYS, DOMAIN
from ..core.entries import SYSTEM
from ..household.household import HOUSEHOLD_KEY
from ..record import HOUSEHOLD, NotRecorded, RecordUnreadable
from .logbook_lines import LOGBOOK_LINES_KEY

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

    from ..core.entries import Actor
    from ..record.erase import Prefix

_LOGGER = logging.getLogger(__name__)

AT_NIGHT: Final = {"hour": 3, "minute": 23, "second": 0}

TRIES: Final = 10
"""How often truncating the WAL is tried while readers hold it; the next night it is tried again."""
BETWEEN_TRIES: Final = timedelta(seconds=3)

RECORDER: Final = "recorder"
VIEWERS_SENSOR: Final = (Platform.SENSOR, "viewers")
"""The platform and translation key of our entities whose state names viewers."""


@callback
def async_erase_nightly(hass: HomeAssistant) -> CALLBACK_TYPE:
    """Erase expired entries every night. Return a callback to stop."""

    @callback
    def erase(_now: datetime) -> None:
        hass.async_create_task(async_erase_expired(hass), f"{DOMAIN} erase")

    return async_track_time_change(hass, erase, **AT_NIGHT)


@callback
def async_track_keep_days(entry: ConfigEntry) -> CALLBACK_TYPE:
    """Erase expired entries when the option for how long a log is kept changes. Return a callback to stop."""
    before = entry.options.get(CONF_KEEP_DAYS)

    async def changed(hass: HomeAssistant, entry: ConfigEntry) -> None:
        nonlocal before
        if (now := entry.options.get(CONF_KEEP_DAYS)) != before:
            before = now
            await async_erase_expired(hass)

    return entry.add_update_listener(changed)


async def async_erase_expired(hass: HomeAssistant) -> None:
    """Erase entries past their time. What fails is tried again the next night.

    Of two failures, erasing by a clock that runs years ahead and keeping for longer, the first is worse: what is gone
    proves nothing any more. So this waits for a hub to have agreed with the clock; an owner can erase at any time.
    """
    now = dt_util.utcnow()
    try:
        logs = await hass.async_add_executor_job(
            hass.data[HOUSEHOLD_KEY].record.reader.logs
        )
        limits = {
            log: now - timedelta(days=days)
            for log, days in _keep_days(hass, logs).items()
            if days is not None
        }
        if limits and not hass.data[HOUSEHOLD_KEY].clock.is_agreed:
            _LOGGER.warning(
                "Entries that are past their time are not erased yet: no hub has agreed with the clock since it was set"
            )
        elif limits:
            await async_erase(hass, limits, actor=SYSTEM)
    except (NotRecorded, RecordUnreadable) as err:
        _LOGGER.warning(
            "Entries that are past their time could not be erased yet: %s", err
        )


async def async_erase(
    hass: HomeAssistant, limits: Mapping[str, datetime], *, actor: Actor
) -> list[Prefix]:
    """Erase the entries of each log from before its limit, here and in Home Assistant's history; return what went.

    Raises RecordUnwritable.
    """
    record = hass.data[HOUSEHOLD_KEY].record
    erased: list[Prefix] = []
    try:
        for log, before in limits.items():
            erased += await record.log(log).erase(
                before=before, actor=actor, at=dt_util.utcnow()
            )
            await _async_purge(hass, log, before)
    finally:
        hass.data[LOGBOOK_LINES_KEY].forget()
    await async_truncate_wal(hass)
    return erased


async def async_truncate_wal(hass: HomeAssistant) -> None:
    """Truncate the WAL so that erased pages leave the disk; retried while a reader holds it.

    Raises RecordUnwritable.
    """
    if not await hass.data[HOUSEHOLD_KEY].record.truncate_wal():
        hass.async_create_background_task(
            _async_truncate_wal_later(hass), f"{DOMAIN} truncate WAL"
        )


async def _async_truncate_wal_later(hass: HomeAssistant) -> None:
    record = hass.data[HOUSEHOLD_KEY].record
    for _ in range(TRIES):
        await asyncio.sleep(BETWEEN_TRIES.total_seconds())
        with suppress(NotRecorded):
            if await record.truncate_wal():
                return


async def _async_purge(hass: HomeAssistant, log: str, before: datetime) -> None:
    """Purge the viewers' names from Home Assistant's history; it purges whole days, so up to a day more."""
    platform, key = VIEWERS_SENSOR
    named = [
        entity.entity_id
        for entity in er.async_entries_for_config_entry(er.async_get(hass), log)
        if entity.domain == platform and entity.translation_key == key
    ]
    if named and hass.services.has_service(RECORDER, "purge_entities"):
        days = (dt_util.utcnow() - before).days
        await hass.services.async_call(
            RECORDER,
            "purge_entities",
            {ATTR_ENTITY_ID: named, "keep_days": days},
            blocking=True,
        )


def _keep_days(hass: HomeAssistant, logs: Iterable[str]) -> dict[str, int | None]:
    """Return how many days each log is kept; None: for ever."""
    wanted: dict[str, int | None] = {
        entry.entry_id: entry.options.get(CONF_KEEP_DAYS)
        for entry in hass.config_entries.async_entries(DOMAIN)
    }
    days = [each for each in wanted.values() if each is not None]
    longest = max(days) if days and len(days) == len(wanted) else None
    return {log: wanted.get(log, longest) for log in (*logs, HOUSEHOLD)}
