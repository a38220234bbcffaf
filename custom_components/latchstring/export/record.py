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
from ..record import KeptEntry, KeptEpoch, LogIdentity, Snapshot
from .faults import ExportCancelled, NothingToExport
from .page import ExportPage, Say
from .sink import Sink

PAGE: Final = "summary.html"
GUIDE: Final = "export.md"
GUIDE_FILE: Final = Path(__file__).parents[1] / "verifier" / GUIDE
"""The guide that is copied into every export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubPapers:
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
class Order:
    """What to export: `logs` (None: all), and the household's key, which signs. `hubs` are by their logs."""

    household: LogIdentity
    hubs: Mapping[str, HubPapers]
    logs: frozenset[str] | None
    guide: bytes
    say: Say
    at: datetime
    on_progress: Callable[[int, int], None]
    is_cancelled: Callable[[], bool]


@dataclass(slots=True, kw_only=True)
class Written:
    """How much was written."""

    entries: int = 0
    logs: int = 0


@dataclass(slots=True)
class _Writing:
    """The state of an export."""

    order: Order
    sink: Sink
    snapshot: Snapshot
    page: ExportPage
    total: int
    written: Written = field(default_factory=Written)


def write_record(snapshot: Snapshot, sink: Sink, order: Order) -> Written:
    """Write all logs of the order, the page, the guide and the signed manifest."""
    epochs = [
        epoch
        for epoch in snapshot.epochs()
        if order.logs is None or epoch.log in order.logs
    ]
    if not epochs:
        raise NothingToExport
    writing = _Writing(
        order,
        sink,
        snapshot,
        ExportPage(order.say, order.at, _labels(order)),
        total=sum(epoch.size for epoch in epochs),
    )
    for number, epoch in enumerate(epochs):
        _write_epoch(writing, f"logs/{number:02}", epoch)
    _write_agreements(writing, {epoch.log for epoch in epochs})
    sink.put(PAGE, writing.page.render())
    sink.put(GUIDE, order.guide)
    sink.sign(order.household.key, order.household.origin, order.at)
    return writing.written


def _labels(order: Order) -> dict[str, str]:
    """Return the labels of all cameras, by the ids that hubs know them by."""
    return {
        camera: label
        for papers in order.hubs.values()
        for camera, label in papers.labels.items()
    }


def _write_epoch(writing: _Writing, folder: str, epoch: KeptEpoch) -> None:
    cosigned = writing.snapshot.cosigned(epoch)
    papers = writing.order.hubs.get(epoch.log)
    writing.page.begin_log(
        epoch,
        cosigned=cosigned,
        keys=papers.keys_over(epoch.origin) if papers else None,
        agreements=writing.snapshot.agreements(epoch.log),
    )
    with writing.sink.part(f"{folder}/entries.jsonl") as part:
        for some in writing.snapshot.entries(epoch):
            part.write(b"".join(map(entry_line, some)))
            for entry in some:
                writing.page.take(entry)
            _go_on(writing, len(some))
    with writing.sink.part(f"{folder}/cosigned.jsonl") as part:
        for _, note in cosigned:
            part.write(f"{json.dumps(note)}\n".encode())
    writing.sink.put(f"{folder}/log.json", _pretty(log_said(epoch, writing.order.hubs)))
    writing.written.logs += 1


def _go_on(writing: _Writing, count: int) -> None:
    writing.written.entries += count
    if writing.order.is_cancelled():
        raise ExportCancelled
    writing.order.on_progress(writing.written.entries, writing.total)


def entry_line(entry: KeptEntry) -> bytes:
    """Return an entry as one JSON line. Invalid UTF-8 is replaced: the damage shows, for it no longer fits its leaf."""
    said = {
        "index": entry.index,
        "leaf": entry.leaf.hex(),
        "salt": entry.salt and entry.salt.hex(),
        "content": entry.content and str(entry.content, "utf-8", "replace"),
    }
    return f"{json.dumps(said, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def log_said(epoch: KeptEpoch, hubs: Mapping[str, HubPapers]) -> dict[str, Json]:
    """Return the metadata of an epoch: its key, its checkpoint, and the pairings about it."""
    pairings = papers.pairings if (papers := hubs.get(epoch.log)) else ()
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


def _write_agreements(writing: _Writing, logs: Collection[str]) -> None:
    """Write every accepted agreement under its hash: two hubs may have the same."""
    agreements = {
        hashed: document
        for log in logs
        for hashed, document in writing.snapshot.agreements(log).items()
    }
    for hashed, document in sorted(agreements.items()):
        writing.sink.put(f"agreements/{hashed}.json", document)


def _pretty(value: Mapping[str, Json]) -> bytes:
    return f"{json.dumps(value, indent=2)}\n".encode()
