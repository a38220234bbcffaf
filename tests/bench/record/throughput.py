"""Many callers at a time, beside what SQLite takes for the same bytes and as many commits."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import batched, count
from pathlib import Path
import sqlite3
from time import perf_counter
from typing import Final

from custom_components.latchstring.core.entries import SessionStarted
from custom_components.latchstring.core.entries.entry_bytes import content
from custom_components.latchstring.record import Record
from custom_components.latchstring.record.schema import PRAGMAS
from tests.bench.report import Compared, Figures

from .filling import BEGAN, HUB, IDENTITIES, started

CALLERS: Final = (1, 8, 32)
EACH: Final = 10
"""So many entries a caller appends in one round, one after the other."""
BARE: Final = "bare SQLite"
RECORD: Final = "record"
NOTE: Final = (
    f"{BARE}: the same bytes into a table of one column, by a loop that does nothing else, with the record's own "
    "pragmas; for each commit as many rows as there are callers"
)

MILLISECONDS: Final = 1000


class Bare:
    """A table, and one transaction for each group of rows."""

    def __init__(self, path: Path) -> None:
        self.file = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self.file.execute(f"PRAGMA {pragma}")
        self.file.execute("CREATE TABLE bare (content BLOB NOT NULL) STRICT")

    def close(self) -> None:
        """Let the file go."""
        self.file.close()

    def write(self, written: Sequence[bytes], callers: int) -> list[float]:
        """Give how long each row took to be on disk."""
        waits: list[float] = []
        for group in batched(written, callers, strict=False):
            began = perf_counter()
            self.file.execute("BEGIN IMMEDIATE")
            for each in group:
                self.file.execute("INSERT INTO bare VALUES (?)", (each,))
            self.file.execute("COMMIT")
            waits += [perf_counter() - began] * len(group)
        return waits


async def throughput(folder: Path, runs: int) -> list[Compared]:
    """Take turns between the two, round by round."""
    numbers = count()
    rows: list[Compared] = []
    with closing(Bare(folder / "bare.db")) as bare:
        record = await Record(folder / RECORD).open()
        record.add_log(IDENTITIES[HUB])
        for callers in CALLERS:
            rows += await _beside(record, bare, callers, (numbers, runs))
        await record.close()
    return rows


async def _beside(
    record: Record, bare: Bare, callers: int, how: tuple[Iterator[int], int]
) -> list[Compared]:
    numbers, runs = how
    waits: dict[str, list[float]] = {BARE: [], RECORD: []}
    rates: dict[str, list[float]] = {BARE: [], RECORD: []}
    for _ in range(max(1, runs // EACH)):
        entries = [_entry(next(numbers)) for _ in range(callers * EACH)]
        written = [content(entry, BEGAN) for entry in entries]
        began = perf_counter()
        waits[BARE] += bare.write(written, callers)
        between = perf_counter()
        waits[RECORD] += await _append(record, entries, callers)
        rates[BARE].append(len(entries) / (between - began))
        rates[RECORD].append(len(entries) / (perf_counter() - between))
    called = f"{callers} caller{'s' if callers > 1 else ''}"
    return [
        _row(f"{called}: appends in a second", "1/s", rates),
        _row(
            f"{called}: until one is on disk",
            "ms",
            {
                name: [MILLISECONDS * each for each in seconds]
                for name, seconds in waits.items()
            },
        ),
    ]


def _entry(number: int) -> SessionStarted:
    return started("throughput", number, BEGAN + number * timedelta(seconds=1))


async def _append(
    record: Record, entries: Sequence[SessionStarted], callers: int
) -> list[float]:
    waits: list[float] = []

    async def call(mine: Sequence[SessionStarted]) -> None:
        for entry in mine:
            began = perf_counter()
            await record.log(HUB).append(entry, at=BEGAN)
            waits.append(perf_counter() - began)

    await asyncio.gather(*(call(entries[n::callers]) for n in range(callers)))
    return waits


def _row(measure: str, unit: str, found: dict[str, list[float]]) -> Compared:
    figures = {name: Figures.of(values) for name, values in found.items()}
    return Compared(measure=measure, unit=unit, figures=figures)
