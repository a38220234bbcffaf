"""Reading the record, each time by a connection of its own.

A reader never waits for the writer nor delays it. All functions block: they are for
worker threads.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import batched
import json
from operator import itemgetter
from pathlib import Path
import sqlite3
from typing import Any, Final

from ..core.canonical import Json, rfc3339
from ..core.entries import SessionEnded
from ..core.entries.entry_bytes import Content, OneTimeId, leaf, parse_content
from .append import milliseconds, moment
from .faults import Damaged, RecordUnreadable, fault_of, malformed_as_damaged
from .household_head import confirmed
from .query import (
    LAST_BEFORE,
    LIMIT,
    ONE,
    Filters,
    Query,
    later_queries,
    newest_about_query,
    page_queries,
    place_of,
    related_query,
)
from .schema import connect_to_read
from .values import CosignedSize, OpenSession, StoredEntry, entry_id

MAX_IDS_A_QUERY: Final = 500
"""How many ids go into one query."""


class RecordReader:
    """Reads one file."""

    def __init__(self, path: Path, patience: timedelta) -> None:
        self._path = path
        self._patience = patience

    def entries(self, log: str | None, filters: Filters) -> list[StoredEntry]:
        """Return the entries that match, sorted by time."""
        newest_first = filters.get("newest_first", True)
        with self.connection() as connection:
            connection.execute("BEGIN")
            found = _rows(connection, page_queries(connection, log, filters))
            rows = sorted(found, key=_page_order, reverse=newest_first)
            return [stored(row) for row in rows[: filters.get("limit", LIMIT)]]

    def entries_after(
        self, written_after: int, filters: Filters
    ) -> tuple[list[StoredEntry], int]:
        """Return the matching entries written after a place in the file (see `newest`), and the next place."""
        limit = filters.get("limit", LIMIT)
        with self.connection() as connection:
            connection.execute("BEGIN")
            newest = _newest(connection)
            found = _rows(connection, later_queries(connection, written_after, filters))
            rows = sorted(found, key=itemgetter(1))[:limit]
            place = rows[-1][1] if len(rows) == limit else newest
            return [stored(row) for row in rows], place

    def written_since(
        self, hub: str, kind: str, begun: datetime, *, limit: int
    ) -> list[StoredEntry]:
        """Return the entries of a hub log that were written after the last one dated before a time."""
        with self.connection() as connection:
            connection.execute("BEGIN")
            last = connection.execute(LAST_BEFORE, (milliseconds(begun),)).fetchone()
            place = last[0] if last else 0
            wanted = Filters(hub=hub, kinds=(kind,), limit=limit)
            return [
                stored(row)
                for row in _rows(connection, later_queries(connection, place, wanted))
            ]

    def newest(self) -> int:
        """Return the current last place in the file."""
        with self.connection() as connection:
            return _newest(connection)

    def get(self, entry: str) -> StoredEntry | None:
        """Return one entry by its id."""
        place = place_of(entry)
        with self.connection() as connection:
            row = connection.execute(ONE, place).fetchone()
            return stored(row) if row else None

    def related(self, column: str, ids: Iterable[str]) -> list[StoredEntry]:
        """Return all entries of some sessions or requests, whichever `column` names, as they were written."""
        wanted = sorted(set(ids))
        with self.connection() as connection:
            found = _rows(
                connection,
                (
                    related_query(column, some)
                    for some in batched(wanted, MAX_IDS_A_QUERY, strict=False)
                ),
            )
            return [stored(row) for row in sorted(found, key=itemgetter(1))]

    def newest_about(self, hub: str, kinds: Collection[str]) -> list[StoredEntry]:
        """Return what was last written of these kinds about a hub and about each of its cameras."""
        with self.connection() as connection:
            rows = _rows(connection, [newest_about_query(hub, kinds)])
            return [stored(row) for row in rows]

    def logs(self) -> list[str]:
        """Return every log that has entries."""
        with self.connection() as connection:
            rows = connection.execute("SELECT DISTINCT log FROM logs").fetchall()
        return [log for (log,) in rows]

    def open_sessions(self, log: str) -> list[OpenSession]:
        """Return the sessions that started and never ended, oldest first."""
        with self.connection() as connection:
            rows = connection.execute(
                "SELECT log, epoch, idx, so_far FROM running"
                " JOIN logs ON logs.id = log_id WHERE log = ? ORDER BY epoch, idx",
                (log,),
            ).fetchall()
            with malformed_as_damaged():
                return [_open_session(*row) for row in rows]

    def is_used(self, log: str, what: OneTimeId, spent: str) -> bool:
        """Return whether the hub of this log has used an id before."""
        with self.connection() as connection:
            row = connection.execute(
                "SELECT 1 FROM spent WHERE log = ? AND what = ? AND id = ?",
                (log, what, spent),
            ).fetchone()
        return row is not None

    def confirmed(self, log: str) -> dict[int, CosignedSize]:
        """Return by epoch how much of a log is cosigned, or is covered by a cosigned hash of its head."""
        with self.connection() as connection, malformed_as_damaged():
            return confirmed(connection, log)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Open the file for reading; RecordUnreadable if that, or reading, fails."""
        try:
            with closing(connect_to_read(self._path, self._patience)) as connection:
                yield connection
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise RecordUnreadable(fault_of(error)) from error


def _newest(connection: sqlite3.Connection) -> int:
    (seq,) = connection.execute("SELECT max(seq) FROM entries").fetchone()
    return seq or 0


def _rows(
    connection: sqlite3.Connection, queries: Iterable[Query]
) -> list[tuple[Any, ...]]:
    rows = [row for query in queries for row in connection.execute(*query)]
    if any(type(at) is not int for at, *_ in rows):
        raise Damaged
    return rows


def _page_order(row: Sequence[Any]) -> tuple[int, int]:
    return row[0], row[1]


def stored(row: Sequence[Any]) -> StoredEntry:
    """Return the entry of a row of `query.SELECT`; Damaged where it is not what was hashed."""
    at, _, log, epoch, index, kind, content, salt, hashed, confirmed = row
    with malformed_as_damaged():
        members: dict[str, Json] = {}
        if content is not None:
            members = _as_hashed(content, salt, hashed)
            if (members["at"], members["kind"]) != (rfc3339(moment(at)), kind):
                raise Damaged
        return StoredEntry(
            id=entry_id(log, epoch, index),
            log=log,
            epoch=epoch,
            index=index,
            at=moment(at),
            kind=kind,
            content=members,
            erased=content is None,
            confirmed=bool(confirmed),
        )


def _as_hashed(content: bytes, salt: bytes | None, hashed: bytes) -> dict[str, Json]:
    if leaf(content, salt or b"") != hashed:
        raise Damaged
    members: dict[str, Json] = json.loads(content)
    return members


def _open_session(log: str, epoch: int, index: int, written: bytes) -> OpenSession:
    match parse_content(written):
        case Content(at=at, entry=SessionEnded() as so_far):
            return OpenSession(log=log, epoch=epoch, index=index, at=at, so_far=so_far)
    raise ValueError(written)
