"""The action `export_record`: it records who exports, and returns the path and a download link."""

import logging
from typing import Final

from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import ATTR_HUB, DOMAIN
from ..core.entries import Exported
from ..core.signatures.jose import thumbprint
from ..export import ExportCancelled, NothingToExport
from ..household.actors import async_actor
from ..household.household import HOUSEHOLD_KEY
from ..http import DOWNLOADS_KEY
from ..record import NotRecorded, RecordFault, RecordUnreadable, fault_of
from .export_job import EXPORTS_KEY, FORMATS, ExportJob

_LOGGER = logging.getLogger(__name__)

ATTR_ENTRY: Final = "entry"
ATTR_FORMAT: Final = "format"

_ID: Final = vol.All(cv.string, vol.Length(max=MAX_LENGTH_STATE_STATE))

EXPORT_RECORD_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(ATTR_HUB): _ID,
        vol.Exclusive(ATTR_ENTRY, "what"): _ID,
        vol.Exclusive(ATTR_FORMAT, "what"): vol.In(FORMATS),
    }
)


async def async_export_record(call: ServiceCall) -> ServiceResponse:
    """Export the record, or one entry of it, as files that can be verified without this home."""
    exports = call.hass.data[EXPORTS_KEY]
    async with exports.one_at_a_time:
        job = ExportJob(
            name=f"latchstring-{dt_util.utcnow():%Y%m%dT%H%M%S%f}",
            hub=call.data.get(ATTR_HUB),
            entry=call.data.get(ATTR_ENTRY),
            into=call.data.get(ATTR_FORMAT, "zip"),
        )
        is_recorded = await _async_record(call, job)
        try:
            export = await exports.async_write(job)
        except (NothingToExport, ExportCancelled, RecordUnreadable, OSError) as err:
            raise _error(err) from err
    links, path = call.hass.data[DOWNLOADS_KEY], export.path
    return {
        "path": str(path),
        "entries": export.written.entries,
        "logs": export.written.logs,
        "recorded": is_recorded,
        "home_key": thumbprint(export.home_key),
        "download": links.add(path) if path.is_file() else None,
    }


async def _async_record(call: ServiceCall, job: ExportJob) -> bool:
    """Record who exports what; return whether that was written."""
    exported = Exported(
        actor=await async_actor(call.hass, call.context),
        name=job.name,
        log=job.hub,
        entry=job.entry,
    )
    log = call.hass.data[HOUSEHOLD_KEY].log
    try:
        await log.append(exported, at=dt_util.utcnow())
    except NotRecorded as err:
        # A proof in the owner's hands is worth more than the entry that they took it.
        _LOGGER.warning("An export could not be recorded: %s", err)
        return False
    return True


def _error(error: Exception) -> HomeAssistantError:
    """Return the error that tells the caller what can be done; nothing of the export is left."""
    match error:
        case NothingToExport():
            return ServiceValidationError(
                translation_domain=DOMAIN, translation_key="nothing_to_export"
            )
        case ExportCancelled():
            return HomeAssistantError(
                translation_domain=DOMAIN, translation_key="export_stopped"
            )
        case RecordUnreadable():
            return HomeAssistantError(
                translation_domain=DOMAIN, translation_key="record_unreadable"
            )
        case _ if fault_of(error) is RecordFault.DISK_FULL:
            return HomeAssistantError(
                translation_domain=DOMAIN, translation_key="export_disk_full"
            )
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="export_failed",
        translation_placeholders={"error": str(error)},
    )
