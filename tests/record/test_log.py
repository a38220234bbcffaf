"""One log of the record: whose key it goes by, and what is told of writing to it."""

from datetime import datetime
from pathlib import Path

import pytest

from custom_components.latchstring.core.entries import EpochCause
from custom_components.latchstring.record import (
    AssertionReplayed,
    Callbacks,
    Record,
    RecordFault,
)

from .conftest import QUICK, Records
from .entries import HUB, identity, plain, started
from .harm import place


async def test_a_log_goes_on_under_whatever_key_the_record_has_for_it(
    record: Record, at: datetime
) -> None:
    log = record.log(HUB)
    await log.append(plain("before"), at=at)
    await log.close_epoch(EpochCause.KEYS_CHANGED)
    assert log.is_closed
    record.add_log(identity(HUB, epoch=1))
    assert (await log.append(plain("after"), at=at)).id == f"{HUB}:1:1"
    assert (log.identity.epoch, log.size, log.is_closed) == (1, 2, False)


async def test_a_log_whose_key_was_taken_away_takes_nothing_and_can_be_read(
    record: Record, at: datetime
) -> None:
    log = record.log(HUB)
    await log.append(plain("before"), at=at)
    record.forget_log(HUB)
    with pytest.raises(LookupError):
        await log.append(plain("after"), at=at)
    with pytest.raises(LookupError):
        await log.prove(0, at=at)
    assert [each.content["hub_id"] for each in await log.entries()] == ["before"]


async def test_of_several_entries_all_are_written_or_none(
    record: Record, at: datetime
) -> None:
    log = record.log(HUB)
    with pytest.raises(AssertionReplayed):
        await log.submit_many([started("s-1", jti="j"), started("s-2", jti="j")], at=at)
    assert await log.entries() == []
    first, second = await log.submit_many([started("s-1"), started("s-2")], at=at)
    assert (first.index, second.index) == (0, 1)


async def test_what_opening_comes_to_is_not_called_back(
    records: Records, folder: Path
) -> None:
    await (await records.open()).close()
    assert records.turns.heard.empty()
    place(folder / "another", bytes(range(256)) * 64)
    told: list[bool] = []
    callbacks = Callbacks(on_health=told.append)
    record = Record(folder / "another", timing=QUICK, callbacks=callbacks)
    assert (await record.open()).fault is RecordFault.CORRUPT
    assert told == []
    await record.close()


async def test_the_newest_time_and_what_is_written_are_called_back(
    folder: Path, at: datetime
) -> None:
    told: list[object] = []
    callbacks = Callbacks(
        on_newest=told.append, on_written=lambda: told.append("written")
    )
    record = await Record(folder, timing=QUICK, callbacks=callbacks).open()
    record.add_log(identity(HUB))
    assert told == [None]
    await record.log(HUB).append(plain("x"), at=at)
    await record.close()
    assert told == [None, at, "written"]
