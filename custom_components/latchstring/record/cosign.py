"""Keeping the witness's cosignatures of this home's checkpoints."""

from datetime import datetime
import sqlite3

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..core.note import NoteError, verify_checkpoint, verify_cosignature
from ..core.tree import root
from .append import find_log, log_size, nodes_of
from .faults import CosignatureInvalid, ForeignHead
from .values import LogIdentity


def keep_cosignature(
    connection: sqlite3.Connection,
    identity: LogIdentity,
    note: str,
    *,
    witness: str,
    key: Ed25519PublicKey,
) -> datetime:
    """Keep a cosigned checkpoint, if it is one of ours; say when it was cosigned."""
    try:
        checkpoint = verify_checkpoint(
            note, origin=identity.origin, key=identity.key.public_key()
        )
        cosigned_at = verify_cosignature(note, name=witness, key=key)
    except NoteError:
        raise CosignatureInvalid from None
    log_id = find_log(connection, identity)
    if checkpoint.size > log_size(connection, log_id):
        raise ForeignHead
    if checkpoint.root != root(checkpoint.size, nodes_of(connection, log_id)):
        raise ForeignHead
    connection.execute(
        "INSERT OR REPLACE INTO cosignatures VALUES (?, ?, ?)",
        (log_id, checkpoint.size, note),
    )
    return cosigned_at


def cosigned_size(connection: sqlite3.Connection, identity: LogIdentity) -> int:
    """Give the size of the newest tree of this epoch that the witness has cosigned."""
    (size,) = connection.execute(
        "SELECT max(size) FROM cosignatures WHERE log_id ="
        " (SELECT id FROM logs WHERE log = ? AND epoch = ?)",
        (identity.log, identity.epoch),
    ).fetchone()
    return size or 0
