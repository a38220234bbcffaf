"""Commitments: a salted hash of the head of the household's log, as an entry of a hub log.

The hub cosigns it with the rest of its log, so that the household's log can't be rewritten up to there. The salt is
another one each time and for each hub, so the hash reveals nothing; it is in the household's log, right after the head,
and can be erased like everything there.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
import json
import secrets
import sqlite3
from typing import Final

from ..core.clock import Moment
from ..core.entries import HeadCommitted, HouseholdHead
from ..core.entries.entry_bytes import SALT_BYTES
from ..core.signatures.note import Checkpoint, commitment
from ..core.tree import root
from .append import draft, find_log, log_size, moment, nodes_of
from .epochs import write
from .values import HOUSEHOLD, CosignedSize, LogIdentity

SIGNED: Final = (
    "SELECT log, epoch, size, cosignatures.at FROM logs"
    " CROSS JOIN cosignatures ON log_id = logs.id AND size ="
    " (SELECT max(size) FROM cosignatures WHERE log_id = logs.id)"
)
"""The newest cosignature of each epoch, by index: there is one for every session, and pages need this for each hub."""

COMMITTED: Final = (
    "SELECT content FROM entries WHERE log_id = ? AND kind = 'head_committed'"
    " AND content NOTNULL ORDER BY at DESC, seq DESC"
)

BEGUN: Final = (
    "SELECT logs.log, former.epoch, former.origin, content FROM entries"
    " JOIN logs ON logs.id = log_id"
    " JOIN logs AS former ON former.log = logs.log AND former.epoch = logs.epoch - 1"
    " WHERE idx = 0 AND kind = 'epoch_begun' AND content NOTNULL ORDER BY logs.epoch DESC"
)


def commit_head(
    connection: sqlite3.Connection,
    household: LogIdentity,
    hub: LogIdentity,
    at: Moment,
) -> None:
    """Append a commitment to the head of the household's log to a hub log, and its salt to the household's log."""
    log_id = find_log(connection, household)
    size = log_size(connection, log_id)
    head = Checkpoint(
        origin=household.origin,
        size=size,
        root=root(size, nodes_of(connection, log_id)),
    )
    salt = secrets.token_bytes(SALT_BYTES)
    hidden = HouseholdHead(commitment=commitment(head, salt))
    written = write(connection, draft(hub, hidden, at))
    opening = HeadCommitted(
        hub=hub.log, epoch=hub.epoch, index=written.index, size=size, salt=salt
    )
    write(connection, draft(household, opening, at))


def confirmed(connection: sqlite3.Connection, log: str) -> dict[int, CosignedSize]:
    """Return by epoch how much of a hub log is cosigned: all of it, where the next epoch is cosigned.

    Of the household's log: up to which size a cosigned commitment covers it.
    """
    signed = {
        (of, epoch): CosignedSize(size=size, at=moment(at))
        for of, epoch, size, at in connection.execute(SIGNED)
    }
    for of, epoch, size, at in _confirmed_by_next(connection, signed):
        signed[of, epoch] = CosignedSize(size=size, at=at)
    if log == HOUSEHOLD:
        return _committed(connection, signed)
    return {epoch: each for (of, epoch), each in signed.items() if of == log}


def _confirmed_by_next(
    connection: sqlite3.Connection, signed: Mapping[tuple[str, int], CosignedSize]
) -> Iterator[tuple[str, int, int, datetime]]:
    """Yield the epochs that the next one confirms, newest first: an epoch begins with the head of the one before."""
    for log, epoch, origin, written in connection.execute(BEGUN).fetchall():
        begun = json.loads(written)
        after = signed.get((log, epoch + 1))
        if after and begun["root"] and begun["origin"] == origin:
            yield log, epoch, begun["size"], after.at


def _committed(
    connection: sqlite3.Connection, signed: Mapping[tuple[str, int], CosignedSize]
) -> dict[int, CosignedSize]:
    found: dict[int, CosignedSize] = {}
    epochs = connection.execute(
        "SELECT id, epoch FROM logs WHERE log = ?", (HOUSEHOLD,)
    )
    for log_id, epoch in epochs.fetchall():
        for (written,) in connection.execute(COMMITTED, (log_id,)):
            opening = json.loads(written)
            of = signed.get((opening["hub"], opening["epoch"]))
            if of is not None and of.size > opening["index"]:
                found[epoch] = CosignedSize(size=opening["size"], at=of.at)
                break
    return found
