"""The export of whole logs: their entries, line by line, and all it takes to check them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
import json
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..core.canonical import Json
from ..core.signatures.jose import jwk
from ..record import EntryRow, EpochRow, LogIdentity, Snapshot
from .faults import ExportCancelled, NothingToExport
from .page import ExportPage, PageText
from .sink import Sink

PAGE: Final = "summary.html"
GUIDE: Final = "export.md"
GUIDE_FILE: Final = Path(__file__).parents[1] / "verifier" / GUIDE
"""The guide that is copied into every export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubDocuments:
    """What is stored of a hub outside of the record: its pairings as both signed them, and its cameras' labels.

    Each of `pairings` has the `pairing` and the `origin` of its log; the current one comes last.
    """

    pairings: Sequence[Mapping[str, Any]]
    labels: Mapping[str, str]

    def keys_over(self, origin: str) -> Mapping[str, Any] | None:
        """Return the hub's two keys by the last pairing about the log of this origin; None if there is none."""
        about = (each for each in self.pairings if each["origin"] == origin)
        keys: Mapping[str, Any] | None = None
        for each in about:
            keys = each["pairing"]["keys"]
        return keys


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What to export: `logs` (None: all), and the household's key, which signs. `hubs` are by their logs."""

    household: LogIdentity
    hubs: Mapping[str, HubDocuments]
    logs: frozenset[str] | None
    guide: bytes
    say: PageText
    at: datetime
    on_progress: Callable[[int, int], None]
    is_cancelled: Callable[[], bool]


@dataclass(slots=True, kw_only=True)
class ExportCounts:
    """How much was written."""

    entries: int = 0
    logs: int = 0


@dataclass(slots=True)
class _Export:
    """The state of an export."""

    order: ExportOrder
    sink: Sink
    snapshot: Snapshot
    page: ExportPage
    total: int
    written: ExportCounts = field(default_factory=ExportCounts)


def write_record(snapshot: Snapshot, sink: Sink, order: ExportOrder) -> ExportCounts:
    """Write all logs of the order, the page, the guide and the signed manifest."""
    epochs = [
        epoch
        for epoch in snapshot.epochs()
        if order.logs is None or epoch.log in order.logs
    ]
    if not epochs:
        raise NothingToExport
    export = _Export(
        order,
        sink,
        snapshot,
        ExportPage(order.say, order.at, _labels(order)),
        total=sum(epoch.size for epoch in epochs),
    )
    for number, epoch in enumerate(epochs):
        _write_epoch(export, f"logs/{number:02}", epoch)
    _write_agreements(export, {epoch.log for epoch in epochs})
    sink.put(PAGE, export.page.render())
    sink.put(GUIDE, order.guide)
    sink.sign(order.household.key, order.household.origin, order.at)
    return export.written


def _labels(order: ExportOrder) -> dict[str, str]:
    """Return the labels of all cameras, by the ids that hubs know them by."""
    return {
        camera: label
        for documents in order.hubs.values()
        for camera, label in documents.labels.items()
    }


def _write_epoch(export: _Export, folder: str, epoch: EpochRow) -> None:
    cosigned = export.snapshot.cosigned(epoch)
    documents = export.order.hubs.get(epoch.log)
    export.page.begin_log(
        epoch,
        cosigned=cosigned,
        keys=documents.keys_over(epoch.origin) if documents else None,
        agreements=export.snapshot.agreements(epoch.log),
    )
    with export.sink.part(f"{folder}/entries.jsonl") as part:
        for some in export.snapshot.entries(epoch):
            part.write(b"".join(map(entry_line, some)))
            for entry in some:
                export.page.take(entry)
            _report_progress(export, len(some))
    with export.sink.part(f"{folder}/cosigned.jsonl") as part:
        for _, note in cosigned:
            part.write(f"{json.dumps(note)}\n".encode())
    export.sink.put(
        f"{folder}/log.json", _pretty(log_metadata(epoch, export.order.hubs))
    )
    export.written.logs += 1


def _report_progress(export: _Export, count: int) -> None:
    export.written.entries += count
    if export.order.is_cancelled():
        raise ExportCancelled
    export.order.on_progress(export.written.entries, export.total)


def entry_line(entry: EntryRow) -> bytes:
    """Return an entry as one JSON line. Invalid UTF-8 is replaced: the damage shows, for it no longer fits its leaf."""
    line = {
        "index": entry.index,
        "leaf": entry.leaf.hex(),
        "salt": entry.salt and entry.salt.hex(),
        "content": entry.content and str(entry.content, "utf-8", "replace"),
    }
    return f"{json.dumps(line, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def log_metadata(epoch: EpochRow, hubs: Mapping[str, HubDocuments]) -> dict[str, Json]:
    """Return the metadata of an epoch: its key, its checkpoint, and the pairings about it."""
    pairings = documents.pairings if (documents := hubs.get(epoch.log)) else ()
    return {
        "log": epoch.log,
        "epoch": epoch.epoch,
        "origin": epoch.origin,
        "key": jwk(Ed25519PublicKey.from_public_bytes(epoch.public_key)),
        "checkpoint": epoch.checkpoint,
        "pairings": [
            each["pairing"] for each in pairings if each["origin"] == epoch.origin
        ],
    }


def _write_agreements(export: _Export, logs: Collection[str]) -> None:
    """Write every accepted agreement under its hash: two hubs may have the same."""
    agreements = {
        hashed: document
        for log in logs
        for hashed, document in export.snapshot.agreements(log).items()
    }
    for hashed, document in sorted(agreements.items()):
        export.sink.put(f"agreements/{hashed}.json", document)


def _pretty(value: Mapping[str, Json]) -> bytes:
    return f"{json.dumps(value, indent=2)}\n".encode()
