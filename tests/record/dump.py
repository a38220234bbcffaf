"""Dump a record of the newest version with an entry of every kind, before it ships.

python -m tests.record.dump >tests/record/versions/<version>.sql
"""

import asyncio
from contextlib import closing
from pathlib import Path
import sqlite3
import sys
from tempfile import TemporaryDirectory

from custom_components.latchstring.core.entries import HUB_KINDS
from custom_components.latchstring.record import HOUSEHOLD, Record
from tests.core.test_entries import AT, EXAMPLES

from .entries import HUB, identity


async def write(folder: Path) -> None:
    record = await Record(folder).open()
    for log in (HUB, HOUSEHOLD):
        record.add_log(identity(log))
    for entry in EXAMPLES:
        log = HUB if entry.kind in HUB_KINDS else HOUSEHOLD
        await record.log(log).append(entry, at=AT)
    await record.close()


def dump(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "record.db")) as file:
        (version,) = file.execute("PRAGMA user_version").fetchone()
        return "\n".join([*file.iterdump(), f"PRAGMA user_version = {version};\n"])


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        asyncio.run(write(Path(place)))
        sys.stdout.write(dump(Path(place)))
