"""The record as it is on the disk now, read by nobody but SQLite."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
import sqlite3
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One entry; `content` holds its members."""

    kind: str
    content: Mapping[str, Any]


def read_record(house: Path) -> list[Written]:
    """Give every entry of a house's record, of all logs, in the order they were written."""
    path = house / "latchstring" / "record.db"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT kind, content FROM entries ORDER BY seq"
        ).fetchall()
    finally:
        connection.close()
    return [
        Written(kind=kind, content=json.loads(content or "{}"))
        for kind, content in rows
    ]


def of_session(record: list[Written], session: str) -> list[str]:
    """Give the kinds of all entries about a session."""
    return [each.kind for each in record if each.content.get("session") == session]
