"""The epochs of a log: how one ends, how the next begins, and what says that entries are missing.

An epoch is closed once its row has a cause, and takes no entry from then on: appending to a log that was longer once
would sign two trees of one size. It counts as reviewed once it has a last checkpoint (an empty one where its key or its
tree is lost); the next begins with its first entry, under another key.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
import sqlite3
from typing import Final

from ..core.clock import Moment
from ..core.entries import EpochBegun, EpochCause
from ..core.signatures.note import Checkpoint, sign_checkpoint
from ..core.tree import root
from .append import Draft, add_epoch, append, draft, find_log, log_size, nodes_of
from .values import Appended, EpochState, Gap, Head, LogIdentity

CURRENT: Final = (
    "epoch = (SELECT max(epoch) FROM logs AS each WHERE each.log = logs.log)"
)
NEWEST_EPOCHS: Final = (
    f"SELECT id, cause IS NOT NULL, closing IS NOT NULL FROM logs WHERE {CURRENT}"  # noqa: S608 - of constants only
)
NOTE: Final = (
    "UPDATE logs SET cause = coalesce(cause, ?),"
    " known_size = max(coalesce(known_size, 0), ?) WHERE id = ?"
)
PROOFS_OF_SIZE: Final = (
    "SELECT 2 * (max(idx) + 1) FROM nodes WHERE log_id = ? AND level = 1",
    "SELECT max(size) FROM cosignatures WHERE log_id = ?",
)
"""What in the file itself can show that a log had more entries."""

ENDED: Final = (
    "SELECT id, log, epoch, known_size FROM logs WHERE known_size NOTNULL ORDER BY id"
)


def newest_epochs(connection: sqlite3.Connection) -> tuple[EpochState, ...]:
    """Return the newest epoch of each log."""
    return tuple(
        EpochState(
            head=_head(connection, log_id), closed=bool(closed), reviewed=bool(reviewed)
        )
        for log_id, closed, reviewed in connection.execute(NEWEST_EPOCHS).fetchall()
    )


def heads(connection: sqlite3.Connection) -> tuple[Head, ...]:
    """Return the newest head of each log whose epoch is open, to be expected at the next start."""
    return tuple(
        _head_with_root(connection, log_id)
        for log_id, closed, _ in connection.execute(NEWEST_EPOCHS).fetchall()
        if not closed
    )


def expect(connection: sqlite3.Connection, known: Iterable[Head]) -> None:
    """Close each epoch that had entries which are not in the file."""
    for head in known:
        _expect_head(connection, head)
    for log_id, *_ in connection.execute(NEWEST_EPOCHS).fetchall():
        _expect_own_proofs(connection, log_id)


def close_shortened(
    connection: sqlite3.Connection, identity: LogIdentity, size: int
) -> None:
    """Close an epoch of which a head of `size` entries was shown that is not in the file."""
    row = connection.execute(
        "SELECT id FROM logs WHERE origin = ?", (identity.origin,)
    ).fetchone()
    if row is not None:
        connection.execute(NOTE, (EpochCause.SHORTENED, size, *row))


def close_epoch(
    connection: sqlite3.Connection, identity: LogIdentity, cause: EpochCause
) -> Head:
    """Close a log's newest epoch and return its head. The last checkpoint is signed where its key is still there."""
    if (log_id := _newest(connection, identity.log)) is None:
        add_epoch(connection, identity)
        log_id = find_log(connection, identity)
    head = _head_with_root(connection, log_id)
    connection.execute(NOTE, (cause, head.size, log_id))
    connection.execute(
        "UPDATE logs SET closing = ? WHERE id = ?",
        (_last_checkpoint(identity, head), log_id),
    )
    return head


def write(connection: sqlite3.Connection, drafted: Draft) -> Appended:
    """Append an entry, after the first one of its epoch if that is missing."""
    begin_epoch(connection, drafted.identity, drafted.written)
    return append(connection, drafted)


def write_all(
    connection: sqlite3.Connection, drafts: Sequence[Draft]
) -> tuple[Appended, ...]:
    """Append entries in order, as `write` does."""
    return tuple([write(connection, each) for each in drafts])


def begin_epoch(
    connection: sqlite3.Connection, identity: LogIdentity, at: Moment
) -> None:
    """Append the first entry of an epoch, the head of the one before, unless there is one or it is epoch 0."""
    if identity.epoch == 0:
        return
    begun = connection.execute(
        "SELECT 1 FROM logs WHERE log = ? AND epoch >= ?",
        (identity.log, identity.epoch),
    ).fetchone()
    if begun is None:
        first = _succession(connection, identity)
        append(connection, draft(identity, first, at))


def missing_ends(connection: sqlite3.Connection) -> list[Gap]:
    """Return the missing end of each epoch that is known to have one; what is missing within it is not looked for."""
    return [
        Gap(log=log, epoch=epoch, first=size, last=known_size - 1)
        for log_id, log, epoch, known_size in connection.execute(ENDED).fetchall()
        if (size := log_size(connection, log_id)) < known_size
    ]


def _expect_head(connection: sqlite3.Connection, head: Head) -> None:
    row = connection.execute(
        "SELECT id FROM logs WHERE origin = ?", (head.origin,)
    ).fetchone()
    if row is None:
        # A tombstone: an append under that key finds its epoch closed.
        add_epoch(connection, head)
        connection.execute(
            "UPDATE logs SET cause = ?, known_size = ? WHERE origin = ?",
            (EpochCause.SHORTENED, head.size, head.origin),
        )
        return
    (log_id,) = row
    shorter = log_size(connection, log_id) < head.size
    if shorter or head.root not in (None, _root(connection, log_id, head.size)):
        connection.execute(NOTE, (EpochCause.SHORTENED, head.size, log_id))


def _expect_own_proofs(connection: sqlite3.Connection, log_id: int) -> None:
    known = max(
        connection.execute(proof, (log_id,)).fetchone()[0] or 0
        for proof in PROOFS_OF_SIZE
    )
    if known > log_size(connection, log_id):
        connection.execute(NOTE, (EpochCause.SHORTENED, known, log_id))


def _succession(connection: sqlite3.Connection, identity: LogIdentity) -> EpochBegun:
    before = connection.execute(
        "SELECT id, origin, cause, known_size FROM logs WHERE log = ? AND epoch < ?"
        " ORDER BY epoch DESC",
        (identity.log, identity.epoch),
    ).fetchone()
    if before is None:
        return EpochBegun(
            cause=EpochCause.SHORTENED, origin=None, size=0, root=None, known_size=0
        )
    log_id, origin, cause, known_size = before
    size = log_size(connection, log_id)
    connection.execute(NOTE, (EpochCause.RESTORED, size, log_id))
    return EpochBegun(
        cause=EpochCause(cause or EpochCause.RESTORED),
        origin=origin,
        size=size,
        root=_root(connection, log_id, size),
        known_size=max(known_size or 0, size),
    )


def _newest(connection: sqlite3.Connection, log: str) -> int | None:
    row = connection.execute(
        "SELECT id FROM logs WHERE log = ? ORDER BY epoch DESC", (log,)
    ).fetchone()
    return None if row is None else int(row[0])


def _head(connection: sqlite3.Connection, log_id: int) -> Head:
    log, epoch, origin, public_key = connection.execute(
        "SELECT log, epoch, origin, public_key FROM logs WHERE id = ?", (log_id,)
    ).fetchone()
    return Head(
        log=log,
        epoch=epoch,
        origin=origin,
        public_key=public_key,
        size=log_size(connection, log_id),
    )


def _head_with_root(connection: sqlite3.Connection, log_id: int) -> Head:
    head = _head(connection, log_id)
    return replace(head, root=_root(connection, log_id, head.size))


def _root(connection: sqlite3.Connection, log_id: int, size: int) -> bytes | None:
    """Return the root of a tree, or None where nodes of it are missing."""
    with suppress(LookupError):
        return root(size, nodes_of(connection, log_id))
    return None


def _last_checkpoint(identity: LogIdentity, head: Head) -> str:
    if head.root is None or head.origin != identity.origin:
        return ""
    last = Checkpoint(origin=head.origin, size=head.size, root=head.root)
    return sign_checkpoint(last, identity.key)
