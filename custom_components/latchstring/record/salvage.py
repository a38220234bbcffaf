"""Salvage of a damaged file: entry by entry, without indexes, and only what still matches its leaf."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from operator import itemgetter
import sqlite3
from typing import Final

from .query import CONDITIONS, LIMIT, Filters, place_of, plain
from .reader import stored
from .values import StoredEntry

LAST: Final = (
    "SELECT max(seq) FROM entries NOT INDEXED",
    "SELECT max(seq) FROM entries INDEXED BY entries_by_at",
    "SELECT max(seq) FROM entries INDEXED BY entries_by_kind",
    "SELECT 20 * page_count FROM pragma_page_count",  # a page holds fewer entries
)
"""Queries for the last place in the file, the most exact first."""

LOGS: Final = "SELECT id, log, epoch FROM logs"
NEXT: Final = "SELECT seq FROM entries NOT INDEXED WHERE seq >= ? ORDER BY seq LIMIT 1"
PASSING: Final = (
    "SELECT seq, at, {where} FROM entries NOT INDEXED WHERE seq >= ? ORDER BY seq"
)
WHOLE: Final = (
    "SELECT at, log_id, idx, kind, content, salt, leaf"
    " FROM entries NOT INDEXED WHERE seq = ?"
)

type EntryPlace = tuple[int, int]


class Salvage:
    """Reads a damaged file by one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Raise sqlite3.Error where not even the names of the logs can be read."""
        self._connection = connection
        # Nothing is written; but without it SQLite refuses a file that lost its end.
        connection.execute("PRAGMA writable_schema = ON")
        self._logs = self._named()

    def entries(self, log: str | None, filters: Filters) -> list[StoredEntry]:
        """Return what is left of the entries that match."""
        places = sorted(
            self._passing(*self._condition(log, filters)),
            reverse=filters.get("newest_first", True),
        )
        limit = filters.get("limit", LIMIT)
        return list(islice(self._whole(places), limit))

    def get(self, entry: str) -> list[StoredEntry]:
        """Return one entry, if it is left."""
        return list(self._whole(self._places(entry)))

    def related(self, column: str, ids: Sequence[str]) -> list[StoredEntry]:
        """Return what is left of the entries of some sessions or requests, as they were written."""
        where = f"{column} IN ({', '.join('?' * len(ids))})"
        places = sorted(self._passing(where, ids), key=itemgetter(1))
        return list(self._whole(places))

    def _named(self) -> Mapping[int, tuple[str, int]]:
        """Return the logs by row: from the table, or else from its index."""
        try:
            found = self._connection.execute(f"{LOGS} NOT INDEXED").fetchall()
        except sqlite3.DatabaseError:
            found = self._connection.execute(LOGS).fetchall()
        return {log_id: (log, epoch) for log_id, log, epoch in found}

    def _passing(self, where: str, values: Sequence[object]) -> Iterator[EntryPlace]:
        """Scan the table, skipping what can't be read, and yield the places of what matches."""
        start: int | None = 0
        query = PASSING.format(where=where)
        while start is not None:
            try:
                for seq, at, passes in self._connection.execute(
                    query, [*values, start]
                ):
                    start = seq + 1
                    if passes and type(at) is int:
                        yield at, seq
            except sqlite3.DatabaseError:
                start = self._next_readable(start)
            else:
                return

    def _next_readable(self, start: int) -> int | None:
        for seq in range(start + 1, self.last() + 1):
            with suppress(sqlite3.DatabaseError):
                row = self._connection.execute(NEXT, (seq,)).fetchone()
                return None if row is None else int(row[0])
        return None

    def last(self) -> int:
        """Return a place after which nothing is written."""
        for query in LAST:
            with suppress(sqlite3.DatabaseError):
                (last,) = self._connection.execute(query).fetchone()
                return last or 0
        return 0

    def _whole(self, places: Iterable[EntryPlace]) -> Iterator[StoredEntry]:
        for _, seq in places:
            with suppress(sqlite3.DatabaseError, LookupError, TypeError):
                at, log_id, index, *written = self._connection.execute(
                    WHOLE, (seq,)
                ).fetchone()
                log, epoch = self._logs[log_id]
                confirmed = index < self._cosigned(log_id)
                yield stored((at, seq, log, epoch, index, *written, confirmed))

    def _cosigned(self, log_id: int) -> int:
        with suppress(sqlite3.DatabaseError):
            (size,) = self._connection.execute(
                "SELECT max(size) FROM cosignatures WHERE log_id = ?", (log_id,)
            ).fetchone()
            return size or 0
        return 0

    def _condition(self, log: str | None, filters: Filters) -> tuple[str, list[object]]:
        wanted = plain(filters) | {
            "before": self._place(filters.get("before")),
            "after": self._place(filters.get("after")),
        }
        clauses, values = ["TRUE"], list[object]()
        for name, value in wanted.items():
            if value is not None:
                clauses.append(CONDITIONS[name])
                values += value if isinstance(value, tuple) else (value,)
        for column, allowed in self._lists(log, filters):
            clauses.append(f"{column} IN ({', '.join('?' * len(allowed))})")
            values += allowed
        if log is None and (hub := filters.get("hub")) is not None:
            ids = self._ids(hub)
            clauses.append(f"(hub = ? OR log_id IN ({', '.join('?' * len(ids))}))")
            values += [hub, *ids]
        return " AND ".join(clauses), values

    def _lists(
        self, log: str | None, filters: Filters
    ) -> Iterator[tuple[str, list[object]]]:
        if log is not None:
            yield "log_id", self._ids(log)
        for column, allowed in (
            ("kind", filters.get("kinds")),
            ("camera", filters.get("cameras")),
        ):
            if allowed is not None:
                yield column, [*allowed]

    def _ids(self, log: str) -> list[object]:
        return [log_id for log_id, (name, _) in self._logs.items() if name == log]

    def _place(self, entry: str | None) -> EntryPlace | None:
        """Return the place of an entry; one that is lost sorts before all others."""
        if entry is None:
            return None
        return next(iter(self._places(entry)), (0, 0))

    def _places(self, entry: str) -> list[EntryPlace]:
        log, epoch, index = place_of(entry)
        ids = [log_id for log_id, named in self._logs.items() if named == (log, epoch)]
        if not ids:
            return []
        return list(self._passing("log_id = ? AND idx = ?", [*ids, index]))
