"""The actions `get_record` and `erase_record`."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import ATTR_HUB, DOMAIN
from ..history.access import async_read_access
from ..history.query import PAGE_FIELDS, RecordQuery, async_page, camera_ids, in_utc
from ..history.retention import async_erase
from ..household.actors import async_actor
from ..household.household import HOUSEHOLD_KEY
from ..record import NotRecorded, RecordUnreadable

ATTR_BEFORE: Final = "before"

GET_RECORD_SCHEMA: Final = vol.Schema({**cv.ENTITY_SERVICE_FIELDS, **PAGE_FIELDS})

ERASE_RECORD_SCHEMA: Final = vol.Schema(
    {vol.Required(ATTR_BEFORE): in_utc, vol.Optional(ATTR_HUB): cv.string}
)

MIN_AGE: Final = timedelta(days=1)
"""Younger entries are not erased: daily limits count them, and receipts still arrive for them."""


async def async_get_record(call: ServiceCall) -> ServiceResponse:
    """Return a page of the record, limited to what the caller may read."""
    query = RecordQuery(
        data=call.data,
        cameras=camera_ids(call.hass, call.data),
        access=await async_read_access(call.hass, call.context),
    )
    return await async_page(call.hass, query)


async def async_erase_record(call: ServiceCall) -> ServiceResponse:
    """Erase entries older than a time, of one hub's log or of all, and return how many of each log."""
    before: datetime = call.data[ATTR_BEFORE]
    if before > dt_util.utcnow() - MIN_AGE:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="too_young_to_erase"
        )
    actor = await async_actor(call.hass, call.context)
    try:
        limits = dict.fromkeys(await _async_logs(call), before)
        erased = await async_erase(call.hass, limits, actor=actor)
    except (NotRecorded, RecordUnreadable) as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="not_erased"
        ) from err
    return {
        "erased": [
            {"log": each.log, "epoch": each.epoch, "entries": each.end - each.start}
            for each in erased
        ]
    }


async def _async_logs(call: ServiceCall) -> list[str]:
    """Return the logs to erase from; a removed hub still has one."""
    logs = await call.hass.async_add_executor_job(
        call.hass.data[HOUSEHOLD_KEY].record.reader.logs
    )
    if (hub := call.data.get(ATTR_HUB)) is None:
        return logs
    if hub not in logs:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="hub_unknown"
        )
    return [hub]
