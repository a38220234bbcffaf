"""Erasing what is old: the words are gone from the disk, the proofs of all else stay."""

import asyncio
from base64 import urlsafe_b64encode
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
import sqlite3

import pytest

from custom_components.latchstring.core.canonical import rfc3339
from custom_components.latchstring.core.entries import Actor, ActorKind, ClockConfirmed
from custom_components.latchstring.core.entries.entry_bytes import OneTimeId
from custom_components.latchstring.record import HOUSEHOLD, AssertionReplayed, Record
from custom_components.latchstring.record.erase import CHUNK

from .conftest import Records
from .entries import (
    AGENCY,
    CASE,
    HUB,
    NAME,
    allowed,
    ended,
    plain,
    started,
    turned,
    watched,
)

HOUR = timedelta(hours=1)
LATER = timedelta(days=400)
SYSTEM = Actor(kind=ActorKind.SYSTEM)
OLAF = Actor(kind=ActorKind.USER, user_id="u2", name="Olaf")

TELLING = (NAME, AGENCY, CASE, "Anna", "peony")


async def fill(record: Record, at: datetime, count: int, *, first: int = 0) -> None:
    """Let somebody watch so many times, an hour apart."""
    written = []
    for number in range(first, first + count):
        session, when = f"s-{number}", at + number * HOUR
        written.append(
            record.submit_many(
                [(HUB, watched(session)), (HOUSEHOLD, allowed(HUB, session))], at=when
            )
        )
        written.append(
            record.submit_many(
                [(HUB, ended(session)), (HOUSEHOLD, turned(on=True))], at=when
            )
        )
    await asyncio.gather(*written)


def on_disk(folder: Path) -> str:
    """Give every byte of every file, and what base64 in it says."""
    return "".join(
        path.read_bytes().decode("latin-1") for path in sorted(folder.iterdir())
    )


def encoded(text: str) -> list[str]:
    """Give how a text looks inside of base64, wherever it begins there."""
    return [
        urlsafe_b64encode(b"x" * shift + text.encode())
        .decode()
        .rstrip("=")[first_of_its_own:-1]
        for shift, first_of_its_own in enumerate((0, 2, 3))
    ]


async def erase(record: Record, *, before: datetime) -> None:
    for log in (HUB, HOUSEHOLD):
        await record.log(log).erase(before=before, actor=OLAF, at=before)
    assert await record.truncate_wal()


async def test_after_erasing_neither_the_file_nor_its_log_holds_a_word(
    record: Record, folder: Path, at: datetime
) -> None:
    await fill(record, at, 300)
    before = on_disk(folder)
    assert [word for word in TELLING if word not in before] == []
    assert [word for word in encoded(NAME) if word in before] != []

    await erase(record, before=at + LATER)

    after = on_disk(folder)
    assert [word for word in (*TELLING, *encoded(NAME)) if word in after] == []
    with closing(sqlite3.connect(folder / "record.db")) as file:
        kept = file.execute("SELECT count(leaf), count(salt) FROM entries").fetchone()
    assert kept == (1202, 2)  # what was there and that it was erased, of two logs


async def test_what_is_younger_can_be_read_and_proven_as_before(
    record: Record, at: datetime
) -> None:
    await fill(record, at, 4)
    old = await record.log(HUB).prove(5, at=at)
    head = await record.log(HUB).prove_head(from_size=3)

    await erase(record, before=at + 2 * HOUR)

    assert await record.log(HUB).prove(5, at=at) == old
    assert await record.log(HUB).prove_head(from_size=3) == head
    for gone in range(4):
        with pytest.raises(LookupError):
            await record.log(HUB).prove(gone, at=at)
    entries = await record.log(HUB).entries(newest_first=False)
    assert [each.erased for each in entries] == [True] * 4 + [False] * 4
    assert [each.content for each in entries[:4]] == [{}] * 4
    assert entries[0].kind == "session_started"
    assert entries[0].at == at
    assert len(record.reader.entries(None, {"viewer": NAME, "limit": 99})) == 6


async def test_what_was_used_once_stays_used(record: Record, at: datetime) -> None:
    await fill(record, at, 2)
    await erase(record, before=at + LATER)
    assert await record.log(HUB).is_used(OneTimeId.ASSERTION, "j-s-0")
    with pytest.raises(AssertionReplayed):
        await record.log(HUB).append(watched("s-0"), at=at + LATER)


async def test_nothing_goes_from_the_first_session_on_that_has_not_ended(
    record: Record, at: datetime
) -> None:
    await fill(record, at, 2)
    await record.log(HUB).append(watched("s-open"), at=at + 2 * HOUR)
    await record.log(HUB).append(started("s-after"), at=at + 3 * HOUR)
    await record.log(HUB).append(ended("s-after"), at=at + 3 * HOUR)

    (gone,) = await record.log(HUB).erase(
        before=at + LATER, actor=SYSTEM, at=at + LATER
    )

    assert (gone.start, gone.end) == (0, 4)
    (open_session,) = await record.log(HUB).open_sessions()
    assert open_session.so_far.session == "s-open"


async def test_only_a_beginning_goes_also_where_the_clock_went_back(
    record: Record, at: datetime
) -> None:
    for hours in (0, 5, 1, 6):
        await record.log(HUB).append(plain("x"), at=at + hours * HOUR)
    (gone,) = await record.log(HUB).erase(
        before=at + 2 * HOUR, actor=SYSTEM, at=at + LATER
    )
    assert (gone.start, gone.end) == (0, 1)


async def test_that_and_by_whom_something_was_erased_is_recorded_once(
    record: Record, at: datetime
) -> None:
    await fill(record, at, 3)
    before = at + 2 * HOUR
    for _ in range(2):
        await record.log(HUB).erase(before=before, actor=OLAF, at=at + LATER)
    (entry,) = record.reader.entries(None, {"kinds": ("erased",)})
    assert entry.content == {
        "kind": "erased",
        "at": rfc3339(at + LATER),
        "log": HUB,
        "epoch": 0,
        "entries": 4,
        "before": rfc3339(before),
        "actor": {"kind": "user", "user_id": "u2", "name": "Olaf"},
    }


async def test_telling_of_an_erasing_is_no_reason_for_the_next(
    record: Record, at: datetime
) -> None:
    await fill(record, at, 1)
    await record.log(HOUSEHOLD).erase(before=at + LATER, actor=SYSTEM, at=at + LATER)
    even_later = at + 2 * LATER
    assert (
        await record.log(HOUSEHOLD).erase(
            before=even_later, actor=SYSTEM, at=even_later
        )
        == []
    )


async def test_others_write_while_much_is_erased(record: Record, at: datetime) -> None:
    await fill(record, at, 6 * CHUNK)
    erasing = asyncio.create_task(
        record.log(HUB).erase(before=at + LATER, actor=SYSTEM, at=at + LATER)
    )
    await record.log(HUB).append(plain("meanwhile"), at=at + LATER)
    assert not erasing.done()
    (gone,) = await erasing
    assert gone.end == 12 * CHUNK


async def test_a_reader_delays_that_the_words_are_gone_and_nothing_else(
    record: Record, folder: Path, at: datetime
) -> None:
    await fill(record, at, 3)
    with record.reader.connection() as held:
        held.execute("BEGIN")
        held.execute("SELECT count(*) FROM entries").fetchone()
        for log in (HUB, HOUSEHOLD):
            await record.log(log).erase(before=at + LATER, actor=SYSTEM, at=at + LATER)
        assert not await record.truncate_wal()
        assert record.writable
    assert await record.truncate_wal()
    assert NAME not in on_disk(folder)


async def test_a_copy_made_piece_by_piece_while_much_is_written_is_whole(
    record: Record, folder: Path, tmp_path: Path, at: datetime
) -> None:
    await fill(record, at, 50)
    copy = tmp_path / "copy"
    copy.mkdir()

    await record.suspend_wal_checkpoints(suspended=True)
    assert not await record.truncate_wal()
    for name, first in (("record.db", 50), ("record.db-wal", 250)):
        (copy / name).write_bytes((folder / name).read_bytes())
        await fill(record, at, 200, first=first)
    await record.suspend_wal_checkpoints(suspended=False)

    assert await record.truncate_wal()
    with closing(sqlite3.connect(copy / "record.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.execute("SELECT count(*) FROM entries").fetchone() == (
            1000,
        )  # all there was when the last piece was copied


async def test_what_a_wrong_clock_has_dated_is_as_old_as_what_came_after_it(
    records: Records, at: datetime
) -> None:
    record = await records.open()
    await record.log(HUB).append(plain("before"), at=at)
    await record.log(HUB).append(plain("years ahead"), at=at + timedelta(days=3650))
    said = ClockConfirmed(actor=OLAF, newest=at + timedelta(days=3650))
    await record.log(HOUSEHOLD).begin_time_anew(said, at=at + HOUR)
    await record.log(HUB).append(plain("after"), at=at + 2 * HOUR)

    early = await record.log(HUB).erase(before=at + HOUR, actor=SYSTEM, at=at + LATER)
    late = await record.log(HUB).erase(
        before=at + 3 * HOUR, actor=SYSTEM, at=at + LATER
    )

    assert [(each.start, each.end) for each in early] == [(0, 1)]
    assert [(each.start, each.end) for each in late] == [(1, 3)]
