"""Which entries of a log are known to be missing, read entry by entry."""

from collections.abc import Iterator
import sqlite3
from typing import Final

from custom_components.latchstring.record import Gap, Record
from custom_components.latchstring.record.append import log_size

HOLES: Final = (
    "SELECT before + 1, idx - 1 FROM (SELECT idx, lag(idx, 1, -1) OVER (ORDER BY idx)"
    " AS before FROM entries WHERE log_id = ?) WHERE idx > before + 1"
)


def gaps(record: Record, log: str) -> list[Gap]:
    """Return the gaps of a log, the oldest first: what is missing within it, and its missing end."""
    with record.reader.connection() as connection:
        return [*_gaps(connection, log)]


def _gaps(connection: sqlite3.Connection, log: str) -> Iterator[Gap]:
    for log_id, epoch, known_size in connection.execute(
        "SELECT id, epoch, known_size FROM logs WHERE log = ? ORDER BY epoch", (log,)
    ).fetchall():
        missing = connection.execute(HOLES, (log_id,)).fetchall()
        if (known_size or 0) > (size := log_size(connection, log_id)):
            missing.append((size, known_size - 1))
        for first, last in missing:
            yield Gap(log=log, epoch=epoch, first=first, last=last)
