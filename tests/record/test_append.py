"""What is written, in what order, and what is refused."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
import stat
import threading

import pytest

from custom_components.latchstring.core.clock import Moment
from custom_components.latchstring.core.entries import Entry, OptionsChanged
from custom_components.latchstring.core.entries.entry_bytes import OneTimeId
from custom_components.latchstring.record import (
    HOUSEHOLD,
    AssertionReplayed,
    LogMismatch,
    Record,
    RecordFault,
    RecordUnwritable,
    SessionDuplicate,
)

from .conftest import Records
from .entries import (
    ANNA,
    HUB,
    OTHER_HUB,
    ended,
    identity,
    plain,
    requested,
    started,
    turned,
)


async def test_an_entry_is_on_disk_once_append_returns(
    record: Record, records: Records, at: datetime
) -> None:
    appended = await record.log(HUB).append(started("s-1"), at=at)
    second = await records.open()
    stored = second.reader.get(appended.id)
    assert stored is not None
    assert (stored.index, stored.at, stored.content["session"]) == (0, at, "s-1")


async def test_entries_stand_in_the_order_they_were_submitted(
    record: Record, at: datetime
) -> None:
    futures = [record.log(HUB).submit(plain(str(n)), at=at) for n in range(1000)]
    appended = await asyncio.gather(*futures)
    assert [each.index for each in appended] == list(range(1000))
    assert [each.size for each in appended] == list(range(1, 1001))
    stored = await record.log(HUB).entries(newest_first=False, limit=1000)
    assert [entry.content["hub_id"] for entry in stored] == [
        str(n) for n in range(1000)
    ]


async def test_an_index_continues_after_a_restart(
    records: Records, at: datetime
) -> None:
    first = await records.open()
    await first.log(HUB).append(plain("before"), at=at)
    await first.close()
    second = await records.open()
    assert (await second.log(HUB).append(plain("after"), at=at)).index == 1


async def test_each_log_counts_for_itself(record: Record, at: datetime) -> None:
    await record.log(HUB).append(plain("hub"), at=at)
    assert (await record.log(HOUSEHOLD).append(turned(on=True), at=at)).index == 0


async def test_a_replayed_assertion_is_refused_and_its_batch_is_not(
    record: Record, at: datetime
) -> None:
    await record.log(HUB).append(started("s-1", jti="j"), at=at)
    outcomes = await asyncio.gather(
        record.log(HUB).submit(plain("before"), at=at),
        record.log(HUB).submit(started("s-2", jti="j"), at=at),
        record.log(HUB).submit(plain("after"), at=at),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], AssertionReplayed)
    assert [entry.kind for entry in await record.log(HUB).entries()] == [
        "unpaired",
        "unpaired",
        "session_started",
    ]
    assert record.writable


async def test_an_assertion_stays_used_after_a_restart(
    records: Records, at: datetime
) -> None:
    first = await records.open()
    await first.log(HUB).append(started("s-1", jti="j"), at=at)
    await first.log(HUB).append(ended("s-1"), at=at)
    await first.close()
    second = await records.open()
    with pytest.raises(AssertionReplayed):
        await second.log(HUB).append(requested("r-1", jti="j"), at=at)


async def test_a_session_or_request_is_named_once_for_ever(
    record: Record, at: datetime
) -> None:
    await record.log(HUB).append(started("s-1"), at=at)
    await record.log(HUB).append(ended("s-1"), at=at)
    with pytest.raises(SessionDuplicate):
        await record.log(HUB).append(started("s-1", jti="fresh"), at=at)
    await record.log(HUB).append(requested("r-1", jti="j-1"), at=at)
    with pytest.raises(SessionDuplicate):
        await record.log(HUB).append(requested("r-1", jti="j-2"), at=at)


async def test_what_was_refused_spends_nothing(record: Record, at: datetime) -> None:
    await record.log(HUB).append(started("s-1"), at=at)
    with pytest.raises(SessionDuplicate):
        await record.log(HUB).append(started("s-1", jti="fresh"), at=at)
    await record.log(HUB).append(started("s-2", jti="fresh"), at=at)


async def test_two_hubs_may_use_the_same_ids(record: Record, at: datetime) -> None:
    record.add_log(identity(OTHER_HUB))
    await record.log(HUB).append(started("s-1", jti="j"), at=at)
    await record.log(OTHER_HUB).append(started("s-1", jti="j"), at=at)


async def test_the_record_knows_what_a_hub_has_used(
    record: Record, at: datetime
) -> None:
    assert not await record.log(HUB).is_used(OneTimeId.SESSION, "s-1")
    await record.log(HUB).append(started("s-1"), at=at)
    assert await record.log(HUB).is_used(OneTimeId.SESSION, "s-1")
    assert not await record.log(HUB).is_used(OneTimeId.REQUEST, "s-1")
    assert not await record.log(OTHER_HUB).is_used(OneTimeId.SESSION, "s-1")


async def test_entries_submitted_together_are_written_together_or_not_at_all(
    record: Record, at: datetime
) -> None:
    both: list[tuple[str, Entry]] = [
        (HUB, started("s-1")),
        (HOUSEHOLD, turned(on=True)),
    ]
    hub, household = await record.submit_many(both, at=at)
    assert (hub.index, household.index) == (0, 0)
    again: list[tuple[str, Entry]] = [
        (HOUSEHOLD, turned(on=False)),
        (HUB, started("s-1", jti="fresh")),
    ]
    with pytest.raises(SessionDuplicate):
        await record.submit_many(again, at=at)
    assert len(await record.log(HOUSEHOLD).entries()) == 1


async def test_a_log_goes_on_under_its_own_key_and_origin_only(
    records: Records, at: datetime
) -> None:
    record = await records.open()
    await record.log(HUB).append(plain("mine"), at=at)
    record.add_log(identity(HUB, seed="other"))
    with pytest.raises(LogMismatch):
        await record.log(HUB).append(plain("not mine"), at=at)
    record.add_log(identity(HUB))
    assert (await record.log(HUB).append(plain("mine"), at=at)).index == 1


async def test_an_entry_that_cannot_be_written_down_is_refused_at_once(
    record: Record, at: datetime
) -> None:
    entry = OptionsChanged(actor=ANNA, hub=HUB, options={"too large": 2**53})
    with pytest.raises(ValueError):  # noqa: PT011 - the caller learns no more than that
        record.log(HOUSEHOLD).submit(entry, at=at)
    with pytest.raises(ValueError):  # noqa: PT011 - a time without a zone is no time
        record.log(HUB).submit(plain("x"), at=at.replace(tzinfo=None))
    assert record.reader.entries(None, {}) == []


async def test_a_caller_who_gives_up_does_not_take_the_entry_back(
    record: Record, at: datetime
) -> None:
    record.log(HUB).submit(plain("given up"), at=at).cancel()
    await record.log(HUB).append(plain("after"), at=at)
    assert [entry.content["hub_id"] for entry in await record.log(HUB).entries()] == [
        "after",
        "given up",
    ]


async def test_closing_writes_all_that_was_submitted(
    records: Records, at: datetime
) -> None:
    record = await records.open()
    futures = [record.log(HUB).submit(plain(str(n)), at=at) for n in range(600)]
    await record.close()
    assert [(await future).index for future in futures] == list(range(600))


async def test_a_closed_record_takes_nothing_and_leaves_no_thread(
    records: Records, at: datetime
) -> None:
    before = threading.active_count()
    record = await records.open()
    await record.close()
    assert (record.writable, record.fault) == (False, RecordFault.CLOSED)
    with pytest.raises(RecordUnwritable):
        await record.log(HUB).append(plain("late"), at=at)
    assert "latchstring record" not in {each.name for each in threading.enumerate()}
    assert threading.active_count() <= before + 1  # the one that waited for its end


async def test_the_latest_time_is_that_of_any_log(
    records: Records, at: datetime
) -> None:
    record = await records.open()
    assert record.last_entry_at is None
    await record.log(HOUSEHOLD).append(turned(on=True), at=at)
    await record.log(HUB).append(plain("earlier"), at=at - timedelta(days=1))
    assert record.last_entry_at == at
    await record.close()
    assert (await records.open()).last_entry_at == at


def modes(folder: Path) -> dict[str, int]:
    paths = (folder, *folder.iterdir())
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in paths}


def let_others_read(folder: Path) -> None:
    folder.chmod(0o755)
    (folder / "record.db").chmod(0o644)


CLOSED = {
    "latchstring": 0o700,
    "record.db": 0o600,
    "record.db-wal": 0o600,
    "record.db-shm": 0o600,
}


async def test_nobody_else_can_read_folder_or_file(
    record: Record, folder: Path, at: datetime
) -> None:
    await record.log(HUB).append(plain("x"), at=at)
    assert modes(folder) == CLOSED


async def test_what_others_were_let_read_is_closed_to_them_again(
    records: Records, folder: Path
) -> None:
    await (await records.open()).close()
    let_others_read(folder)
    await records.open()
    assert modes(folder) == CLOSED


async def test_what_a_clock_that_is_not_believed_dates_is_no_newest_entry(
    records: Records, at: datetime
) -> None:
    later = at + timedelta(hours=1)
    doubted = Moment(at=later, is_believed=False)
    record = await records.open(
        reckon=lambda told: Moment(at=at) if told == at else doubted
    )
    await record.log(HUB).append(plain("believed"), at=at)

    await record.log(HUB).append(plain("reckoned"), at=at + timedelta(days=3650))

    assert {each.at for each in await record.log(HUB).entries()} == {at, later}
    assert record.last_entry_at == at
    await record.close()
    assert (await records.open()).last_entry_at == at


async def test_a_time_that_begins_anew_leaves_what_came_before_behind(
    records: Records, at: datetime
) -> None:
    record = await records.open()
    await record.log(HUB).append(plain("years ahead"), at=at + timedelta(days=3650))

    await record.log(HUB).begin_time_anew(plain("right"), at=at)

    assert record.last_entry_at == at
    await record.close()
    assert (await records.open()).last_entry_at == at
