"""The job that writes an export of the record: one at a time, cancelled when Home Assistant stops."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
import threading
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_FORMER_PAIRINGS, DOMAIN
from ..export import (
    GUIDE_FILE,
    ExportCounts,
    ExportOrder,
    FolderSink,
    HubDocuments,
    ZipSink,
    clear_unfinished,
    write_entry,
    write_file,
    write_record,
)
from ..household.household import HOUSEHOLD_KEY, Household
from ..localize import Sentences
from ..settings.hub import pairing_papers
from ..settings.shares import shares_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from homeassistant.config_entries import ConfigEntry

EXPORTS_FOLDER: Final = "exports"
EVENT_EXPORT: Final = f"{DOMAIN}_export"

FORMATS: Final = {"zip": (ZipSink, ".zip"), "folder": (FolderSink, "")}
"""The sink of each format, and the suffix of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportJob:
    """What to export, all logs, one hub's or one entry with its proof; under what name, and in which format."""

    name: str
    hub: str | None
    entry: str | None
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A written export, and the public key of this home that verifies its signature."""

    path: Path
    written: ExportCounts
    home_key: Ed25519PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """The sentences of an export's page, in the home's language and time zone."""

    words: Sentences
    language: str

    def __call__(self, key: str, /, **values: str) -> str:
        """Return one sentence."""
        return self.words.say("export", key, **values)

    def time(self, at: datetime, /) -> str:
        """Return a time in the home's time zone."""
        return dt_util.as_local(at).strftime("%Y-%m-%d %H:%M:%S %Z")


@dataclass(slots=True)
class Exports:
    """Writes exports. The caller holds the lock `one_at_a_time` meanwhile."""

    hass: HomeAssistant
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_stopping: threading.Event = field(default_factory=threading.Event)

    async def async_write(self, job: ExportJob) -> Export:
        """Write an export. Raises the errors of `export/` and OSError; nothing of the export is left then."""
        household = self.hass.data[HOUSEHOLD_KEY]
        order = await self._async_order(job, household)
        path, written = await self.hass.async_add_executor_job(
            _write, household, job, order
        )
        key = order.household.key.public_key()
        return Export(path=path, written=written, home_key=key)

    async def _async_order(self, job: ExportJob, household: Household) -> ExportOrder:
        hass = self.hass
        return ExportOrder(
            household=household.log.identity,
            hubs={
                entry.entry_id: hub_documents(entry)
                for entry in hass.config_entries.async_entries(DOMAIN)
            },
            logs=None if job.hub is None else frozenset({job.hub}),
            guide=await hass.async_add_executor_job(GUIDE_FILE.read_bytes),
            say=PageWords(
                words=await Sentences.load(hass), language=hass.config.language
            ),
            at=dt_util.utcnow(),
            on_progress=self._progress(job.name),
            is_cancelled=self.is_stopping.is_set,
        )

    def _progress(self, name: str) -> Callable[[int, int], None]:
        """Return the progress callback of the writing thread, which fires an event for each percent."""
        last_percent = -1

        def on_progress(done: int, of: int) -> None:
            nonlocal last_percent
            if (percent := 100 * done // of) != last_percent:
                last_percent = percent
                self.hass.loop.call_soon_threadsafe(self._fire, name, percent)

        return on_progress

    @callback
    def _fire(self, name: str, percent: int) -> None:
        self.hass.bus.async_fire(EVENT_EXPORT, {"name": name, "percent": percent})


EXPORTS_KEY: Final[HassKey[Exports]] = HassKey(f"{DOMAIN}_exports")


@callback
def async_setup_exports(hass: HomeAssistant) -> None:
    """Set up exports, and cancel them when Home Assistant stops."""
    exports = hass.data[EXPORTS_KEY] = Exports(hass)
    hass.bus.async_listen_once(
        EVENT_HOMEASSISTANT_STOP, lambda _event: exports.is_stopping.set()
    )


def _write(
    household: Household, job: ExportJob, order: ExportOrder
) -> tuple[Path, ExportCounts]:
    """Write an export from a snapshot, in a worker thread: the record's writer never waits for it."""
    folder = household.folder / EXPORTS_FOLDER
    clear_unfinished(folder)
    with household.record.snapshot() as snapshot:
        if job.entry:
            proof = write_entry(snapshot, order, job.entry)
            path = write_file(folder, f"{job.name}.json", proof)
            return path, ExportCounts(entries=1, logs=1)
        kind, ending = FORMATS[job.into]
        with kind(folder, f"{job.name}{ending}") as sink:
            written = write_record(snapshot, sink, order)
    return sink.path, written


def hub_documents(entry: ConfigEntry) -> HubDocuments:
    """Return what an export needs of a hub beside its log."""
    former: list[dict[str, Any]] = entry.data.get(CONF_FORMER_PAIRINGS, [])
    return HubDocuments(
        pairings=[*former, pairing_papers(entry)],
        labels={share.camera_id: share.label for share in shares_of(entry).values()},
    )
