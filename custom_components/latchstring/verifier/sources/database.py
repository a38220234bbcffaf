"""The record's own file: SQLite, opened read-only."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
import sqlite3
from typing import Any, Final
from urllib.parse import quote

from ..formats.encoding import HASH_BYTES, Malformed, member, printable
from ..formats.keys import PublicKey
from .source import LogRows, Row, StoredCheckpoint, UnreadableEntry, Unusable

HEADER: Final = b"SQLite format 3\0"
BATCH: Final = 1024
MAX_VALUE_BYTES: Final = 1_048_576
TABLES: Final = ("logs", "entries", "cosignatures")
BESIDE: Final = ("-journal", "-wal")
"""The files that SQLite keeps beside a database in use: with one of them the file alone is not its current state."""

COLUMNS: Final = (
    *("seq", "at", "kind", "hub", "session", "request"),
    *("camera", "viewer", "agency", "case_number"),
)

_ENTRIES: Final = (
    f"SELECT idx, leaf, salt, content, {', '.join(COLUMNS)}"  # noqa: S608 - of constants only
    " FROM entries WHERE log_id = ? ORDER BY idx"
)
_ASTRAY: Final = """
SELECT logs.log, logs.epoch, entry.idx FROM entries AS entry
JOIN logs ON logs.id = entry.log_id
JOIN entries AS begun ON begun.{column} = entry.{column} AND begun.kind = '{kind}'
JOIN logs AS its ON its.id = begun.log_id AND its.log = coalesce(entry.hub, logs.log)
WHERE entry.kind <> '{kind}' AND entry.content NOTNULL AND begun.content NOTNULL AND (
    entry.camera COLLATE BINARY IS NOT begun.camera
    OR entry.viewer COLLATE BINARY IS NOT begun.viewer
    OR entry.agency COLLATE BINARY IS NOT begun.agency
    OR entry.case_number COLLATE BINARY IS NOT begun.case_number
) ORDER BY entry.seq LIMIT 20"""


def is_database(path: Path) -> bool:
    """Return whether this file looks like SQLite's."""
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER


class Database:
    """The record's file, read in one transaction."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        self.logs = [_log(file, row) for row in _epochs(file)]

    def faults(self) -> list[str]:
        """Return what could make other queries see another record: triggers, views, orphans, inconsistent indexes."""
        try:
            return list(self._faults())
        except sqlite3.Error as error:
            return [f"it is damaged: {printable(error)}"]

    def _faults(self) -> Iterator[str]:
        for name, kind in self._file.execute(
            "SELECT name, type FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 20"
        ):
            yield f"there is a {kind} in it that Latchstring did not make: {printable(name)}"
        if self._file.execute(
            "SELECT 1 FROM entries WHERE log_id NOT IN (SELECT id FROM logs) LIMIT 1"
        ).fetchone():
            yield "there are entries in it that belong to no log"
        for (result,) in self._file.execute("PRAGMA integrity_check(1)"):
            if result != "ok":
                yield f"it is not as SQLite wrote it: {printable(result)}"

    def astray(self) -> list[tuple[str, int, int]]:
        """Return the entries whose index columns differ from those of the first entry of their session or request."""
        begun_by = {"session": "session_started", "request": "requested"}
        try:
            return [
                row
                for column, kind in begun_by.items()
                for row in self._file.execute(_ASTRAY.format(column=column, kind=kind))
            ]
        except sqlite3.Error as error:
            raise Malformed(f"the file is damaged: {error}") from error


@contextmanager
def database(path: Path) -> Iterator[Database]:
    """Open the record's file."""
    try:
        with closing(_open(path)) as file, _one_moment(file):
            yield Database(file)
    except (sqlite3.Error, Malformed) as error:
        raise Unusable(f"it is not a readable record: {error}") from error


def _open(path: Path) -> sqlite3.Connection:
    """Open it read-only; as immutable where SQLite can't create its files beside it, and none are there."""
    try:
        return _open_as(path, "mode=ro")
    except sqlite3.OperationalError:
        if any(path.with_name(f"{path.name}{beside}").exists() for beside in BESIDE):
            raise
        return _open_as(path, "immutable=1")


def _open_as(path: Path, how: str) -> sqlite3.Connection:
    place = f"file:{quote(str(path.resolve()))}?{how}"
    file = sqlite3.connect(place, uri=True, isolation_level=None)
    try:
        _guard(file)
    except BaseException:
        file.close()
        raise
    return file


def _guard(file: sqlite3.Connection) -> None:
    """Disable all that a hostile schema could do, and check that it has the record's tables."""
    file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        file.execute(f"PRAGMA {pragma}")
    tables = {
        name
        for (name,) in file.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE %'"
        )
    }
    if not tables.issuperset(TABLES):
        raise Malformed("it does not have the tables of a record")


@contextmanager
def _one_moment(file: sqlite3.Connection) -> Iterator[None]:
    """Hold one read transaction, so that what is written meanwhile is not seen."""
    file.execute("BEGIN")
    try:
        yield
    finally:
        file.execute("ROLLBACK")


def _epochs(file: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return file.execute(
        "SELECT id, log, epoch, origin, public_key, closing FROM logs ORDER BY id LIMIT 10000"
    ).fetchall()


def _log(file: sqlite3.Connection, row: tuple[Any, ...]) -> LogRows:
    log_id, log, epoch, origin, raw, closing_note = row
    fields = {"log": log, "epoch": epoch, "origin": origin, "public_key": raw}
    checkpoints = [
        StoredCheckpoint(str(note), f"the cosignature at {size}")
        for size, note in file.execute(
            "SELECT size, note FROM cosignatures WHERE log_id = ? ORDER BY size",
            (log_id,),
        )
    ]
    if closing_note:
        checkpoints.append(
            StoredCheckpoint(str(closing_note), "the last checkpoint of the epoch")
        )
    return LogRows(
        log=member(fields, "log", str),
        epoch=member(fields, "epoch", int),
        origin=member(fields, "origin", str),
        key=PublicKey(member(fields, "public_key", bytes)),
        where=f"log {log_id}",
        batches=lambda: _batches(file, log_id),
        checkpoints=checkpoints,
    )


def _batches(file: sqlite3.Connection, log_id: int) -> Iterator[list[Row]]:
    batch: list[Row] = []
    place = 0
    try:
        for row in file.execute(_ENTRIES, (log_id,)):
            batch.append(_row(row))
            place += 1
            if len(batch) == BATCH:
                yield batch
                batch = []
    except (sqlite3.Error, Malformed) as error:
        if batch:
            yield batch
        raise UnreadableEntry(
            place, f"the file is damaged here or further on: {error}"
        ) from error
    if batch:
        yield batch


def _row(row: tuple[Any, ...]) -> Row:
    index, leaf, salt, content = row[:4]
    if type(leaf) is not bytes or len(leaf) != HASH_BYTES:
        raise Malformed("a leaf is not a hash")
    if not isinstance(salt, bytes | None) or not isinstance(content, bytes | None):
        raise Malformed("a salt or content is not stored as bytes")
    return Row(index, leaf, salt, content, dict(zip(COLUMNS, row[4:], strict=True)))
