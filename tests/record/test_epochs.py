"""A log that begins anew under another key: what it was before stays, and stays in order."""

import asyncio
from contextlib import closing
from datetime import datetime
from pathlib import Path
import sqlite3

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from custom_components.latchstring.core.entries import EpochCause
from custom_components.latchstring.core.entries.entry_bytes import OneTimeId
from custom_components.latchstring.core.signatures.note import verify_checkpoint
from custom_components.latchstring.record import (
    HOUSEHOLD,
    AssertionReplayed,
    EpochClosed,
    ForeignHead,
    Gap,
    Head,
    LogMismatch,
    Record,
    RecordFault,
    RecordUnwritable,
    SessionDuplicate,
)
from tests.reference_hub.note import cosign

from .conftest import Records
from .entries import HUB, OTHER_HUB, ended, identity, plain, started, turned
from .gaps import gaps
from .harm import remove

WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
async def two_epochs(record: Record, at: datetime) -> Record:
    """Two entries in each of two epochs, and another hub's between them."""
    record.add_log(identity(OTHER_HUB))
    await record.log(HUB).append(started("s-1"), at=at)
    await record.log(HUB).append(plain("before"), at=at)
    await record.log(OTHER_HUB).append(plain("other"), at=at)
    record.add_log(identity(HUB, epoch=1))
    await record.log(HUB).append(started("s-2"), at=at)
    return record


async def test_a_log_is_read_over_all_its_epochs_in_order(two_epochs: Record) -> None:
    found = await two_epochs.log(HUB).entries()
    assert [entry.id for entry in found] == [
        f"{HUB}:1:1",
        f"{HUB}:1:0",
        f"{HUB}:0:1",
        f"{HUB}:0:0",
    ]
    assert [(entry.epoch, entry.index) for entry in found] == [
        (1, 1),
        (1, 0),
        (0, 1),
        (0, 0),
    ]
    assert await two_epochs.log(HUB).entries(kinds=("session_started",)) == found[::3]
    assert await two_epochs.log(HUB).entries(after=f"{HUB}:0:1") == found[:2]
    assert await two_epochs.log(HUB).entries(before=f"{HUB}:1:0") == found[2:]
    assert [two_epochs.reader.get(entry.id) for entry in found] == found


async def test_what_was_used_once_stays_used_in_the_next_epoch(
    two_epochs: Record, at: datetime
) -> None:
    assert await two_epochs.log(HUB).is_used(OneTimeId.SESSION, "s-1")
    with pytest.raises(SessionDuplicate):
        await two_epochs.log(HUB).append(started("s-1", jti="fresh"), at=at)
    with pytest.raises(AssertionReplayed):
        await two_epochs.log(HUB).append(started("s-3", jti="jti-of-s-1"), at=at)


async def test_a_session_that_began_in_one_epoch_ends_in_the_next(
    two_epochs: Record, at: datetime
) -> None:
    first, second = await two_epochs.log(HUB).open_sessions()
    assert (first.epoch, first.index, second.epoch, second.index) == (0, 0, 1, 1)
    so_far = ended("s-1", sent=9)
    await two_epochs.log(HUB).save_progress(so_far, at=at)
    assert (await two_epochs.log(HUB).open_sessions())[0].so_far == so_far
    await two_epochs.log(HUB).append(so_far, at=at)
    assert await two_epochs.log(HUB).open_sessions() == [second]


async def test_an_epoch_that_is_over_takes_no_entry(
    two_epochs: Record, at: datetime
) -> None:
    two_epochs.add_log(identity(HUB))
    with pytest.raises(LogMismatch):
        await two_epochs.log(HUB).append(plain("late"), at=at)


async def test_each_epoch_is_a_tree_of_its_own(
    two_epochs: Record, at: datetime
) -> None:
    head = await two_epochs.log(HUB).prove_head(from_size=1)
    assert head.size == 2
    assert head.checkpoint.startswith(f"{identity(HUB, epoch=1).origin}\n2\n")
    two_epochs.add_log(identity(HUB))
    old = await two_epochs.log(HUB).prove(0, at=at)
    assert old.checkpoint.startswith(f"{identity(HUB).origin}\n2\n")


async def kept(record: Record, log: str = HUB) -> list[tuple[str, str]]:
    found = await record.log(log).entries(newest_first=False)
    return [(entry.id, entry.kind) for entry in found]


def drop(folder: Path, *, after: int, also: str = "") -> None:
    """Delete the last rows of the hub's log by hand, as a tool outside could."""
    with closing(sqlite3.connect(folder / "record.db")) as file, file:
        file.execute(
            "DELETE FROM entries WHERE idx > ?"
            " AND log_id = (SELECT id FROM logs WHERE log = ?)",
            (after, HUB),
        )
        file.executescript(also)


async def five_entries(records: Records, at: datetime) -> tuple[Head, ...]:
    record = await records.open()
    for number in range(5):
        await record.log(HUB).append(plain(str(number)), at=at)
    await record.log(HOUSEHOLD).append(turned(on=True), at=at)
    heads = await record.heads()
    await record.close()
    return heads


async def test_the_next_epoch_begins_with_the_head_of_the_last(
    record: Record, at: datetime
) -> None:
    for number in range(3):
        await record.log(HUB).append(plain(str(number)), at=at)
    old = await record.log(HUB).prove_head(from_size=3)
    head = await record.log(HUB).close_epoch(EpochCause.RESTORED)
    assert record.log(HUB).is_closed
    assert not record.log(HUB).is_rolled_back
    with pytest.raises(EpochClosed):
        await record.log(HUB).append(plain("late"), at=at)

    record.add_log(identity(HUB, epoch=1))
    assert not record.log(HUB).is_closed
    appended = await record.log(HUB).append(plain("after"), at=at)

    assert (appended.id, appended.index, appended.size) == (f"{HUB}:1:1", 1, 2)
    first = record.reader.get(f"{HUB}:1:0")
    assert first is not None
    shown = verify_checkpoint(
        old.checkpoint,
        origin=identity(HUB).origin,
        key=identity(HUB).key.public_key(),
    )
    assert (head.epoch, head.size, head.root) == (0, 3, shown.root)
    assert first.content == {
        "kind": "epoch_begun",
        "at": "2026-11-21T18:04:05.123Z",
        "cause": "restored",
        "origin": shown.origin,
        "size": 3,
        "root": shown.root.hex(),
        "known_size": 3,
    }
    assert gaps(record, HUB) == []


async def test_the_last_checkpoint_of_an_epoch_is_signed_by_its_own_key(
    record: Record, folder: Path, at: datetime
) -> None:
    await record.log(HUB).append(plain("0"), at=at)
    head = await record.log(HUB).close_epoch(EpochCause.RESTORED)
    with closing(sqlite3.connect(folder / "record.db")) as file:
        (closing_note,) = file.execute("SELECT closing FROM logs").fetchone()
    last = verify_checkpoint(
        closing_note, origin=head.origin, key=identity(HUB).key.public_key()
    )
    assert (last.size, last.root) == (1, head.root)


async def test_an_epoch_can_begin_by_itself(record: Record, at: datetime) -> None:
    await record.log(HOUSEHOLD).append(turned(on=True), at=at)
    await record.log(HOUSEHOLD).close_epoch(EpochCause.RESTORED)
    record.add_log(identity(HOUSEHOLD, epoch=1))
    await record.log(HOUSEHOLD).begin_epoch(at=at)
    await record.log(HOUSEHOLD).begin_epoch(at=at)
    assert await kept(record, HOUSEHOLD) == [
        (f"{HOUSEHOLD}:0:0", "switch_turned"),
        (f"{HOUSEHOLD}:1:0", "epoch_begun"),
    ]


@pytest.mark.parametrize(
    ("remembered", "also", "missing"),
    [
        (True, "", (3, 4)),
        (True, "DELETE FROM nodes", (3, 4)),
        (False, "", (3, 3)),
        (
            False,
            "DELETE FROM nodes; INSERT INTO cosignatures VALUES (1, 5, '', 0)",
            (3, 4),
        ),
    ],
    ids=["head", "head alone", "nodes", "cosignature"],
)
async def test_a_dropped_tail_is_a_gap_and_nothing_is_added_behind_it(
    records: Records,
    folder: Path,
    at: datetime,
    *,
    remembered: bool,
    also: str,
    missing: tuple[int, int],
) -> None:
    """Four things tell of it: the head that was kept, the tree's own nodes, and the hub's name under a later tree."""
    heads = await five_entries(records, at)
    await asyncio.to_thread(drop, folder, after=2, also=also)

    record = await records.open(known=heads if remembered else ())

    assert record.writable
    assert record.log(HUB).is_rolled_back
    assert not record.log(HOUSEHOLD).is_closed
    with pytest.raises(EpochClosed):
        await record.log(HUB).append(plain("behind it"), at=at)
    first, last = missing
    assert gaps(record, HUB) == [Gap(log=HUB, epoch=0, first=first, last=last)]
    head = await record.log(HUB).close_epoch(EpochCause.RESTORED)
    record.add_log(identity(HUB, epoch=1))
    await record.log(HUB).append(plain("anew"), at=at)
    begun = record.reader.get(f"{HUB}:1:0")
    assert begun is not None
    assert begun.content["cause"] == "shortened"
    assert (begun.content["size"], begun.content["known_size"]) == (3, last + 1)
    assert head.size == 3
    assert gaps(record, HUB) == [Gap(log=HUB, epoch=0, first=first, last=last)]


async def test_entries_dropped_in_the_middle_are_a_gap(
    records: Records, folder: Path, at: datetime
) -> None:
    await five_entries(records, at)
    with closing(sqlite3.connect(folder / "record.db")) as file, file:
        file.execute("DELETE FROM entries WHERE idx IN (1, 2)")
    record = await records.open()
    assert gaps(record, HUB) == [Gap(log=HUB, epoch=0, first=1, last=2)]


async def test_a_log_of_another_history_is_not_gone_on_with(
    records: Records, folder: Path, at: datetime
) -> None:
    heads = await five_entries(records, at)
    await asyncio.to_thread(remove, folder)
    other = await records.open()
    for number in range(9):
        await other.log(HUB).append(plain(f"other {number}"), at=at)
    await other.close()

    record = await records.open(known=heads)

    assert record.log(HUB).is_rolled_back
    with pytest.raises(EpochClosed):
        await record.log(HUB).append(plain("on it"), at=at)


async def test_a_file_that_vanishes_takes_its_logs_with_it(
    records: Records, record: Record, folder: Path, at: datetime
) -> None:
    turns = records.turns
    await record.log(HUB).append(plain("before"), at=at)
    await record.log(HUB).append(plain("before"), at=at)
    await asyncio.to_thread(remove, folder)
    with pytest.raises(RecordUnwritable):
        await record.log(HUB).append(plain("lost"), at=at)
    assert await turns.next() is False
    assert await turns.next() is True

    assert record.log(HUB).is_rolled_back
    with pytest.raises(EpochClosed):
        await record.log(HUB).append(plain("as if nothing was"), at=at)
    assert gaps(record, HUB) == [Gap(log=HUB, epoch=0, first=0, last=1)]


@pytest.mark.parametrize("signer", ["the-hub", "as-it-was-known-before"])
async def test_a_head_that_the_hub_knows_and_we_do_not_ends_the_epoch(
    records: Records, folder: Path, at: datetime, signer: str
) -> None:
    await five_entries(records, at)
    record = await records.open()
    shown = (await record.log(HUB).prove_head(from_size=0)).checkpoint
    await record.close()
    await asyncio.to_thread(
        drop, folder, after=2, also="DELETE FROM nodes WHERE idx > 0"
    )
    record = await records.open()
    assert not record.log(HUB).is_closed

    with pytest.raises(ForeignHead):
        await record.log(HUB).keep_cosignature(
            cosign(shown, signer, WITNESS_KEY, 1_795_284_600),
            witness="the-hub",
            key=WITNESS_KEY.public_key(),
            renews=True,
        )

    assert record.log(HUB).is_rolled_back
    assert gaps(record, HUB) == [Gap(log=HUB, epoch=0, first=3, last=4)]


async def test_a_key_that_is_older_than_the_record_writes_nothing(
    two_epochs: Record, at: datetime
) -> None:
    two_epochs.add_log(identity(HUB))
    assert two_epochs.log(HUB).is_rolled_back
    head = await two_epochs.log(HUB).close_epoch(EpochCause.RESTORED)
    assert (head.epoch, head.origin) == (1, identity(HUB, epoch=1).origin)
    assert two_epochs.log(HUB).is_closed
    assert not two_epochs.log(HUB).is_rolled_back


@pytest.mark.parametrize("remembered", [True, False])
async def test_a_damaged_file_is_set_aside_and_every_log_begins_anew_in_another(
    records: Records, folder: Path, at: datetime, *, remembered: bool
) -> None:
    heads = await five_entries(records, at)
    (folder / "record.db").write_bytes(garbage := bytes(range(256)) * 64)
    record = await records.open(known=heads if remembered else ())
    turns = records.turns
    assert record.fault is RecordFault.CORRUPT

    await record.set_aside(folder / "damaged")

    assert record.writable
    assert await turns.next() is True
    assert (folder / "damaged" / "record.db").read_bytes() == garbage
    for log in (HUB, HOUSEHOLD):
        assert record.log(log).is_rolled_back
        with pytest.raises(EpochClosed):
            await record.log(log).append(plain("as if nothing was"), at=at)
    missing = [Gap(log=HUB, epoch=0, first=0, last=4)] if remembered else []
    assert gaps(record, HUB) == missing
    await record.log(HUB).close_epoch(EpochCause.RESTORED)
    record.add_log(identity(HUB, epoch=1))
    await record.log(HUB).append(plain("anew"), at=at)
    begun = record.reader.get(f"{HUB}:1:0")
    assert begun is not None
    assert begun.content["cause"] == "shortened"
    assert begun.content["size"] == 0
    assert gaps(record, HUB) == missing


async def test_a_file_that_cannot_be_moved_stays_where_it_is(
    records: Records, folder: Path, at: datetime
) -> None:
    await five_entries(records, at)
    (folder / "record.db").write_bytes(garbage := bytes(range(256)) * 64)
    record = await records.open()
    await record.set_aside(folder / "no such folder" / "damaged")
    assert not record.writable
    assert (folder / "record.db").read_bytes() == garbage


async def test_a_sound_file_is_never_set_aside(
    records: Records, folder: Path, at: datetime
) -> None:
    await five_entries(records, at)
    record = await records.open()
    await record.set_aside(folder / "damaged")
    assert not (folder / "damaged").exists()
    assert gaps(record, HUB) == []
