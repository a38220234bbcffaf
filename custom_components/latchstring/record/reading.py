"""Reading the record, each time through a connection of its own.

A read never waits for the writer nor keeps it waiting. All functions here block: they
are for worker threads.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import chain
import json
from pathlib import Path
import sqlite3
from typing import Any, Final, TypedDict

from ..core.content import Content, Once, parse_content
from ..core.record import SessionEnded
from .append import milliseconds, moment
from .epochs import gaps
from .faults import RecordUnreadable, fault_of
from .schema import connect_to_read
from .values import Confirmed, Gap, OpenSession, StoredEntry, entry_id


class Filters(TypedDict, total=False):
    """What to read; None passes all. `before` and `after` are ids of entries."""

    kinds: Collection[str] | None
    camera: str | None
    session: str | None
    since: datetime | None
    until: datetime | None
    before: str | None
    after: str | None
    newest_first: bool
    limit: int


COLUMNS: Final = (
    "SELECT seq, logs.log, logs.epoch, entries.idx, entries.at, entries.kind, entries.content"
    # CROSS: a page is found along the entries, never by sorting each log's.
    " FROM entries CROSS JOIN logs ON logs.id = entries.log_id"
)
LOG_ID: Final = "(SELECT id FROM logs WHERE log = ? AND epoch = ?)"
SEQ_OF: Final = f"(SELECT seq FROM entries WHERE log_id = {LOG_ID} AND idx = ?)"  # noqa: S608 - of constants only
LIMIT: Final = 100


def _place(entry: str) -> tuple[str, int, int]:
    log, epoch, index = entry.rsplit(":", 2)
    return log, int(epoch), int(index)


CONDITIONS: Final[dict[str, tuple[str, Callable[[Any], tuple[object, ...]]]]] = {
    "log_id": ("entries.log_id = ?", lambda log_id: (log_id,)),
    "camera": ("entries.camera = ?", lambda camera: (camera,)),
    "session": ("entries.session = ?", lambda session: (session,)),
    "since": ("entries.at >= ?", lambda at: (milliseconds(at),)),
    "until": ("entries.at < ?", lambda at: (milliseconds(at),)),
    "before": (f"entries.seq < {SEQ_OF}", _place),
    "after": (f"entries.seq > {SEQ_OF}", _place),
    "kind": ("entries.kind = ?", lambda kind: (kind,)),
}


class Reader:
    """Reads one file."""

    def __init__(self, path: Path, patience: timedelta) -> None:
        self._path = path
        self._patience = patience

    def entries(self, log: str | None, filters: Filters) -> list[StoredEntry]:
        """Give the entries that pass, in the order they were written or against it."""
        newest_first = filters.get("newest_first", True)
        limit = filters.get("limit", LIMIT)
        with self.connection() as connection:
            found = [
                connection.execute(*_query(log_id, kind, filters, limit)).fetchall()
                for log_id in _epochs(connection, log)
                for kind in _kinds(filters)
            ]
        rows = sorted(chain.from_iterable(found), reverse=newest_first)
        return [_stored(*row) for row in rows[:limit]]

    def get(self, entry: str) -> StoredEntry | None:
        """Give one entry by its id."""
        with self.connection() as connection:
            row = connection.execute(
                f"{COLUMNS} WHERE entries.log_id = {LOG_ID} AND entries.idx = ?",
                _place(entry),
            ).fetchone()
        return _stored(*row) if row else None

    def gaps(self, log: str) -> list[Gap]:
        """Say which entries of a log are known to be missing, the oldest first."""
        with self.connection() as connection:
            return gaps(connection, log)

    def open_sessions(self, log: str) -> list[OpenSession]:
        """Give the sessions that started and never ended, oldest first."""
        with self.connection() as connection:
            rows = connection.execute(
                "SELECT log, epoch, idx, so_far FROM running"
                " JOIN logs ON logs.id = log_id WHERE log = ? ORDER BY epoch, idx",
                (log,),
            ).fetchall()
        return [_open_session(*row) for row in rows]

    def is_spent(self, log: str, what: Once, spent: str) -> bool:
        """Say whether the hub of this log has used an id before."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT 1 FROM spent WHERE log = ? AND what = ? AND id = ?",
                (log, what, spent),
            ).fetchone()
        return row is not None

    def confirmed(self, log: str) -> dict[int, Confirmed]:
        """Say by epoch how much of a log is cosigned: the newest of what was."""
        with self.connection() as connection:
            rows = connection.execute(
                "SELECT epoch, max(size), cosignatures.at FROM cosignatures"
                " JOIN logs ON logs.id = log_id WHERE log = ? GROUP BY epoch",
                (log,),
            ).fetchall()
        return {epoch: Confirmed(size=size, at=moment(at)) for epoch, size, at in rows}

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Hold the file open for reading; RecordUnreadable if that fails."""
        try:
            with closing(connect_to_read(self._path, self._patience)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise RecordUnreadable(fault_of(error)) from error


def _epochs(connection: sqlite3.Connection, log: str | None) -> Collection[int | None]:
    """Each epoch is read for itself, as each kind is."""
    if log is None:
        return (None,)
    rows = connection.execute("SELECT id FROM logs WHERE log = ?", (log,)).fetchall()
    return [log_id for (log_id,) in rows]


def _kinds(filters: Filters) -> Collection[str | None]:
    """Each kind is read for itself: only so an index gives the entries in order."""
    kinds = filters.get("kinds")
    return (None,) if kinds is None else set(kinds)


def _query(
    log_id: int | None, kind: str | None, filters: Filters, limit: int
) -> tuple[str, list[object]]:
    wanted = {"log_id": log_id, "kind": kind, **filters}
    clauses, values = ["TRUE"], list[object]()
    for name, (clause, prepare) in CONDITIONS.items():
        if (value := wanted.get(name)) is not None:
            clauses.append(clause)
            values.extend(prepare(value))
    way = "DESC" if filters.get("newest_first", True) else "ASC"
    where = f"WHERE {' AND '.join(clauses)} ORDER BY seq {way} LIMIT ?"
    return f"{COLUMNS} {where}", [*values, limit]


def _stored(
    _seq: int, log: str, epoch: int, index: int, at: int, kind: str, content: bytes
) -> StoredEntry:
    return StoredEntry(
        id=entry_id(log, epoch, index),
        log=log,
        epoch=epoch,
        index=index,
        at=moment(at),
        kind=kind,
        content=json.loads(content),
    )


def _open_session(log: str, epoch: int, index: int, written: bytes) -> OpenSession:
    match parse_content(written):
        case Content(at=at, entry=SessionEnded() as so_far):
            return OpenSession(log=log, epoch=epoch, index=index, at=at, so_far=so_far)
    raise ValueError(written)
