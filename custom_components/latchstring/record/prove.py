"""Inclusion and consistency proofs from the stored nodes, in O(log n) look-ups."""

from datetime import datetime
import sqlite3

from ..core.signatures.note import Checkpoint, sign_checkpoint
from ..core.tree import consistency_proof, inclusion_proof, root
from .append import find_log, log_size, nodes_of
from .values import EntryProof, HeadProof, LogIdentity


def prove_entry(
    connection: sqlite3.Connection, identity: LogIdentity, index: int, at: datetime
) -> EntryProof:
    """Return the inclusion proof of an entry in the current tree; LookupError if there is none, or it is erased."""
    log_id = find_log(connection, identity)
    size = log_size(connection, log_id)
    inclusion = inclusion_proof(index, size, nodes_of(connection, log_id))
    content, salt, leaf = connection.execute(
        "SELECT content, salt, leaf FROM entries WHERE log_id = ? AND idx = ?",
        (log_id, index),
    ).fetchone()
    if content is None:
        raise LookupError(index)
    return EntryProof(
        at=at,
        origin=identity.origin,
        index=index,
        content=content,
        salt=salt,
        leaf=leaf,
        size=size,
        checkpoint=_checkpoint(connection, identity, log_id, size),
        inclusion=inclusion,
    )


def prove_head(
    connection: sqlite3.Connection, identity: LogIdentity, from_size: int
) -> HeadProof:
    """Return the consistency proof from the tree of `from_size` entries to the current head."""
    log_id = find_log(connection, identity)
    size = log_size(connection, log_id)
    return HeadProof(
        checkpoint=_checkpoint(connection, identity, log_id, size),
        size=size,
        from_size=from_size,
        consistency=consistency_proof(from_size, size, nodes_of(connection, log_id)),
    )


def prove_growth(
    connection: sqlite3.Connection, identity: LogIdentity, from_size: int, to_size: int
) -> tuple[bytes, ...]:
    """Return the consistency proof between two trees; LookupError for one that the log never had."""
    log_id = find_log(connection, identity)
    if to_size > log_size(connection, log_id):
        raise LookupError(to_size)
    return consistency_proof(from_size, to_size, nodes_of(connection, log_id))


def _checkpoint(
    connection: sqlite3.Connection, identity: LogIdentity, log_id: int, size: int
) -> str:
    head = Checkpoint(
        origin=identity.origin,
        size=size,
        root=root(size, nodes_of(connection, log_id)),
    )
    return sign_checkpoint(head, identity.key)
