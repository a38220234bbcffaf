"""Handing the record over: who may, where it is put, how far it is, and how it is fetched from there."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
import logging
from pathlib import Path
import secrets
import threading
from typing import Any, Final

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.auth import async_sign_path
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, MAX_LENGTH_STATE_STATE
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
import voluptuous as vol

from .actors import async_actor
from .const import ATTR_HUB, DOMAIN
from .core.record import Exported
from .core.signatures.jose import thumbprint
from .export import (
    ExportCancelled,
    FolderSink,
    NothingToExport,
    Order,
    Written,
    ZipSink,
    clear_unfinished,
    write_entry,
    write_file,
    write_record,
)
from .household import HOUSEHOLD_KEY, RECORD_FOLDER, Household
from .paired import papers_of
from .record import (
    HOUSEHOLD,
    NotRecorded,
    RecordFault,
    RecordUnreadable,
    fault_of,
)
from .words import Words

_LOGGER = logging.getLogger(__name__)

EXPORTS_FOLDER: Final = "exports"
GUIDE: Final = Path(__file__).parent / "verifier" / "export.md"
EVENT_EXPORT: Final = f"{DOMAIN}_export"
ATTR_ENTRY: Final = "entry"
ATTR_FORMAT: Final = "format"
FORMATS: Final = {"zip": ZipSink, "folder": FolderSink}

LINK_LASTS: Final = timedelta(minutes=10)
MOST_LINKS: Final = 32

_ID: Final = vol.All(cv.string, vol.Length(max=MAX_LENGTH_STATE_STATE))

SCHEMA: Final = vol.Schema(
    {
        vol.Optional(ATTR_HUB): _ID,
        vol.Exclusive(ATTR_ENTRY, "what"): _ID,
        vol.Exclusive(ATTR_FORMAT, "what"): vol.In(FORMATS),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """What the page of an export says, in the home's language and time."""

    words: Words
    language: str

    def __call__(self, key: str, /, **values: str) -> str:
        """Give one sentence."""
        return self.words.say("export", key, **values)

    def time(self, at: datetime, /) -> str:
        """Write a time as the home's clock shows it."""
        return dt_util.as_local(at).strftime("%Y-%m-%d %H:%M:%S %Z")


@dataclass(slots=True)
class Exports:
    """One export at a time, and for some minutes a link to each that was made."""

    hass: HomeAssistant
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    links: dict[str, tuple[Path, datetime]] = field(default_factory=dict)
    is_stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def folder(self) -> Path:
        """Say where exports are put."""
        return Path(self.hass.config.path(RECORD_FOLDER, EXPORTS_FOLDER))

    @callback
    def link(self, path: Path) -> str:
        """Give an address that fetches a file for some minutes, for whoever holds it."""
        now = dt_util.utcnow()
        self.links = {
            token: known
            for token, known in list(self.links.items())[-MOST_LINKS:]
            if known[1] > now
        }
        token = secrets.token_urlsafe(32)
        self.links[token] = path, now + LINK_LASTS
        return async_sign_path(
            self.hass, f"{View.base}{token}", LINK_LASTS, use_content_user=True
        )

    @callback
    def linked(self, token: str) -> Path | None:
        """Give the file of a link that still holds."""
        path, until = self.links.get(token, (None, dt_util.utcnow()))
        return path if dt_util.utcnow() < until else None

    def on_progress(self, name: str) -> Callable[[int, int], None]:
        """Say on the bus how far an export is, percent by percent; called by the thread that writes it."""
        said = -1

        def on_progress(done: int, of: int) -> None:
            nonlocal said
            if (percent := 100 * done // of) != said:
                said = percent
                self.hass.loop.call_soon_threadsafe(self._say, name, percent)

        return on_progress

    @callback
    def _say(self, name: str, percent: int) -> None:
        self.hass.bus.async_fire(EVENT_EXPORT, {"name": name, "percent": percent})


EXPORTS_KEY: Final[HassKey[Exports]] = HassKey(f"{DOMAIN}_exports")


class View(HomeAssistantView):
    """Gives a file to whoever holds the link to it."""

    base: Final = f"/api/{DOMAIN}/exports/"
    url = f"{base}{{token}}"
    name = f"api:{DOMAIN}:exports"

    async def get(self, request: web.Request, token: str) -> web.StreamResponse:
        """Give the file, to be saved and never shown."""
        path = request.app[KEY_HASS].data[EXPORTS_KEY].linked(token)
        if path is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.FileResponse(
            path,
            headers={
                "Content-Disposition": f'attachment; filename="{path.name}"',
                "Cache-Control": "no-store",
            },
        )


@callback
def async_setup_exports(hass: HomeAssistant) -> None:
    """Register the action and the way its files are fetched."""
    exports = hass.data[EXPORTS_KEY] = Exports(hass)
    hass.http.register_view(View)
    hass.bus.async_listen_once(
        EVENT_HOMEASSISTANT_STOP, lambda _event: exports.is_stopping.set()
    )
    async_register_admin_service(
        hass,
        DOMAIN,
        "export_record",
        _async_export_record,
        schema=SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_export_record(call: ServiceCall) -> ServiceResponse:
    """Write the record, or one entry of it, into files that can be checked without this home."""
    exports, household = call.hass.data[EXPORTS_KEY], call.hass.data[HOUSEHOLD_KEY]
    async with exports.one_at_a_time:
        name = f"latchstring-{dt_util.utcnow():%Y%m%dT%H%M%S%f}"
        is_recorded = await _async_write_down(call, household, name)
        order = await _async_order(call, household, exports.on_progress(name))
        try:
            path, written = await call.hass.async_add_executor_job(
                _write, exports.folder, name, household, order, call.data
            )
        except (NothingToExport, ExportCancelled, RecordUnreadable, OSError) as err:
            raise _refused(err) from err
    return {
        "path": str(path),
        "entries": written.entries,
        "logs": written.logs,
        "recorded": is_recorded,
        "home_key": thumbprint(order.household.key.public_key()),
        "download": exports.link(path) if path.is_file() else None,
    }


async def _async_write_down(call: ServiceCall, household: Household, name: str) -> bool:
    """Write down who exports what. Where that can't be written, a proof in the owner's hands is worth more."""
    exported = Exported(
        actor=await async_actor(call.hass, call.context),
        name=name,
        log=call.data.get(ATTR_HUB),
        entry=call.data.get(ATTR_ENTRY),
    )
    try:
        await household.record.append(HOUSEHOLD, exported, at=dt_util.utcnow())
    except NotRecorded as err:
        _LOGGER.warning("An export could not be recorded: %s", err)
        return False
    return True


async def _async_order(
    call: ServiceCall, household: Household, on_progress: Callable[[int, int], None]
) -> Order:
    hass = call.hass
    hub = call.data.get(ATTR_HUB)
    return Order(
        household=household.record.identity(HOUSEHOLD),
        hubs={
            entry.entry_id: papers_of(entry)
            for entry in hass.config_entries.async_entries(DOMAIN)
        },
        logs=None if hub is None else frozenset({hub}),
        guide=await hass.async_add_executor_job(GUIDE.read_bytes),
        say=PageWords(words=await Words.load(hass), language=hass.config.language),
        at=dt_util.utcnow(),
        on_progress=on_progress,
        is_cancelled=hass.data[EXPORTS_KEY].is_stopping.is_set,
    )


def _write(
    folder: Path,
    name: str,
    household: Household,
    order: Order,
    asked: Mapping[str, Any],
) -> tuple[Path, Written]:
    """Write what was asked for, in a worker thread: the writer of the record never waits for it."""
    clear_unfinished(folder)
    with household.record.snapshot() as snapshot:
        if entry := asked.get(ATTR_ENTRY):
            proof = write_entry(snapshot, order, entry)
            return write_file(folder, f"{name}.json", proof), Written(entries=1, logs=1)
        kind = asked.get(ATTR_FORMAT, "zip")
        ending = ".zip" if kind == "zip" else ""
        with FORMATS[kind](folder, f"{name}{ending}") as sink:
            written = write_record(snapshot, sink, order)
    return sink.path, written


def _refused(error: Exception) -> HomeAssistantError:
    """Say what can be done about it; nothing of the export is left."""
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
