"""What a kill -9 of the writing process can't take away."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
import sqlite3

import pytest

from custom_components.latchstring.core.content import leaf
from custom_components.latchstring.core.note import verify_checkpoint
from custom_components.latchstring.record import (
    HOUSEHOLD,
    AssertionReplayed,
    Record,
)
from tests.core.test_tree import defined

from .conftest import Records
from .entries import HUB, identity, started
from .keeping import Kept, keeping

KILLS = 10
ENOUGH = 60


async def acknowledged(keeper: Kept, name: str) -> list[tuple[str, int, str]]:
    """Let it write until it has acknowledged some, then kill it."""
    assert await keeper.hear() == "open"
    lines = [await keeper.tell(f"load {name}")]
    while len(lines) < ENOUGH:
        lines.append(await keeper.hear())
    lines += await keeper.kill()
    said = [line.split() for line in lines]
    return [(log, int(index), session) for _, log, index, session in said]


def stored(folder: Path, log: str) -> list[tuple[int, str, bytes, bytes, bytes]]:
    with closing(sqlite3.connect(folder / "record.db")) as file:
        return file.execute(
            "SELECT idx, session, content, salt, leaf FROM entries"
            " JOIN logs ON logs.id = log_id WHERE log = ? ORDER BY idx",
            (log,),
        ).fetchall()


async def check_log(record: Record, folder: Path, log: str, at: datetime) -> None:
    """Compare the kept tree with the one its entries make by definition."""
    rows = stored(folder, log)
    assert [row[0] for row in rows] == list(range(len(rows)))
    assert all(leaf(content, salt) == kept for _, _, content, salt, kept in rows)
    known = identity(log)
    proof = await record.prove(log, len(rows) - 1, at=at)
    head = verify_checkpoint(
        proof.checkpoint, origin=known.origin, key=known.key.public_key()
    )
    assert head.size == len(rows)
    assert head.root == defined([salt + content for _, _, content, salt, _ in rows])


async def test_kill_9_loses_no_acknowledged_entry(
    records: Records, folder: Path, at: datetime
) -> None:
    kept: list[tuple[str, int, str]] = []
    for kill in range(KILLS):
        async with keeping(folder) as keeper:
            kept += await acknowledged(keeper, f"load-{kill}")
    assert len(kept) >= KILLS * ENOUGH
    for log in (HUB, HOUSEHOLD):
        on_disk = {index: session for index, session, *_ in stored(folder, log)}
        told = {index: session for where, index, session in kept if where == log}
        assert told.items() <= on_disk.items()
    record = await records.open()
    for log in (HUB, HOUSEHOLD):
        await check_log(record, folder, log, at)
    log, _, session = kept[-1]
    with pytest.raises(AssertionReplayed):
        await record.append(log, started("s-anew", jti=f"jti-of-{session}"), at=at)
    assert len(await record.open_sessions(HUB)) == len(stored(folder, HUB))
