"""Queries for entries: their filters, and the index each uses, so that a page costs no more than it shows.

Without statistics SQLite could only guess which of several conditions is selective. So the index is named, the most
selective first; and where an index has the matches in several ranges, each range is a query of its own.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
import sqlite3
from typing import Final, TypedDict

from ..core.canonical import MAX_INTEGER
from ..core.entries import HOUSEHOLD_KINDS, HUB_KINDS, KINDS
from .append import milliseconds
from .values import HOUSEHOLD, entry_id

type Wanted = dict[str, object]
type Query = tuple[str, list[object]]


class Filters(TypedDict, total=False):
    """Filters of entries; None matches all. `before` and `after` are ids of entries.

    `hub` is the id of a hub log: its entries, and those of the household's log about that hub.
    """

    kinds: Collection[str] | None
    cameras: Collection[str] | None
    hub: str | None
    session: str | None
    viewer: str | None
    agency: str | None
    case: str | None
    since: datetime | None
    until: datetime | None
    before: str | None
    after: str | None
    newest_first: bool
    limit: int


LIMIT: Final = 100
LOG_ID: Final = "(SELECT id FROM logs WHERE log = ? AND epoch = ?)"

SELECT: Final = (
    "SELECT entries.at, seq, log, epoch, entries.idx, entries.kind, entries.content,"
    " entries.salt, entries.leaf, entries.idx < (SELECT max(size) FROM cosignatures WHERE log_id = logs.id)"
    # CROSS: a page is found along the entries, never by sorting each log's.
    " FROM entries {index} CROSS JOIN logs ON logs.id = entries.log_id WHERE {where}"
)
ONE: Final = SELECT.format(
    index="", where=f"entries.log_id = {LOG_ID} AND entries.idx = ?"
)
PLACE: Final = f"SELECT at, seq FROM entries WHERE log_id = {LOG_ID} AND idx = ?"  # noqa: S608 - of constants only
LAST_BEFORE: Final = (
    "SELECT seq FROM entries NOT INDEXED WHERE at < ? ORDER BY seq DESC LIMIT 1"
)

NEWEST_ABOUT: Final = (
    "SELECT max(seq) FROM entries INDEXED BY entries_by_hub"
    " WHERE hub = ? AND kind IN ({kinds}) GROUP BY kind, camera"
)

CONDITIONS: Final[Mapping[str, str]] = {
    "session": "entries.session = ?",
    "case": "entries.case_number = ?",
    "viewer": "entries.viewer = ?",
    "camera": "entries.camera = ?",
    "agency": "entries.agency = ?",
    "log_id": "entries.log_id = ?",
    "about": "entries.hub = ?",
    "kind": "entries.kind = ?",
    "since": "entries.at >= ?",
    "until": "entries.at < ?",
    "before": "(entries.at, entries.seq) < (?, ?)",
    "after": "(entries.at, entries.seq) > (?, ?)",
}

INDEXES: Final[Mapping[str, frozenset[str]]] = {
    "entries_by_session": frozenset({"session"}),
    "entries_by_case_number": frozenset({"case"}),
    "entries_by_viewer": frozenset({"viewer", "kind"}),
    "entries_by_camera": frozenset({"camera", "kind"}),
    "entries_by_agency": frozenset({"agency", "kind"}),
    "entries_by_log_and_kind": frozenset({"log_id", "kind"}),
    "entries_by_hub": frozenset({"about", "kind"}),
    "entries_by_kind": frozenset({"kind"}),
    "entries_by_log": frozenset({"log_id"}),
    "entries_by_at": frozenset(),
}
"""The conditions that each index serves; the first index whose conditions are all given is used."""

KIND_BY_KIND: Final = ("viewer", "cameras", "agency", "hub")
"""The filters whose index continues with the kind: without kinds each kind is a query."""


def place_of(entry: str) -> tuple[str, int, int]:
    """Return the log, the epoch and the index of an entry's id; ValueError for what is none."""
    log, epoch, index = entry.rsplit(":", 2)
    place = log, int(epoch), int(index)
    if entry_id(*place) != entry or max(place[1:]) > MAX_INTEGER:
        raise ValueError(entry)
    return place


def page_queries(
    connection: sqlite3.Connection, log: str | None, filters: Filters
) -> Iterator[Query]:
    """Return the queries whose first results, sorted together, are the page."""
    way = "DESC" if filters.get("newest_first", True) else "ASC"
    order = f" ORDER BY entries.at {way}, entries.seq {way} LIMIT ?"
    for wanted in _alternatives(connection, log, filters):
        given = {name for name, value in wanted.items() if value is not None}
        index = next(name for name, needed in INDEXES.items() if needed <= given)
        query, values = _query(wanted, f"INDEXED BY {index}")
        yield query + order, [*values, filters.get("limit", LIMIT)]


def later_queries(
    connection: sqlite3.Connection, written_after: int, filters: Filters
) -> Iterator[Query]:
    """Return the queries for entries that were written after a place in the file, whatever their times."""
    for wanted in _alternatives(connection, None, filters):
        query, values = _query(wanted, "NOT INDEXED")
        yield (
            f"{query} AND seq > ? ORDER BY seq LIMIT ?",
            [*values, written_after, filters.get("limit", LIMIT)],
        )


def related_query(column: str, ids: Sequence[str]) -> Query:
    """Return the query for all entries of some sessions or requests."""
    where = f"entries.{column} IN ({', '.join('?' * len(ids))})"
    index = f"INDEXED BY entries_by_{column}"
    return SELECT.format(index=index, where=where), [*ids]


def newest_about_query(hub: str, kinds: Collection[str]) -> Query:
    """Return the query for the newest entry of each of these kinds about a hub and each of its cameras."""
    newest = NEWEST_ABOUT.format(kinds=", ".join("?" * len(kinds)))
    where = f"entries.seq IN ({newest})"
    return SELECT.format(index="NOT INDEXED", where=where), [hub, *kinds]


def _alternatives(
    connection: sqlite3.Connection, log: str | None, filters: Filters
) -> Iterator[Wanted]:
    """Yield the conditions of each range of an index to look at."""
    places = {
        name: place_of(entry)
        for name, entry in (
            ("before", filters.get("before")),
            ("after", filters.get("after")),
        )
        if entry is not None
    }
    found = {
        name: connection.execute(PLACE, place).fetchone()
        for name, place in places.items()
    }
    if None in found.values():
        return
    common = {**plain(filters), **found}
    for scope, kind, camera in product(
        _scopes(connection, log, filters.get("hub")),
        _kinds(filters),
        _each(filters.get("cameras")),
    ):
        if kind is None or kind in _kinds_in(scope):
            yield {**common, **scope, "kind": kind, "camera": camera}


def plain(filters: Filters) -> Wanted:
    """Return the conditions that need no look-up in the file."""
    since, until = filters.get("since"), filters.get("until")
    return {
        "session": filters.get("session"),
        "viewer": filters.get("viewer"),
        "agency": filters.get("agency"),
        "case": filters.get("case"),
        "since": milliseconds(since) if since else None,
        "until": milliseconds(until) if until else None,
    }


def _query(wanted: Wanted, along: str) -> Query:
    where, values = ["TRUE"], list[object]()
    for name, condition in CONDITIONS.items():
        if (value := wanted.get(name)) is not None:
            where.append(condition)
            values.extend(value if isinstance(value, tuple) else (value,))
    return SELECT.format(index=along, where=" AND ".join(where)), values


def _scopes(
    connection: sqlite3.Connection, log: str | None, hub: str | None
) -> list[Wanted]:
    """Return the conditions for each epoch of the log, and for the household's entries about a hub."""
    if (named := log or hub) is None:
        return [{}]
    rows = connection.execute("SELECT id FROM logs WHERE log = ?", (named,))
    epochs: list[Wanted] = [{"log": named, "log_id": log_id} for (log_id,) in rows]
    return [*epochs, {"about": hub}] if hub else epochs


def _kinds_in(scope: Wanted) -> Collection[str]:
    """Return the kinds that can occur in a scope: a query for another would scan all of it."""
    if scope.get("log") not in (None, HOUSEHOLD):
        return HUB_KINDS
    return HOUSEHOLD_KINDS if scope else KINDS


def _kinds(filters: Filters) -> Collection[str | None]:
    kinds = filters.get("kinds")
    if kinds is None and any(filters.get(name) is not None for name in KIND_BY_KIND):
        return KINDS
    return _each(kinds)


def _each(values: Collection[str] | None) -> Collection[str | None]:
    return (None,) if values is None else set(values)
