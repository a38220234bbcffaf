"""A record in a folder of its own, and what is written into it."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from custom_components.latchstring.core.clock import Moment
from custom_components.latchstring.record import (
    HOUSEHOLD,
    Callbacks,
    Head,
    Record,
    RetryTiming,
)

from .entries import HUB, identity
from .harm import Turns

QUICK = RetryTiming(
    patience=timedelta(milliseconds=50),
    first_retry=timedelta(milliseconds=5),
    longest_retry=timedelta(milliseconds=20),
)


@pytest.fixture
def at() -> datetime:
    return datetime(2026, 11, 21, 18, 4, 5, 123_000, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "latchstring"


@dataclass
class Records:
    """Opens the record as often as a test starts Home Assistant anew."""

    folder: Path
    opened: list[Record] = field(default_factory=list)
    turns: Turns = field(default_factory=Turns)
    """Of the one that was opened last."""

    async def open(
        self,
        *,
        timing: RetryTiming = QUICK,
        known: tuple[Head, ...] = (),
        reckon: Callable[[datetime], Moment] = lambda at: Moment(at=at),
    ) -> Record:
        self.turns = Turns()
        record = await Record(
            self.folder,
            timing=timing,
            known=known,
            reckon=reckon,
            callbacks=Callbacks(on_health=self.turns.hear),
        ).open()
        self.opened.append(record)
        for log in (HUB, HOUSEHOLD):
            record.add_log(identity(log))
        return record


@pytest.fixture
async def records(folder: Path) -> AsyncGenerator[Records]:
    records = Records(folder=folder)
    yield records
    for record in records.opened:
        await record.close()


@pytest.fixture
async def record(records: Records) -> Record:
    return await records.open()
