"""A log that begins anew under another key: what it was before stays, and stays in order."""

from datetime import datetime

import pytest

from custom_components.latchstring.core.content import Once
from custom_components.latchstring.record import (
    AssertionReplayed,
    LogMismatch,
    Record,
    SessionDuplicate,
)

from .entries import HUB, OTHER_HUB, ended, identity, plain, started


@pytest.fixture
async def two_epochs(record: Record, at: datetime) -> Record:
    """Two entries in each of two epochs, and another hub's between them."""
    record.add_log(identity(OTHER_HUB))
    await record.append(HUB, started("s-1"), at=at)
    await record.append(HUB, plain("before"), at=at)
    await record.append(OTHER_HUB, plain("other"), at=at)
    record.add_log(identity(HUB, epoch=1))
    await record.append(HUB, plain("after"), at=at)
    await record.append(HUB, started("s-2"), at=at)
    return record


async def test_a_log_is_read_over_all_its_epochs_in_order(two_epochs: Record) -> None:
    found = await two_epochs.entries(HUB)
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
    assert await two_epochs.entries(HUB, kinds=("session_started",)) == found[::3]
    assert await two_epochs.entries(HUB, after=f"{HUB}:0:1") == found[:2]
    assert await two_epochs.entries(HUB, before=f"{HUB}:1:0") == found[2:]
    assert [await two_epochs.get(entry.id) for entry in found] == found


async def test_what_was_used_once_stays_used_in_the_next_epoch(
    two_epochs: Record, at: datetime
) -> None:
    assert await two_epochs.is_spent(HUB, Once.SESSION, "s-1")
    with pytest.raises(SessionDuplicate):
        await two_epochs.append(HUB, started("s-1", jti="fresh"), at=at)
    with pytest.raises(AssertionReplayed):
        await two_epochs.append(HUB, started("s-3", jti="jti-of-s-1"), at=at)


async def test_a_session_that_began_in_one_epoch_ends_in_the_next(
    two_epochs: Record, at: datetime
) -> None:
    first, second = await two_epochs.open_sessions(HUB)
    assert (first.epoch, first.index, second.epoch, second.index) == (0, 0, 1, 1)
    so_far = ended("s-1", sent=9)
    await two_epochs.save_progress(HUB, so_far, at=at)
    assert (await two_epochs.open_sessions(HUB))[0].so_far == so_far
    await two_epochs.append(HUB, so_far, at=at)
    assert await two_epochs.open_sessions(HUB) == [second]


async def test_an_epoch_that_is_over_takes_no_entry(
    two_epochs: Record, at: datetime
) -> None:
    two_epochs.add_log(identity(HUB))
    with pytest.raises(LogMismatch):
        await two_epochs.append(HUB, plain("late"), at=at)


async def test_each_epoch_is_a_tree_of_its_own(
    two_epochs: Record, at: datetime
) -> None:
    head = await two_epochs.prove_head(HUB, from_size=1)
    assert head.size == 2
    assert head.checkpoint.startswith(f"{identity(HUB, epoch=1).origin}\n2\n")
    two_epochs.add_log(identity(HUB))
    old = await two_epochs.prove(HUB, 0, at=at)
    assert old.checkpoint.startswith(f"{identity(HUB).origin}\n2\n")
