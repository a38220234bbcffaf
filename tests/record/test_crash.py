"""What a kill -9 of the writing process can't take away."""

import asyncio
from contextlib import closing
from datetime import datetime
from pathlib import Path
import random
import sqlite3

import pytest

from custom_components.latchstring.core.entries.entry_bytes import leaf
from custom_components.latchstring.core.signatures.note import verify_checkpoint
from custom_components.latchstring.record import HOUSEHOLD, AssertionReplayed, Record
from tests.core.test_tree import defined

from .conftest import Records
from .entries import HUB, identity, started
from .keeping import Nursery, nursery

LOGS = (HUB, HOUSEHOLD)
type Told = tuple[str, int, str]
"""What was acknowledged: in which log, at which place, which session."""

LANES = 2
RECORDS = 5
KILLS = 20
"""So often is each record's keeper killed: two hundred times in all."""
MOST = 40
A_COMMIT = 0.01


async def acknowledged(nursery: Nursery, folder: Path, name: str) -> list[Told]:
    """Let it write until it has acknowledged some, then kill it anywhere between two commits."""
    keeper = await nursery.breed(folder, name)
    lines = [await nursery.hear() for _ in range(random.randint(1, MOST))]  # noqa: S311 - it hides nothing
    await asyncio.sleep(random.uniform(0, A_COMMIT))  # noqa: S311 - likewise
    lines += await nursery.kill(keeper)
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
    proof = await record.log(log).prove(len(rows) - 1, at=at)
    head = verify_checkpoint(
        proof.checkpoint, origin=known.origin, key=known.key.public_key()
    )
    assert head.size == len(rows)
    assert head.root == defined([salt + content for _, _, content, salt, _ in rows])


async def killed_again_and_again(nursery: Nursery, folder: Path, at: datetime) -> None:
    """Kill one record's keepers, then find all that they had acknowledged, in trees that hold."""
    kept: list[Told] = []
    for kill in range(KILLS):
        kept += await acknowledged(nursery, folder, f"load-{kill}")
    assert len(kept) >= KILLS
    for log in LOGS:
        on_disk = {index: session for index, session, *_ in stored(folder, log)}
        told = {index: session for where, index, session in kept if where == log}
        assert told.items() <= on_disk.items()
    records = Records(folder=folder)
    record = await records.open()
    for log in LOGS:
        await check_log(record, folder, log, at)
    log, _, session = kept[-1]
    with pytest.raises(AssertionReplayed):
        await record.log(log).append(started("s-anew", jti=f"jti-of-{session}"), at=at)
    assert len(await record.log(HUB).open_sessions()) == len(stored(folder, HUB))
    await record.close()


async def test_of_two_hundred_kill_9_none_takes_an_acknowledged_entry_or_breaks_a_tree(
    tmp_path: Path, at: datetime
) -> None:
    async def lane(name: str) -> None:
        async with nursery() as nurse:
            for number in range(RECORDS):
                await killed_again_and_again(nurse, tmp_path / f"{name}{number}", at)

    async with asyncio.TaskGroup() as lanes:
        for number in range(LANES):
            lanes.create_task(lane(f"lane-{number}-"))
