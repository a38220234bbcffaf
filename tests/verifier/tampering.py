"""How somebody changes a record who can write every file of the home.

The simple way leaves all else as it was. Whoever *mends* it makes everything fit again that the home's own keys can:
places, leaves, the tree, the home's checkpoints and the manifest. What they can't make anew is what others signed.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
import json
from pathlib import Path
import sqlite3
from typing import IO, Any, Final, override

from custom_components.latchstring.core.canonical import canonical_json, parse_rfc3339
from custom_components.latchstring.core.entries.entry_bytes import leaf
from custom_components.latchstring.core.signatures.note import (
    Checkpoint,
    sign_checkpoint,
)
from custom_components.latchstring.core.tree import completed_by, root
from custom_components.latchstring.export.sink import MANIFEST, Sink
from custom_components.latchstring.record import HOUSEHOLD
from custom_components.latchstring.record.append import milliseconds
from tests.reference_hub.jose import unverified
from tests.reference_hub.wire import b64url, canonical

from .making import AT, House, Keys

type Row = dict[str, Any]
type Change = Callable[[list[Row], int], None]


def said(row: Row) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(row["content"])
    return members


def edit(**changed: Any) -> Change:
    """Change members of an entry."""

    def change(rows: list[Row], at: int) -> None:
        rows[at]["content"] = canonical_json(said(rows[at]) | changed)

    return change


def put(member: str, value: Any) -> Change:
    """Change what is kept beside an entry."""

    def change(rows: list[Row], at: int) -> None:
        rows[at][member] = value

    return change


def blame_another(rows: list[Row], at: int) -> None:
    """Put another name into what the hub has signed, and leave its signature."""
    entry = said(rows[at])
    head, _, signature = entry["assertion"].split(".")
    claims = unverified(entry["assertion"]) | {"name": "Officer A. N. Other"}
    entry["assertion"] = f"{head}.{b64url(canonical(claims))}.{signature}"
    rows[at]["content"] = canonical_json(entry)


def delete(rows: list[Row], at: int) -> None:
    del rows[at]


def insert(rows: list[Row], at: int) -> None:
    rows.insert(at, dict(rows[at - 2]))


def reorder(rows: list[Row], at: int) -> None:
    rows[at], rows[at + 40] = rows[at + 40], rows[at]


def withhold(rows: list[Row], at: int) -> None:
    rows[at] |= {"content": None, "salt": None}


def shorten(rows: list[Row], at: int) -> None:
    del rows[at:]


def mend(rows: list[Row]) -> None:
    """Make places, leaves and what is listed beside an entry fit what it says."""
    for index, row in enumerate(rows):
        row["idx"] = index
        if row["content"] is None:
            continue
        row["leaf"] = leaf(row["content"], row["salt"])
        row["kind"] = said(row)["kind"]
        row["at"] = milliseconds(parse_rfc3339(said(row)["at"]))


def nodes_of(rows: list[Row]) -> dict[tuple[int, int], bytes]:
    """Compute every node of the tree."""
    nodes: dict[tuple[int, int], bytes] = {}
    for index, row in enumerate(rows):
        nodes[0, index] = row["leaf"]
        for node in completed_by(
            index, row["leaf"], lambda level, place: nodes[level, place]
        ):
            nodes[node.level, node.index] = node.hash
    return nodes


def checkpoint_of(keys: Keys, rows: list[Row]) -> str:
    """Sign the tree of these entries with the log's own key."""
    nodes = nodes_of(rows)
    hashed = root(len(rows), lambda level, place: nodes[level, place])
    head = Checkpoint(origin=keys.origin, size=len(rows), root=hashed)
    return sign_checkpoint(head, keys.key("log"))


class Resigned(Sink):
    """Signs for the files of an export as they are now."""

    def __init__(self, export: Path, keys: Keys) -> None:
        super().__init__()
        self._export = export
        for path in sorted(export.rglob("*")):
            name = path.relative_to(export).as_posix()
            if path.is_file() and name != MANIFEST:
                self.put(name, path.read_bytes())
        self.sign(keys.key("log"), keys.origin, AT + timedelta(days=1))

    @override
    def _open(self, name: str) -> IO[bytes]:
        return (self._export / name).open("wb")


class InExport:
    """Changes an unpacked export."""

    def __init__(self, house: House, export: Path) -> None:
        self.path = export
        self._house = house

    def change(self, log: str, change: Change, at: int, *, mended: bool) -> None:
        folder = self.folder(log)
        lines = (folder / "entries.jsonl").read_bytes().splitlines()
        rows = [self._row(json.loads(line)) for line in lines]
        change(rows, at)
        if mended:
            mend(rows)
        (folder / "entries.jsonl").write_bytes(b"".join(map(self._line, rows)))
        if mended:
            checkpoint = checkpoint_of(self._house.keys(log), rows)
            self.rewrite(folder / "log.json", checkpoint=checkpoint)
            self.resign()

    def forget_witnesses(self) -> None:
        for path in self.path.glob("logs/*/cosigned.jsonl"):
            path.write_bytes(b"")
        self.resign()

    def resign(self) -> None:
        Resigned(self.path, self._house.keys(HOUSEHOLD))

    def folder(self, log: str) -> Path:
        return next(
            path.parent
            for path in self.path.glob("logs/*/log.json")
            if json.loads(path.read_bytes())["log"] == log
        )

    def rewrite(self, path: Path, **changed: Any) -> None:
        path.write_text(json.dumps(json.loads(path.read_bytes()) | changed))

    def _row(self, line: Mapping[str, Any]) -> Row:
        return {
            "idx": line["index"],
            "leaf": bytes.fromhex(line["leaf"]),
            "salt": bytes.fromhex(line["salt"]),
            "content": line["content"].encode(),
        }

    def _line(self, row: Row) -> bytes:
        line = {
            "index": row["idx"],
            "leaf": row["leaf"].hex(),
            "salt": row["salt"] and row["salt"].hex(),
            "content": row["content"] and row["content"].decode(),
        }
        return f"{json.dumps(line)}\n".encode()


class InFile:
    """Changes the record's file."""

    def __init__(self, house: House) -> None:
        self.path = house.file

    def change(self, log: str, change: Change, at: int, *, mended: bool) -> None:
        with closing(sqlite3.connect(self.path)) as file, file:
            file.row_factory = sqlite3.Row
            (log_id,) = file.execute(
                "SELECT id FROM logs WHERE log = ?", (log,)
            ).fetchone()
            kept = "FROM entries WHERE log_id = ?"
            ordered = file.execute(f"SELECT * {kept} ORDER BY idx", (log_id,))
            rows = [dict(row) for row in ordered]
            change(rows, at)
            if mended:
                mend(rows)
            file.execute(f"DELETE {kept}", (log_id,))
            for index, row in enumerate(rows):
                self._insert(file, row | self._place(change, index))
            if mended:
                self._write_nodes(file, log_id, rows)

    def forget_witnesses(self) -> None:
        with closing(sqlite3.connect(self.path)) as file, file:
            file.execute("DELETE FROM cosignatures")

    def _place(self, change: Change, index: int) -> Row:
        """What stands in a place twice has no room in a table; `seq` only the file itself gives."""
        return {"seq": None} | ({"idx": index} if change in MOVES else {})

    def _insert(self, file: sqlite3.Connection, row: Row) -> None:
        places = ", ".join("?" * len(row))
        add = f"INSERT INTO entries ({', '.join(row)}) VALUES ({places})"  # noqa: S608 - the table's own columns
        file.execute(add, [*row.values()])

    def _write_nodes(
        self, file: sqlite3.Connection, log_id: int, rows: list[Row]
    ) -> None:
        file.execute("DELETE FROM nodes WHERE log_id = ?", (log_id,))
        file.executemany(
            "INSERT INTO nodes VALUES (?, ?, ?, ?)",
            [
                (log_id, level, place, hashed)
                for (level, place), hashed in nodes_of(rows).items()
                if level
            ],
        )


MOVES: Final = (insert, reorder)
"""Changes after which, in a table, the places have to be counted anew."""
