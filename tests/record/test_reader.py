"""Reading the record, and what a restart finds of sessions."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
import sqlite3
from typing import override

import pytest

from custom_components.latchstring.core.entries import Entry
from custom_components.latchstring.record import (
    HOUSEHOLD,
    Record,
    RecordFault,
    RecordUnreadable,
    StoredEntry,
    entry_id,
)
from custom_components.latchstring.record.query import Filters
from custom_components.latchstring.record.reader import RecordReader

from .conftest import QUICK, Records
from .entries import (
    AGENCY,
    CASE,
    HUB,
    OTHER_HUB,
    allowed,
    ended,
    identity,
    plain,
    started,
    turned,
    watched,
)
from .keeping import PATIENCE

HOUR = timedelta(hours=1)


@pytest.fixture
async def filled(record: Record, at: datetime) -> Record:
    """Eight entries, an hour apart, over three logs."""
    record.add_log(identity(OTHER_HUB))
    entries: list[tuple[str, Entry]] = [
        (HUB, started("s-1")),
        (HOUSEHOLD, turned(on=True)),
        (HUB, started("s-2", camera="cam-2")),
        (OTHER_HUB, started("s-3")),
        (HUB, ended("s-1")),
        (HOUSEHOLD, turned(on=False)),
        (OTHER_HUB, ended("s-3")),
        (HUB, ended("s-2")),
    ]
    for number, (log, entry) in enumerate(entries):
        await record.log(log).append(entry, at=at + number * HOUR)
    return record


def places(entries: list[StoredEntry], at: datetime) -> list[int]:
    return [(entry.at - at) // HOUR for entry in entries]


async def test_the_newest_entries_of_all_logs_come_first(
    filled: Record, at: datetime
) -> None:
    assert places(filled.reader.entries(None, {}), at) == [7, 6, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("log", "filters", "expected"),
    [
        (HUB, {}, [7, 4, 2, 0]),
        (HOUSEHOLD, {}, [5, 1]),
        ("a log that is not there", {}, []),
        (None, {"kinds": ("session_started",)}, [3, 2, 0]),
        (None, {"kinds": ("session_started", "switch_turned")}, [5, 3, 2, 1, 0]),
        (None, {"kinds": ()}, []),
        (None, {"cameras": ("cam-2",)}, [7, 2]),
        (None, {"cameras": ("cam-1",)}, [6, 5, 4, 3, 1, 0]),
        (HUB, {"cameras": ("cam-1",)}, [4, 0]),
        (None, {"session": "s-1"}, [4, 0]),
        (None, {"limit": 3}, [7, 6, 5]),
        (None, {"newest_first": False, "limit": 3}, [0, 1, 2]),
        (HUB, {"before": f"{HUB}:0:2"}, [2, 0]),
        (None, {"before": f"{HOUSEHOLD}:0:1"}, [4, 3, 2, 1, 0]),
        (None, {"after": f"{HOUSEHOLD}:0:1", "newest_first": False}, [6, 7]),
        (None, {"before": f"{HUB}:0:99"}, []),
    ],
)
async def test_filters_keep_what_they_name(
    filled: Record, at: datetime, log: str | None, filters: Filters, expected: list[int]
) -> None:
    assert places(filled.reader.entries(log, filters), at) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"viewer": "Officer Marigold"}, [8, 6, 5, 4, 1, 0]),
        ({"viewer": "officer marigold", "kinds": ("session_ended",)}, [8, 4]),
        ({"viewer": "Officer Lupin"}, [3, 2]),
        ({"agency": AGENCY, "kinds": ("session_started",)}, [5, 2, 0]),
        ({"case": CASE, "cameras": ("peony-cam",), "limit": 2}, [8, 6]),
        ({"hub": HUB}, [7, 4, 3, 2, 1, 0]),
        ({"hub": OTHER_HUB}, [8, 6, 5]),
        ({"hub": HUB, "kinds": ("session_allowed",)}, [1]),
        ({"hub": "a hub that is not there"}, []),
    ],
)
async def test_all_of_a_session_is_found_by_whom_it_was_asked_for(
    record: Record, at: datetime, filters: Filters, expected: list[int]
) -> None:
    record.add_log(identity(OTHER_HUB))
    entries: list[tuple[str, Entry]] = [
        (HUB, watched("s-1")),
        (HOUSEHOLD, allowed(HUB, "s-1")),
        (HUB, watched("s-2", name="Officer Lupin")),
        (HUB, ended("s-2")),
        (HUB, ended("s-1")),
        # Another hub may use the same ids.
        (OTHER_HUB, watched("s-1")),
        (HOUSEHOLD, allowed(OTHER_HUB, "s-1")),
        (HOUSEHOLD, turned(on=True)),
        (OTHER_HUB, ended("s-1")),
    ]
    for number, (log, entry) in enumerate(entries):
        await record.log(log).append(entry, at=at + number * HOUR)
    assert places(record.reader.entries(None, filters), at) == expected


async def test_what_was_written_since_is_read_in_that_order(
    filled: Record, at: datetime
) -> None:
    place = await asyncio.to_thread(filled.reader.newest)
    assert filled.reader.entries_after(place, {}) == ([], place)
    await filled.log(HUB).append(watched("s-8"), at=at + 9 * HOUR)
    await filled.log(HUB).append(watched("s-9"), at=at - 9 * HOUR)
    both, end = filled.reader.entries_after(place, {})
    assert (places(both, at), end) == ([9, -9], place + 2)
    first, after = filled.reader.entries_after(place, {"limit": 1})
    assert (places(first, at), after) == ([9], place + 1)
    assert filled.reader.entries_after(place, {"kinds": ()}) == ([], end)


async def test_a_range_of_time_holds_its_start_and_not_its_end(
    filled: Record, at: datetime
) -> None:
    found = filled.reader.entries(
        None, {"since": at + 2 * HOUR, "until": at + 5 * HOUR}
    )
    assert places(found, at) == [4, 3, 2]


async def test_pages_join_without_gap_or_overlap(filled: Record, at: datetime) -> None:
    page = filled.reader.entries(None, {"limit": 3})
    found = list(page)
    while page:
        page = filled.reader.entries(None, {"limit": 3, "before": page[-1].id})
        found += page
    assert places(found, at) == [7, 6, 5, 4, 3, 2, 1, 0]


async def test_an_entry_is_found_by_the_id_it_was_given(
    record: Record, at: datetime
) -> None:
    appended = await record.log(HUB).append(started("s-1"), at=at)
    entry = record.reader.get(appended.id)
    assert entry is not None
    assert (entry.id, entry.log, entry.kind) == (appended.id, HUB, "session_started")
    assert entry.content["at"] == "2026-11-21T18:04:05.123Z"
    assert record.reader.get(entry_id(HUB, 0, 1)) is None


async def test_a_worker_thread_reads_without_the_loop(
    record: Record, at: datetime
) -> None:
    appended = await record.log(HUB).append(started("s-1"), at=at)
    read = await asyncio.get_running_loop().run_in_executor(
        None, record.reader.get, appended.id
    )
    assert read == record.reader.get(appended.id)


async def test_sessions_without_an_end_are_found_after_a_restart(
    records: Records, at: datetime
) -> None:
    record = await records.open()
    for session in ("s-1", "s-2", "s-3"):
        await record.log(HUB).append(started(session), at=at)
    so_far = ended("s-2", sent=9000, fragments=7)
    await record.log(HUB).save_progress(so_far, at=at + HOUR)
    await record.log(HUB).append(ended("s-1"), at=at)
    await record.close()
    unended, watched = reversed(await (await records.open()).log(HUB).open_sessions())
    assert (watched.index, watched.at, watched.so_far) == (1, at + HOUR, so_far)
    assert (unended.index, unended.at, unended.so_far) == (2, at, ended("s-3"))


async def test_a_session_ended_as_it_was_saved_is_open_no_longer(
    record: Record, at: datetime
) -> None:
    await record.log(HUB).append(started("s-1"), at=at)
    await record.log(HUB).save_progress(ended("s-1", sent=10), at=at)
    (session,) = await record.log(HUB).open_sessions()
    await record.log(HUB).append(session.so_far, at=at)
    assert await record.log(HUB).open_sessions() == []
    (end,) = await record.log(HUB).entries(kinds=("session_ended",))
    assert end.content["bytes"] == 10


async def test_progress_that_comes_after_the_end_opens_nothing(
    record: Record, at: datetime
) -> None:
    await record.log(HUB).append(started("s-1"), at=at)
    await record.log(HUB).append(ended("s-1"), at=at)
    await record.log(HUB).save_progress(ended("s-1", sent=10), at=at)
    assert await record.log(HUB).open_sessions() == []


async def test_progress_is_no_entry(record: Record, at: datetime) -> None:
    await record.log(HUB).append(started("s-1"), at=at)
    before = await record.log(HUB).prove_head(from_size=1)
    await record.log(HUB).save_progress(ended("s-1", sent=10), at=at)
    assert await record.log(HUB).prove_head(from_size=1) == before


async def test_a_read_that_takes_its_time_delays_no_start(
    record: Record, at: datetime
) -> None:
    await record.log(HUB).append(plain("first"), at=at)
    with record.reader.connection() as held:
        held.execute("BEGIN")
        assert held.execute("SELECT count(*) FROM entries").fetchone() == (1,)
        appended = await record.log(HUB).append(started("s-1"), at=at)
        await record.log(HUB).prove(appended.index, at=at)
        assert held.execute("SELECT count(*) FROM entries").fetchone() == (1,)


async def test_what_is_not_there_cannot_be_read(records: Records, folder: Path) -> None:
    folder.write_text("no folder")  # noqa: ASYNC240 - it is over before anything waits
    record = await records.open()
    with pytest.raises(RecordUnreadable) as refused:
        record.reader.entries(None, {})
    assert refused.value.fault in RecordFault


class Overtaken(RecordReader):
    """Something is written before each of its queries."""

    def __init__(self, path: Path, write: Callable[[], object]) -> None:
        super().__init__(path, QUICK.patience)
        self._write = write

    @override
    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        with super().connection() as connection:
            connection.set_trace_callback(
                lambda query: query.startswith("SELECT entries.at") and self._write()
            )
            yield connection


async def test_a_page_is_of_one_moment(
    record: Record, folder: Path, at: datetime
) -> None:
    """It is put together of many queries; of what is written meanwhile no later part comes without the earlier."""
    loop = asyncio.get_running_loop()
    written = [at]

    async def append() -> None:
        log, entry = (
            (HUB, plain("x")) if len(written) % 2 else (HOUSEHOLD, turned(on=True))
        )
        await record.log(log).append(entry, at=written[-1])
        written.append(written[-1] + timedelta(milliseconds=1))

    await append()
    reader = Overtaken(
        folder / "record.db",
        lambda: asyncio.run_coroutine_threadsafe(append(), loop).result(PATIENCE),
    )
    found = await asyncio.to_thread(reader.entries, None, {"hub": HUB})
    assert [each.at for each in found] == written[: len(found)][::-1]
    assert len(written) > len(found) > 0
