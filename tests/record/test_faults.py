"""What happens to the record when its file can't be written, and how it heals."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
import logging
import os
from pathlib import Path
import sqlite3

import pytest

from custom_components.latchstring.record import (
    Record,
    RecordFault,
    RecordUnreadable,
    RecordUnwritable,
)

from .conftest import Records
from .entries import HUB, plain
from .harm import (
    Locked,
    Tries,
    Turns,
    contents,
    damage,
    permit,
    place,
    put_file,
    remove,
    unput_file,
)
from .keeping import Kept, can_mount, keeping


async def refusal(record: Record, at: datetime) -> RecordFault:
    with pytest.raises(RecordUnwritable) as refused:
        await record.log(HUB).append(plain("refused"), at=at)
    assert (record.writable, record.fault) == (False, refused.value.fault)
    return refused.value.fault


async def turned(record: Record, turns: Turns) -> RecordFault | None:
    """Give the next fault, or that there is none any more."""
    writable = await turns.next()
    assert writable is (record.fault is None)
    return record.fault


async def texts(record: Record) -> list[object]:
    found = await record.log(HUB).entries(newest_first=False)
    return [entry.content["hub_id"] for entry in found]


async def test_a_file_that_another_process_locks_closes_and_heals(
    records: Records, record: Record, folder: Path, at: datetime
) -> None:
    turns = records.turns
    await record.log(HUB).append(plain("before"), at=at)
    lock = await asyncio.to_thread(Locked, folder / "record.db")
    assert await refusal(record, at) is RecordFault.LOCKED
    assert await turns.next() is False
    await asyncio.to_thread(lock.release)
    assert await turns.next() is True
    assert (await record.log(HUB).append(plain("after"), at=at)).index == 1
    assert await texts(record) == ["before", "after"]


async def test_a_start_while_the_file_is_locked_comes_up_unwritable_and_heals(
    records: Records, folder: Path, at: datetime
) -> None:
    first = await records.open()
    await first.log(HUB).append(plain("before"), at=at)
    await first.close()
    lock = await asyncio.to_thread(Locked, folder / "record.db")
    record = await records.open()
    turns = records.turns
    assert (record.fault, record.last_entry_at) == (RecordFault.LOCKED, None)
    assert await texts(record) == ["before"]
    await asyncio.to_thread(lock.release)
    assert await turns.next() is True
    assert (record.fault, record.last_entry_at) == (None, at)


async def test_a_whole_batch_hears_that_it_was_not_written(
    record: Record, folder: Path, at: datetime
) -> None:
    lock = await asyncio.to_thread(Locked, folder / "record.db")
    futures = [record.log(HUB).submit(plain(str(n)), at=at) for n in range(20)]
    outcomes = await asyncio.gather(*futures, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {RecordUnwritable}
    await asyncio.to_thread(lock.release)
    assert await texts(record) == []


async def test_no_proof_is_given_while_the_record_cannot_be_written(
    record: Record, folder: Path, at: datetime
) -> None:
    await record.log(HUB).append(plain("before"), at=at)
    lock = await asyncio.to_thread(Locked, folder / "record.db")
    await refusal(record, at)
    with pytest.raises(RecordUnwritable):
        await record.log(HUB).prove(0, at=at)
    await asyncio.to_thread(lock.release)


async def test_a_file_of_garbage_is_left_alone_and_named(
    records: Records, folder: Path, at: datetime
) -> None:
    garbage = bytes(range(256)) * 64
    place(folder, garbage)
    record = await records.open()
    turns = records.turns
    assert await refusal(record, at) is RecordFault.CORRUPT
    with pytest.raises(RecordUnreadable) as unreadable:
        record.reader.entries(None, {})
    assert unreadable.value.fault is RecordFault.CORRUPT
    assert contents(folder) == garbage
    remove(folder)
    assert await turns.next() is True
    assert (await record.log(HUB).append(plain("anew"), at=at)).index == 0


async def test_a_file_with_damaged_pages_does_not_count_as_healed(
    records: Records, folder: Path, at: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    first = await records.open()
    for number in range(400):
        first.log(HUB).submit(plain(str(number)), at=at)
    await first.close()
    damaged = damage(folder)
    tries = Tries(at_least=5)
    with caplog.at_level(logging.DEBUG, logger=tries.logger.name):
        record = await records.open()
        assert await refusal(record, at) is RecordFault.CORRUPT
        await tries.done()
    assert record.fault is RecordFault.CORRUPT
    await record.close()
    assert contents(folder)[-len(damaged) :] == damaged


async def test_a_damaged_file_does_not_count_as_healed_by_having_been_away(
    records: Records, folder: Path, at: datetime
) -> None:
    """The damage lies where no start looks."""
    first = await records.open()
    for number in range(400):
        first.log(HUB).submit(plain(str(number)), at=at)
    await first.close()
    sound, path = contents(folder), folder / "record.db"
    start = sound.index(b'"hub_id":"100"') // 4096 * 4096
    path.write_bytes(sound[:start] + os.urandom(4096) + sound[start + 4096 :])
    record = await records.open()
    turns = records.turns
    with pytest.raises(RecordUnwritable):
        await record.log(HUB).prove(100, at=at)
    assert await turned(record, turns) is RecordFault.CORRUPT
    away = folder / "away"
    away.hardlink_to(path)
    in_its_place = folder / "link"
    in_its_place.symlink_to(folder, target_is_directory=True)
    in_its_place.replace(path)
    assert await turned(record, turns) is RecordFault.IO_ERROR
    away.replace(path)
    assert await turned(record, turns) is RecordFault.CORRUPT
    mended = folder / "mended"
    mended.write_bytes(sound)
    mended.replace(path)
    assert await turned(record, turns) is None


async def test_a_record_of_a_later_version_is_left_alone_and_named(
    records: Records, folder: Path, at: datetime
) -> None:
    await (await records.open()).close()
    with closing(sqlite3.connect(folder / "record.db")) as file:
        file.execute("PRAGMA user_version = 99")
    record = await records.open()
    assert await refusal(record, at) is RecordFault.NEWER


async def test_a_file_in_the_folders_place_closes_and_heals(
    records: Records, folder: Path, at: datetime
) -> None:
    put_file(folder)
    record = await records.open()
    turns = records.turns
    assert await refusal(record, at) is RecordFault.IO_ERROR
    unput_file(folder)
    assert await turns.next() is True
    await record.log(HUB).append(plain("after"), at=at)


@pytest.mark.parametrize(
    "deny",
    [
        lambda folder: folder.chmod(0o500),
        lambda folder: (folder / "record.db").chmod(0o400),
    ],
    ids=["folder", "file"],
)
async def test_a_read_only_place_closes_and_heals(
    records: Records, folder: Path, at: datetime, deny: Callable[[Path], None]
) -> None:
    first = await records.open()
    await first.log(HUB).append(plain("before"), at=at)
    await first.close()
    deny(folder)
    async with keeping(folder, "--unprivileged") as keeper:
        assert await keeper.hear() == RecordFault.READ_ONLY
        assert await keeper.tell("append refused") == RecordFault.READ_ONLY
        permit(folder)
        assert await keeper.tell("turn") == "True"
        assert await keeper.tell("append after") == "1"
    assert await texts(await records.open()) == ["before", "after"]


async def append_until_refused(keeper: Kept) -> tuple[int, str]:
    for kept in range(10_000):
        answer = await keeper.tell(f"append {kept}")
        if not answer.isdecimal():
            return kept, answer
    raise AssertionError("it never got full")


async def test_a_file_that_may_not_grow_loses_nothing_and_heals(
    folder: Path,
) -> None:
    async with keeping(folder) as keeper:
        assert await keeper.hear() == "open"
        await keeper.tell("limit 400000")
        kept, fault = await append_until_refused(keeper)
        assert (fault, kept > 10) == (RecordFault.IO_ERROR, True)
        assert await keeper.tell("turn") == "False"
        await keeper.tell("limit 300000000")
        assert await keeper.tell("turn") == "True"
        assert await keeper.tell("append after") == str(kept)
        assert await keeper.tell("read") == said(kept)


async def test_a_full_disk_loses_nothing_and_heals(folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    if not await asyncio.to_thread(can_mount, folder.parent):
        pytest.skip("no disk may be mounted here; the test above stands for it")
    async with keeping(folder, tmpfs=True) as keeper:
        assert await keeper.hear() == "open"
        await keeper.tell("fill")
        kept, fault = await append_until_refused(keeper)
        assert fault == RecordFault.DISK_FULL
        assert await keeper.tell("turn") == "False"
        await keeper.tell("clear")
        assert await keeper.tell("turn") == "True"
        assert await keeper.tell("append after") == str(kept)
        assert await keeper.tell("read") == said(kept)


def said(kept: int) -> str:
    return " ".join([*map(str, range(kept)), "after"])
