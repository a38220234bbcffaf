"""Appending an entry to its hub log or the household's log, within the transaction of its batch."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import secrets
import sqlite3
from typing import Final

from ..core.clock import Moment
from ..core.entries import Entry, SessionEnded, SessionStarted
from ..core.entries.entry_bytes import (
    SALT_BYTES,
    OneTimeId,
    content,
    leaf,
    one_time_ids,
)
from ..core.messages import Mark
from ..core.tree import HASH_BYTES, NodeAt, completed_by
from .faults import AssertionReplayed, EpochClosed, LogMismatch, SessionDuplicate
from .index_columns import EPOCHS, INDEX_COLUMNS, index_columns_of
from .values import HOUSEHOLD, Appended, Head, LogIdentity, entry_id

UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
START: Final = Mark(fragments=0, chain=bytes(HASH_BYTES))

REFUSALS: Final = {
    OneTimeId.ASSERTION: AssertionReplayed,
    OneTimeId.SESSION: SessionDuplicate,
    OneTimeId.REQUEST: SessionDuplicate,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry ready to be appended: all but its index."""

    identity: LogIdentity
    entry: Entry
    written: Moment
    content: bytes
    salt: bytes

    @property
    def at(self) -> datetime:
        """Return the time that it carries."""
        return self.written.at


def draft(identity: LogIdentity, entry: Entry, written: Moment) -> Draft:
    """Return an entry as it is to be written, with a fresh salt; ValueError if it can't be written.

    Where its time is not the clock's, it is marked in the household's log only: a hub is to learn nothing of that.
    """
    is_marked = identity.log == HOUSEHOLD and not written.is_believed
    written_content = content(entry, written.at, is_clock_believed=not is_marked)
    return Draft(
        identity=identity,
        entry=entry,
        written=written,
        content=written_content,
        salt=secrets.token_bytes(SALT_BYTES),
    )


def append(connection: sqlite3.Connection, drafted: Draft) -> Appended:
    """Append an entry to its log and tree; AssertionReplayed or SessionDuplicate for an id used before."""
    log_id = _log_id(connection, drafted.identity)
    index = log_size(connection, log_id)
    _use_ids(connection, drafted)
    _write_leaf(connection, log_id, index, drafted)
    if drafted.written.is_believed:
        connection.execute(ADVANCE_NEWEST, (milliseconds(drafted.at),))
    _track_session(connection, log_id, index, drafted)
    identity = drafted.identity
    return Appended(
        id=entry_id(identity.log, identity.epoch, index), index=index, size=index + 1
    )


def add_epoch(
    connection: sqlite3.Connection, epoch: LogIdentity | Head
) -> tuple[str, int, str, bytes]:
    """Insert the row of an epoch, if there is none, and return what identifies it."""
    row = epoch.log, epoch.epoch, epoch.origin, epoch.public_key
    connection.execute(INSERT_EPOCH, row)
    return row


def save_progress(
    connection: sqlite3.Connection, log: str, so_far: SessionEnded, at: datetime
) -> None:
    """Store how far a session is; of one that has ended nothing is stored."""
    connection.execute(
        f"UPDATE running SET so_far = ? WHERE session = ? AND log_id IN {EPOCHS}",  # noqa: S608 - of constants only
        (content(so_far, at), so_far.session, log),
    )


def find_log(connection: sqlite3.Connection, identity: LogIdentity) -> int:
    """Return the row of an epoch that has entries; LookupError for one that has none."""
    row = connection.execute(
        "SELECT id FROM logs WHERE log = ? AND epoch = ?",
        (identity.log, identity.epoch),
    ).fetchone()
    if row is None:
        raise LookupError(identity.log)
    return int(row[0])


def log_size(connection: sqlite3.Connection, log_id: int) -> int:
    """Return how many entries an epoch has: none is ever deleted, so it is the last index plus one."""
    (last,) = connection.execute(
        "SELECT max(idx) FROM entries WHERE log_id = ?", (log_id,)
    ).fetchone()
    return 0 if last is None else int(last) + 1


def nodes_of(connection: sqlite3.Connection, log_id: int) -> NodeAt:
    """Return a function that looks up the hashes of an epoch's tree."""

    def node_at(level: int, index: int) -> bytes:
        query, place = (
            (NODE_QUERY, (log_id, level, index))
            if level
            else (LEAF_QUERY, (log_id, index))
        )
        found = connection.execute(query, place).fetchone()
        if found is None:
            raise LookupError(place)
        return bytes(found[0])

    return node_at


INSERT_EPOCH: Final = (
    "INSERT OR IGNORE INTO logs (log, epoch, origin, public_key) VALUES (?, ?, ?, ?)"
)
LEAF_QUERY: Final = "SELECT leaf FROM entries WHERE log_id = ? AND idx = ?"
NODE_QUERY: Final = "SELECT hash FROM nodes WHERE log_id = ? AND level = ? AND idx = ?"


ENTRY_COLUMNS: Final = (
    *("log_id", "idx", "at", "kind"),
    *INDEX_COLUMNS,
    *("content", "salt", "leaf"),
)
INSERT_ENTRY: Final = (
    f"INSERT INTO entries ({', '.join(ENTRY_COLUMNS)})"  # noqa: S608 - of constants only
    f" VALUES ({', '.join('?' * len(ENTRY_COLUMNS))})"
)


ADVANCE_NEWEST: Final = "UPDATE newest SET at = max(at, ?)"


def reset_newest(connection: sqlite3.Connection) -> None:
    """Forget the newest time, so that it becomes that of the next entry."""
    connection.execute("UPDATE newest SET at = 0")


def milliseconds(at: datetime) -> int:
    """Return the milliseconds since 1970, exactly, where a float would round."""
    return (at - UNIX_EPOCH) // timedelta(milliseconds=1)


def moment(count: int) -> datetime:
    """Return the time that `milliseconds` counted."""
    return UNIX_EPOCH + timedelta(milliseconds=count)


def _log_id(connection: sqlite3.Connection, identity: LogIdentity) -> int:
    """Return the row of an epoch, inserted if there is none; raises LogMismatch or EpochClosed."""
    named = add_epoch(connection, identity)
    row = connection.execute(
        "SELECT id, cause FROM logs WHERE log = ? AND epoch = ? AND origin = ?"
        " AND public_key = ? AND epoch = (SELECT max(epoch) FROM logs WHERE log = ?)",
        (*named, identity.log),
    ).fetchone()
    if row is None:
        raise LogMismatch
    log_id, cause = row
    if cause is not None:
        raise EpochClosed
    return int(log_id)


def _use_ids(connection: sqlite3.Connection, drafted: Draft) -> None:
    for what, used_id in one_time_ids(drafted.entry).items():
        inserted = connection.execute(
            "INSERT OR IGNORE INTO spent VALUES (?, ?, ?)",
            (drafted.identity.log, what, used_id),
        )
        if inserted.rowcount == 0:
            raise REFUSALS[what]


def _write_leaf(
    connection: sqlite3.Connection, log_id: int, index: int, drafted: Draft
) -> None:
    hashed = leaf(drafted.content, drafted.salt)
    columns = index_columns_of(connection, drafted.identity.log, drafted.entry)
    connection.execute(
        INSERT_ENTRY,
        (
            log_id,
            index,
            milliseconds(drafted.at),
            drafted.entry.kind,
            *columns.row,
            drafted.content,
            drafted.salt,
            hashed,
        ),
    )
    connection.executemany(
        "INSERT INTO nodes VALUES (?, ?, ?, ?)",
        [
            (log_id, node.level, node.index, node.hash)
            for node in completed_by(index, hashed, nodes_of(connection, log_id))
        ],
    )


def _track_session(
    connection: sqlite3.Connection, log_id: int, index: int, drafted: Draft
) -> None:
    """Update the table of sessions that have not ended."""
    match drafted.entry:
        case SessionStarted(session=session):
            nothing = SessionEnded(session=session, bytes=0, from_=START, to=START)
            connection.execute(
                "INSERT INTO running VALUES (?, ?, ?, ?)",
                (log_id, session, index, content(nothing, drafted.at)),
            )
        case SessionEnded(session=session):
            connection.execute(
                f"DELETE FROM running WHERE log_id IN {EPOCHS} AND session = ?",  # noqa: S608 - of constants only
                (drafted.identity.log, session),
            )
