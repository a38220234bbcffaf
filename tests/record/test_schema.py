"""The file itself: how it is opened, and that no shipped version is left behind."""

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
import sqlite3

import pytest

from custom_components.latchstring.core.entries import HOUSEHOLD_KINDS, HUB_KINDS
from custom_components.latchstring.core.entries.entry_bytes import (
    content,
    leaf,
    parse_content,
)
from custom_components.latchstring.core.signatures.note import verify_checkpoint
from custom_components.latchstring.record import HOUSEHOLD, Record
from custom_components.latchstring.record.schema import MIGRATIONS, connect
from tests.reference_hub.tree import check_inclusion

from .conftest import Records
from .entries import HUB, identity, plain

VERSIONS = sorted((Path(__file__).parent / "versions").glob("*.sql"))
"""A dump of every version ever shipped (see `dump`). Once shipped, none changes."""


def restore(folder: Path, version: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "record.db")) as file:
        file.executescript(version.read_text())


async def check_entry(record: Record, log: str, index: int, at: datetime) -> str:
    """Prove an entry by itself, read it, and give its kind."""
    known = identity(log)
    proof = await record.log(log).prove(index, at=at)
    head = verify_checkpoint(
        proof.checkpoint, origin=known.origin, key=known.key.public_key()
    )
    assert proof.leaf == leaf(proof.content, proof.salt)
    check_inclusion(proof.leaf, index, head.size, head.root, proof.inclusion)
    read = parse_content(proof.content)
    assert content(read.entry, read.at) == proof.content
    return read.entry.kind


def test_every_version_has_a_dump() -> None:
    assert len(VERSIONS) == len(MIGRATIONS)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.stem)
async def test_a_record_of_every_version_opens_proves_and_goes_on(
    records: Records, folder: Path, at: datetime, version: Path
) -> None:
    restore(folder, version)
    record = await records.open()
    assert record.writable
    sizes = {
        log: (await record.log(log).append(plain("goes on"), at=at)).index
        for log in (HUB, HOUSEHOLD)
    }
    kinds = {
        await check_entry(record, log, index, at)
        for log, size in sizes.items()
        for index in range(size)
    }
    assert kinds
    assert kinds <= {*HUB_KINDS, *HOUSEHOLD_KINDS}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL: a commit is on disk before it returns
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("wal_autocheckpoint", 64),
    ],
)
def test_the_file_is_opened_so_that_what_is_acknowledged_lasts(
    folder: Path, setting: str, expected: object
) -> None:
    with closing(connect(folder / "record.db", timedelta(seconds=1))) as file:
        assert file.execute(f"PRAGMA {setting}").fetchone() == (expected,)
