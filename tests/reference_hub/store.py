"""What a hub must not forget: its keys, invitations, homes, and tokens already used."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
import sqlite3
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (
  name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS invitation (
  code TEXT PRIMARY KEY, note TEXT NOT NULL, receipt TEXT, answer TEXT) STRICT;
CREATE TABLE IF NOT EXISTS home (
  home TEXT PRIMARY KEY, note TEXT NOT NULL, receipt TEXT NOT NULL,
  answer TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS former (
  home TEXT NOT NULL, receipt TEXT NOT NULL, answer TEXT NOT NULL,
  succession TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS gone (home TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS dial_in (
  home TEXT NOT NULL, jti TEXT NOT NULL, expires INTEGER NOT NULL,
  PRIMARY KEY (home, jti)) STRICT;
CREATE TABLE IF NOT EXISTS cosigned (
  log TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY (log, size)) STRICT;
CREATE TABLE IF NOT EXISTS tree (
  log TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
  fits INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (log, size)) STRICT;
CREATE TABLE IF NOT EXISTS objection (
  home TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL, words TEXT NOT NULL,
  settled INTEGER NOT NULL DEFAULT 0) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A code; `receipt` and `answer` are what used it up and what it got."""

    code: str
    note: str
    receipt: str | None
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedHome:
    """Both tokens of a pairing, whole, and the desk's own name for the home."""

    home: str
    note: str
    receipt: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A tree a home has shown, with the note that says so."""

    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What a home showed of its log that this hub doesn't take."""

    at: int
    reason: str
    words: str


class Store:
    """An SQLite file that an `invite` beside the running hub may open too."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "hub.sqlite").touch(mode=0o600)
        self._database = sqlite3.connect(
            ":memory:" if folder is None else folder / "hub.sqlite",
            autocommit=True,
        )
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """All that is written inside is kept, or none of it."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # a full disk may have ended it already
                self._database.execute("ROLLBACK")
            raise

    def setting(self, name: str) -> str | None:
        row = self._one("SELECT value FROM setting WHERE name = ?", name)
        return None if row is None else str(row[0])

    def keep_setting(self, name: str, value: str) -> None:
        self._run("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, value)

    def add_invitation(self, code: str, note: str) -> None:
        self._run("INSERT INTO invitation VALUES (?, ?, NULL, NULL)", code, note)

    def invitation(self, code: str) -> Invitation | None:
        row = self._one("SELECT * FROM invitation WHERE code = ?", code)
        if row is None:
            return None
        return Invitation(code=row[0], note=row[1], receipt=row[2], answer=row[3])

    def use_invitation(self, code: str, receipt: str, answer: str) -> None:
        self._run(
            "UPDATE invitation SET receipt = ?, answer = ? WHERE code = ?",
            receipt,
            answer,
            code,
        )

    def keep_home(self, paired: PairedHome) -> None:
        self._run(
            "INSERT OR REPLACE INTO home VALUES (?, ?, ?, ?)",
            paired.home,
            paired.note,
            paired.receipt,
            paired.answer,
        )

    def home(self, home: str) -> PairedHome | None:
        return next((each for each in self.homes() if each.home == home), None)

    def homes(self) -> list[PairedHome]:
        rows = self._database.execute("SELECT * FROM home ORDER BY rowid")
        with closing(rows):
            return [
                PairedHome(home=row[0], note=row[1], receipt=row[2], answer=row[3])
                for row in rows
            ]

    def succeed(self, old: PairedHome, new: PairedHome, succession: str) -> None:
        """Know a home by its new keys only, and keep what it signed with the old."""
        self._run(
            "INSERT INTO former VALUES (?, ?, ?, ?)",
            old.home,
            old.receipt,
            old.answer,
            succession,
        )
        self.forget_home(old.home)
        self.keep_home(new)

    def successions(self) -> list[str]:
        """What homes signed by the keys that they gave up, in that order."""
        rows = self._database.execute("SELECT succession FROM former ORDER BY rowid")
        with closing(rows):
            return [succession for (succession,) in rows]

    def forget_home(self, home: str) -> None:
        self._run("DELETE FROM home WHERE home = ?", home)
        self._run("DELETE FROM gone WHERE home = ?", home)

    def mark_gone(self, home: str, *, gone: bool = True) -> None:
        """Note that a home has said that the pairing is over, or that it is here all the same."""
        self._run("DELETE FROM gone WHERE home = ?", home)
        if gone:
            self._run("INSERT INTO gone VALUES (?)", home)

    def is_gone(self, home: str) -> bool:
        return self._one("SELECT home FROM gone WHERE home = ?", home) is not None

    def use_dial_in(self, home: str, jti: str, *, expires: int, now: int) -> bool:
        """Remember a token until nobody would take it anyway; False if it was used."""
        self._run("DELETE FROM dial_in WHERE expires < ?", now)
        try:
            self._run("INSERT INTO dial_in VALUES (?, ?, ?)", home, jti, expires)
        except sqlite3.IntegrityError:
            return False
        return True

    def note_tree(self, log: str, tree: Tree) -> bool:
        """Remember a tree that was shown; False if another of its size was before."""
        self._run(
            "INSERT OR IGNORE INTO tree (log, size, root, note) VALUES (?, ?, ?, ?)",
            *(log, tree.size, tree.root, tree.note),
        )
        known = self._one(
            "SELECT root FROM tree WHERE log = ? AND size = ?", log, tree.size
        )
        return known is not None and known[0] == tree.root

    def newest_tree(self, log: str) -> Tree | None:
        """Give the newest of those that go together."""
        row = self._one(
            "SELECT size, root, note FROM tree WHERE log = ? AND fits"
            " ORDER BY size DESC LIMIT 1",
            log,
        )
        return Tree(size=row[0], root=row[1], note=row[2]) if row else None

    def loose_trees(self, log: str) -> list[Tree]:
        """Give those of which nobody knows yet whether they go together with the others."""
        rows = self._database.execute(
            "SELECT size, root, note FROM tree WHERE log = ? AND NOT fits ORDER BY size",
            (log,),
        )
        with closing(rows):
            return [Tree(size=row[0], root=row[1], note=row[2]) for row in rows]

    def fits(self, log: str, size: int) -> None:
        """Note that this tree goes together with the others."""
        self._run("UPDATE tree SET fits = 1 WHERE log = ? AND size = ?", log, size)

    def forget_tree(self, log: str, size: int) -> None:
        """Compare nothing with a tree any more that doesn't go together with the others."""
        self._run("DELETE FROM tree WHERE log = ? AND size = ? AND NOT fits", log, size)

    def keep_cosigned(self, log: str, size: int, note: str) -> None:
        self._run("INSERT OR REPLACE INTO cosigned VALUES (?, ?, ?)", log, size, note)

    def cosigned(self, log: str) -> dict[int, str]:
        """Give what this hub put its name to, by size."""
        rows = self._database.execute(
            "SELECT size, note FROM cosigned WHERE log = ? ORDER BY size", (log,)
        )
        with closing(rows):
            return dict(rows.fetchall())

    def cosigned_up_to(self, log: str) -> int:
        """Give the size of the largest tree that this hub put its name to."""
        row = self._one("SELECT max(size) FROM cosigned WHERE log = ?", log)
        return (row and row[0]) or 0

    def keep_objection(self, home: str, objection: Objection) -> None:
        self._run(
            "INSERT INTO objection (home, at, reason, words) VALUES (?, ?, ?, ?)",
            *(home, objection.at, objection.reason, objection.words),
        )

    def settle_objections(self, home: str) -> None:
        """Note that what the home shows is taken again."""
        self._run("UPDATE objection SET settled = 1 WHERE home = ?", home)

    def objection(self, home: str) -> Objection | None:
        """Give the newest objection that still stands."""
        row = self._one(
            "SELECT at, reason, words FROM objection WHERE home = ? AND NOT settled"
            " ORDER BY rowid DESC",
            home,
        )
        if row is None:
            return None
        return Objection(at=row[0], reason=row[1], words=row[2])

    def _run(self, statement: str, *values: str | int | bytes) -> None:
        self._database.execute(statement, values).close()

    def _one(self, statement: str, *values: str | int) -> tuple[Any, ...] | None:
        with closing(self._database.execute(statement, values)) as rows:
            row: tuple[Any, ...] | None = rows.fetchone()
            return row
