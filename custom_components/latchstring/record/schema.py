"""The SQLite schema of the record, its migrations, and how the file is opened."""

from datetime import timedelta
import os
from pathlib import Path
import sqlite3
from typing import Final
from urllib.parse import quote

from .faults import Damaged, NewerRecord

FILE_NAME: Final = "record.db"

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        # A row is one epoch of a log, with a tree, an origin and a key of its own; `log_id` refers to it. A closed one
        # has its cause, the size it is known to have had, and (once reviewed) its last checkpoint, signed before its
        # key was deleted; see epochs.py.
        # Its first `erased` entries have neither content nor salt any more.
        """
        CREATE TABLE logs (
            id INTEGER PRIMARY KEY,
            log TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            origin TEXT NOT NULL UNIQUE,
            public_key BLOB NOT NULL UNIQUE,
            cause TEXT,
            known_size INTEGER,
            closing TEXT,
            erased INTEGER NOT NULL DEFAULT 0,
            UNIQUE (log, epoch)
        ) STRICT
        """,
        # `seq` is the order over all logs. Contents, salts and the index columns can be erased; leaves stay.
        """
        CREATE TABLE entries (
            seq INTEGER PRIMARY KEY,
            log_id INTEGER NOT NULL REFERENCES logs,
            idx INTEGER NOT NULL,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            hub TEXT,
            session TEXT,
            request TEXT,
            camera TEXT,
            viewer TEXT COLLATE NOCASE,
            agency TEXT COLLATE NOCASE,
            case_number TEXT COLLATE NOCASE,
            content BLOB,
            salt BLOB,
            leaf BLOB NOT NULL,
            UNIQUE (log_id, idx)
        ) STRICT
        """,
        # An index ends in `at` and `seq`, so that each gives its entries in the order of a page (see query.py). What
        # stands behind them is filtered for along the way, without a look at entries that don't pass.
        "CREATE INDEX entries_by_at ON entries (at)",
        "CREATE INDEX entries_by_log ON entries (log_id, at)",
        "CREATE INDEX entries_by_log_and_kind ON entries (log_id, kind, at)",
        "CREATE INDEX entries_by_kind ON entries (kind, at)",
        "CREATE INDEX entries_by_hub ON entries (hub, kind, at) WHERE hub NOTNULL",
        "CREATE INDEX entries_by_session ON entries (session, at) WHERE session NOTNULL",
        "CREATE INDEX entries_by_request ON entries (request, at) WHERE request NOTNULL",
        "CREATE INDEX entries_by_camera ON entries (camera, kind, at, seq, agency, log_id, hub) WHERE camera NOTNULL",
        "CREATE INDEX entries_by_viewer ON entries (viewer, kind, at, seq, camera, agency) WHERE viewer NOTNULL",
        "CREATE INDEX entries_by_agency ON entries (agency, kind, at, seq, log_id, hub) WHERE agency NOTNULL",
        "CREATE INDEX entries_by_case_number ON entries (case_number, at) WHERE case_number NOTNULL",
        # The full subtrees above the leaves, which are in `entries`.
        """
        CREATE TABLE nodes (
            log_id INTEGER NOT NULL REFERENCES logs,
            level INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (log_id, level, idx)
        ) STRICT, WITHOUT ROWID
        """,
        # Never erased, and the same over all epochs: what was used once stays used.
        """
        CREATE TABLE spent (
            log TEXT NOT NULL,
            what TEXT NOT NULL,
            id TEXT NOT NULL,
            PRIMARY KEY (log, what, id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE running (
            log_id INTEGER NOT NULL REFERENCES logs,
            session TEXT NOT NULL,
            idx INTEGER NOT NULL,
            so_far BLOB NOT NULL,
            PRIMARY KEY (log_id, session)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE cosignatures (
            log_id INTEGER NOT NULL REFERENCES logs,
            size INTEGER NOT NULL,
            note TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (log_id, size)
        ) STRICT, WITHOUT ROWID
        """,
        # The first tree that was offered to the hub and is not cosigned, and when it was offered.
        """
        CREATE TABLE offers (
            log_id INTEGER PRIMARY KEY REFERENCES logs,
            size INTEGER NOT NULL,
            at INTEGER NOT NULL
        ) STRICT
        """,
        # The agreements whose hashes are in hub logs. The text is the hub's own, so it is never erased.
        """
        CREATE TABLE agreements (
            log TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            document BLOB NOT NULL,
            PRIMARY KEY (log, sha256)
        ) STRICT
        """,
        "CREATE TABLE probe (filler BLOB NOT NULL) STRICT",
    ),
    (
        # The newest time of an entry by a believed clock, 0 if none. Computed times are not in it, so that they never
        # cast doubt on the clock later.
        "CREATE TABLE newest (at INTEGER NOT NULL) STRICT",
        "INSERT INTO newest SELECT coalesce(max(at), 0) FROM entries",
    ),
)

WAL_PAGES: Final = 64
"""After how many pages the WAL is checkpointed: refusals counted in a flood must not pile up there."""

WAL_PAGES_MEANWHILE: Final = 65_536
"""The same while the file is copied: practically never, and yet no more than 256 MB."""

PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "journal_size_limit = 4194304",
    f"wal_autocheckpoint = {WAL_PAGES}",
)

ROOM_BYTES: Final = 65_536
"""The free space needed for the record to count as writable: that of some entries."""


def connect(path: Path, patience: timedelta) -> sqlite3.Connection:
    """Open the file for writing, created and migrated as needed."""
    _keep_private(path)
    connection = sqlite3.connect(
        path, timeout=patience.total_seconds(), isolation_level=None
    )
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        _migrate(connection)
    except Exception:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path, patience: timedelta) -> sqlite3.Connection:
    """Open the file for reading only; a reader never delays the writer."""
    connection = sqlite3.connect(
        f"file:{quote(os.fspath(path))}?mode=ro",
        timeout=patience.total_seconds(),
        isolation_level=None,
        uri=True,
    )
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def suspend_wal_checkpoints(connection: sqlite3.Connection, *, suspended: bool) -> None:
    """Suspend WAL checkpoints, so that a backup can copy the database and then the WAL.

    The copy of the WAL may end anywhere; SQLite reads it up to the last complete commit.
    """
    pages = WAL_PAGES_MEANWHILE if suspended else WAL_PAGES
    connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
    connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, suspended)


def verify_pages(connection: sqlite3.Connection) -> None:
    """Check all pages; raise Damaged where one is corrupt."""
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise Damaged(verdict)


def probe(connection: sqlite3.Connection) -> None:
    """Raise where the file can't be written."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO probe VALUES (zeroblob(?))", (ROOM_BYTES,))
    connection.execute("DELETE FROM probe")
    connection.execute("COMMIT")


def move_aside(path: Path, to: Path) -> None:
    """Move the database, with its WAL, to a new folder."""
    to.mkdir(mode=0o700)
    for each in path.parent.glob(f"{path.name}*"):
        each.rename(to / each.name)


def _keep_private(path: Path) -> None:
    """Create the folder and the file, accessible to their owner only."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for place, mode in ((path.parent, 0o700), (path, 0o600)):
        if place.stat().st_mode & 0o077:
            place.chmod(mode)


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise NewerRecord
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
