"""Erasing old entries: an entry keeps its index, time, kind and leaf, and loses all else.

Only a prefix of an epoch is erased, up to the start of a running session at most: what is left can still be proven.
"""

from dataclasses import dataclass
from datetime import datetime
import sqlite3
from typing import Final

from ..core.entries import ClockConfirmed
from .append import milliseconds
from .index_columns import INDEX_COLUMNS

CHUNK: Final = 200
"""How many entries are erased in one transaction: the writer does nothing else meanwhile."""

ERASED_COLUMNS: Final = ("content", "salt", *INDEX_COLUMNS)
ERASE: Final = (
    f"UPDATE entries SET {', '.join(f'{column} = NULL' for column in ERASED_COLUMNS)}"  # noqa: S608 - of constants only
    " WHERE log_id = ? AND idx >= ? AND idx < ?"
)


CONFIRMED: Final = "SELECT max(seq) FROM entries WHERE kind = ? AND at < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """The entries of one epoch that are old and not yet erased: from `start` to before `end`."""

    log: str
    epoch: int
    log_id: int
    start: int
    end: int


def old_prefixes(
    connection: sqlite3.Connection, log: str, before: datetime
) -> list[Prefix]:
    """Return what can be erased of a log, epoch by epoch."""
    rows = connection.execute(
        "SELECT epoch, id, erased FROM logs WHERE log = ? ORDER BY epoch", (log,)
    ).fetchall()
    found = [
        Prefix(
            log=log,
            epoch=epoch,
            log_id=log_id,
            start=erased,
            end=_end(connection, log_id, before),
        )
        for epoch, log_id, erased in rows
    ]
    return [prefix for prefix in found if _has_other_entries(connection, prefix)]


def _has_other_entries(connection: sqlite3.Connection, prefix: Prefix) -> bool:
    """Return whether a prefix has more than `erased` entries: each erasure would be the reason for the next one."""
    row = connection.execute(
        "SELECT 1 FROM entries WHERE log_id = ? AND idx >= ? AND idx < ?"
        " AND kind <> 'erased' LIMIT 1",
        (prefix.log_id, prefix.start, prefix.end),
    ).fetchone()
    return row is not None


def _end(connection: sqlite3.Connection, log_id: int, before: datetime) -> int:
    """Return the index of the first entry to keep: as new as `before`, or the start of a running session.

    An entry before a `clock_confirmed` that is older than `before` is older than that, whatever time it carries.
    """
    (confirmed,) = connection.execute(
        CONFIRMED, (ClockConfirmed.kind, milliseconds(before))
    ).fetchone()
    (end,) = connection.execute(
        "SELECT min("
        " (SELECT coalesce(max(idx), -1) + 1 FROM entries WHERE log_id = :log_id),"
        " coalesce((SELECT min(idx) FROM entries INDEXED BY entries_by_log"
        "  WHERE log_id = :log_id AND at >= :before AND seq > :confirmed), :none),"
        " coalesce((SELECT min(idx) FROM running WHERE log_id = :log_id), :none))",
        {
            "log_id": log_id,
            "before": milliseconds(before),
            "confirmed": confirmed or 0,
            "none": 2**62,
        },
    ).fetchone()
    return int(end)


def erase_chunk(connection: sqlite3.Connection, prefix: Prefix) -> int:
    """Erase the next entries of a prefix, and return the index up to which it is erased."""
    (start,) = connection.execute(
        "SELECT erased FROM logs WHERE id = ?", (prefix.log_id,)
    ).fetchone()
    end = min(int(start) + CHUNK, prefix.end)
    connection.execute(ERASE, (prefix.log_id, start, end))
    connection.execute(
        "UPDATE logs SET erased = max(erased, ?) WHERE id = ?", (end, prefix.log_id)
    )
    return end


def truncate_wal(connection: sqlite3.Connection) -> bool:
    """Truncate the WAL, so that erased pages leave the disk; return False while a reader or a copy is in the way."""
    if connection.getconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE):
        return False  # the file is being copied
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(patience)}")
    return not busy
