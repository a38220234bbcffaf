"""The export of one entry, with the proof that it is in its log."""

import json
from typing import Any, Final

from ..record import EntryRow, EpochRow, Snapshot
from ..record.query import place_of
from .faults import NothingToExport
from .record import ExportOrder, log_metadata

FORMAT: Final = "latchstring-entry/v1"


def write_entry(snapshot: Snapshot, order: ExportOrder, wanted: str) -> bytes:
    """Return one entry with its inclusion proof: in the newest cosigned tree that has it, else in the current tree."""
    try:
        log, number, index = place_of(wanted)
    except ValueError:
        raise NothingToExport from None
    for epoch in snapshot.epochs():
        if (epoch.log, epoch.epoch) == (log, number):
            entry = snapshot.entry(epoch, index)
            if entry is not None and entry.content is not None:
                return _proof(snapshot, order, epoch, entry)
    raise NothingToExport


def _proof(
    snapshot: Snapshot, order: ExportOrder, epoch: EpochRow, entry: EntryRow
) -> bytes:
    size, note = _checkpoint(snapshot, epoch, entry.index)
    document: dict[str, Any] = {
        "format": FORMAT,
        **log_metadata(epoch, order.hubs),
        "index": entry.index,
        "salt": (entry.salt or b"").hex(),
        "content": str(entry.content or b"", "utf-8", "replace"),
        "checkpoint": note,
        "inclusion": [
            hashed.hex() for hashed in snapshot.inclusion(epoch, entry.index, size)
        ],
    }
    return f"{json.dumps(document, indent=2)}\n".encode()


def _checkpoint(snapshot: Snapshot, epoch: EpochRow, index: int) -> tuple[int, str]:
    cosigned = snapshot.cosigned(epoch)
    if cosigned and cosigned[-1][0] > index:
        return cosigned[-1]
    if epoch.checkpoint is None:
        raise NothingToExport
    return epoch.size, epoch.checkpoint
