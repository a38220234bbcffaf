"""What a record takes when it is large, beside what it takes when it is small."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from itertools import count
import os
from pathlib import Path
import random
from time import perf_counter
from typing import Final

from custom_components.latchstring.record import HOUSEHOLD, Record
from custom_components.latchstring.record.query import Filters
from custom_components.latchstring.record.schema import FILE_NAME
from tests.bench.report import Compared, Figures

from .filling import AGENCY, APART, BEGAN, HUB, IDENTITIES, started

MILLISECONDS: Final = 1000

PAGES: Final[Mapping[str, Filters]] = {
    "of all": {},
    "of a hub": {"hub": HUB},
    "of a camera": {"cameras": ("camera-3",)},
    "of an officer": {"viewer": "officer 7"},
    "of an agency": {"agency": AGENCY},
    "of a case": {"case": "2026-1"},
    "of a kind": {"kinds": ("session_started",)},
    "of a kind that never came": {"kinds": ("refusals",)},
    "of an hour": {"since": BEGAN, "until": BEGAN + timedelta(hours=1)},
    "of an officer at a camera": {"viewer": "officer 7", "cameras": ("camera-3",)},
    "of an officer at a camera never seen": {
        "viewer": "officer 7",
        "cameras": ("nowhere",),
    },
    "of another agency at a camera": {
        "cameras": ("camera-3",),
        "agency": "another",
    },
    "of another hub and a kind": {"hub": "another", "kinds": ("session_cut",)},
    "of a camera's first day": {
        "cameras": ("camera-3",),
        "until": BEGAN + timedelta(days=1),
    },
    "of a kind on an agency's last day": {
        "agency": AGENCY,
        "kinds": ("session_ended",),
        "since": BEGAN + timedelta(days=1),
    },
}
"""First pages, by what is filtered for."""


async def opened(folder: Path) -> Record:
    """Open a record with both its logs."""
    record = await Record(folder).open()
    for each in IDENTITIES.values():
        record.add_log(each)
    return record


class Growth:
    """Two records that take turns, so that both have the same weather."""

    def __init__(self, folders: Mapping[str, Path], sizes: Mapping[str, int]) -> None:
        self.folders = folders
        self.sizes = sizes
        self.records: dict[str, Record] = {}
        self.numbers = count()

    async def open(self) -> None:
        """Open both."""
        for name, folder in self.folders.items():
            self.records[name] = await opened(folder)

    async def close(self) -> None:
        """Close both."""
        for record in self.records.values():
            await record.close()

    async def compare(
        self, measure: str, work: Callable[[str], Awaitable[object]], runs: int
    ) -> Compared:
        """Do the same at both sizes, time by time."""
        found: dict[str, list[float]] = {name: [] for name in self.folders}
        for _ in range(runs):
            for name, times in found.items():
                began = perf_counter()
                await work(name)
                times.append(MILLISECONDS * (perf_counter() - began))
        figures = {name: Figures.of(times) for name, times in found.items()}
        return Compared(measure=measure, unit="ms", figures=figures)

    async def append(self, name: str) -> object:
        """Let one more session start."""
        entry = started("growth", next(self.numbers), BEGAN)
        return await self.records[name].log(HUB).append(entry, at=BEGAN)

    async def prove(self, name: str) -> object:
        """Prove any entry."""
        index = random.randrange(self.sizes[name] // 2)  # noqa: S311 - it hides nothing
        return await self.records[name].log(HUB).prove(index, at=BEGAN)

    async def prove_head(self, name: str) -> object:
        """Prove that it grew out of any size it had."""
        size = random.randrange(1, self.sizes[name] // 2)  # noqa: S311 - it hides nothing
        return await self.records[name].log(HOUSEHOLD).prove_head(from_size=size)

    async def read(self, name: str, filters: Filters) -> object:
        """Read a first page."""
        reader = self.records[name].reader
        return await asyncio.to_thread(reader.entries, None, filters)

    async def pages(self, runs: int) -> list[Compared]:
        """Read the first page of each filter."""
        return [
            await self.compare(
                f"first page {words}",
                partial(self.read, filters=filters),
                runs,
            )
            for words, filters in PAGES.items()
        ]


async def start_up(folders: Mapping[str, Path], runs: int) -> Compared:
    """Open each, with nothing of it in memory, until its first append is on disk."""
    found: dict[str, list[float]] = {name: [] for name in folders}
    for number in range(runs):
        for name, folder in folders.items():
            forget(folder)
            entry = started(f"start of {name}", number, BEGAN + number * APART)
            began = perf_counter()
            record = await opened(folder)
            await record.log(HUB).append(entry, at=BEGAN)
            found[name].append(MILLISECONDS * (perf_counter() - began))
            await record.close()
    figures = {name: Figures.of(times) for name, times in found.items()}
    return Compared(measure="start to the first append", unit="ms", figures=figures)


def forget(folder: Path) -> None:
    """Let the system keep nothing of a record in memory."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def size_of(folders: Mapping[str, Path], entries: Mapping[str, int]) -> list[Compared]:
    """Say how large the files are, and what an entry takes of that."""
    sizes = {
        name: (folder / FILE_NAME).stat().st_size for name, folder in folders.items()
    }
    of_one = {name: sizes[name] / entries[name] for name in folders}
    return [
        Compared(
            measure=measure,
            unit="bytes",
            figures={name: Figures.of([value]) for name, value in found.items()},
        )
        for measure, found in (("file", sizes), ("file, for each entry", of_one))
    ]
