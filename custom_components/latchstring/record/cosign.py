"""The checkpoints that were offered to the witness of a hub log, and those that it has cosigned."""

from datetime import datetime
import sqlite3

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..core.signatures.note import NoteError, verify_checkpoint, verify_cosignature
from ..core.tree import root
from .append import find_log, log_size, milliseconds, moment, nodes_of
from .faults import CosignatureInvalid, ForeignHead
from .values import CosignedSize, LogIdentity


def keep_cosignature(
    connection: sqlite3.Connection,
    identity: LogIdentity,
    note: str,
    *,
    witness: str,
    key: Ed25519PublicKey,
    renews: bool,
) -> CosignedSize:
    """Store a cosigned checkpoint of this log, and delete the offers up to its size.

    ForeignHead comes before CosignatureInvalid: whoever cosigned it may have another key by now. A cosignature of a
    tree that this witness has cosigned already is stored only where it is later, and `renews`.
    """
    try:
        checkpoint = verify_checkpoint(
            note, origin=identity.origin, key=identity.key.public_key()
        )
    except NoteError:
        raise CosignatureInvalid from None
    log_id = find_log(connection, identity)
    if checkpoint.size > log_size(connection, log_id):
        raise ForeignHead(checkpoint.size)
    if checkpoint.root != root(checkpoint.size, nodes_of(connection, log_id)):
        raise ForeignHead(checkpoint.size)
    try:
        cosigned_at = verify_cosignature(note, name=witness, key=key)
    except NoteError:
        raise CosignatureInvalid from None
    known = _known(connection, log_id, checkpoint.size, witness, key)
    if known is not None and not (renews and cosigned_at > known):
        return CosignedSize(size=checkpoint.size, at=known, is_new=False)
    connection.execute(
        "INSERT OR REPLACE INTO cosignatures VALUES (?, ?, ?, ?)",
        (log_id, checkpoint.size, note, milliseconds(cosigned_at)),
    )
    connection.execute(
        "DELETE FROM offers WHERE log_id = ? AND size <= ?", (log_id, checkpoint.size)
    )
    return CosignedSize(size=checkpoint.size, at=cosigned_at)


def _known(
    connection: sqlite3.Connection,
    log_id: int,
    size: int,
    witness: str,
    key: Ed25519PublicKey,
) -> datetime | None:
    """Return when this witness has cosigned the tree of this size, as far as that is stored."""
    row = connection.execute(
        "SELECT note FROM cosignatures WHERE log_id = ? AND size = ?", (log_id, size)
    ).fetchone()
    try:
        return (
            None if row is None else verify_cosignature(row[0], name=witness, key=key)
        )
    except NoteError:
        return None


def keep_offer(
    connection: sqlite3.Connection, identity: LogIdentity, size: int, at: datetime
) -> None:
    """Store that a tree was offered to the witness, unless it is cosigned or an earlier offer still waits."""
    if size > cosigned_size(connection, identity):
        connection.execute(
            "INSERT OR IGNORE INTO offers VALUES (?, ?, ?)",
            (find_log(connection, identity), size, milliseconds(at)),
        )


def waiting_since(
    connection: sqlite3.Connection, identity: LogIdentity
) -> datetime | None:
    """Return the time of the oldest offer that is not cosigned yet."""
    row = connection.execute(
        "SELECT at FROM offers JOIN logs ON logs.id = log_id"
        " WHERE log = ? AND epoch = ?",
        (identity.log, identity.epoch),
    ).fetchone()
    return None if row is None else moment(row[0])


def cosigned_size(connection: sqlite3.Connection, identity: LogIdentity) -> int:
    """Return the size of the newest tree of this epoch that the witness has cosigned."""
    (size,) = connection.execute(
        "SELECT max(size) FROM cosignatures WHERE log_id ="
        " (SELECT id FROM logs WHERE log = ? AND epoch = ?)",
        (identity.log, identity.epoch),
    ).fetchone()
    return size or 0
