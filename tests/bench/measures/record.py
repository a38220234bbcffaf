"""What the record takes: for many callers, and after years.

Its appends beside bare SQLite's, and a record of a million entries beside a small one.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.bench.asked import Asked
from tests.bench.record.filling import fill
from tests.bench.record.growth import Growth, opened, size_of, start_up
from tests.bench.record.throughput import NOTE, throughput
from tests.bench.record.verifying import CHAIN, verify
from tests.bench.report import Compared, Goal, Report

RUNS: Final = 300
SMALL: Final = 1_000
EMPTY: Final = "empty"
APPEND: Final = "append"
START: Final = "start to the first append"
PROOFS: Final = ("inclusion proof", "consistency proof")
PAGE: Final = "first page"


async def measure(folder: Path, asked: Asked, tell: Callable[[str], None]) -> Report:
    """Build what is compared, and compare it."""
    tell("many callers, beside bare SQLite")
    rows = await throughput(_new(folder / "throughput"), asked.runs)
    sizes = {
        _called(each): each for each in (min(SMALL, asked.entries // 2), asked.entries)
    }
    folders = {name: folder / str(size) for name, size in sizes.items()}
    for name, size in sizes.items():
        await asyncio.to_thread(fill, folders[name], size, tell)
    *_, large = sizes
    rows += size_of(folders, sizes)
    tell("verifying")
    rows += await asyncio.to_thread(verify, folders[large], large)
    tell("starting")
    await (await opened(folder / EMPTY)).close()
    rows.append(
        await start_up({EMPTY: folder / EMPTY, large: folders[large]}, asked.runs)
    )
    growth = Growth(folders, sizes)
    await growth.open()
    tell("appending, proving and reading")
    rows.append(await growth.compare(APPEND, growth.append, asked.runs))
    for words, work in zip(PROOFS, (growth.prove, growth.prove_head), strict=True):
        rows.append(await growth.compare(words, work, asked.runs))
    rows += await growth.pages(asked.runs)
    await growth.close()
    return Report(
        benchmark="record",
        runs=asked.runs,
        goals=_goals(rows, large),
        rows=rows,
        notes=(NOTE,),
    )


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _called(entries: int) -> str:
    return f"{entries:,} entries"


def _goals(rows: Sequence[Compared], large: str) -> list[Goal]:
    by_name = {row.measure: row for row in rows}
    start = by_name[START].figures
    slowest = max(
        (row for row in rows if row.measure.startswith(PAGE)),
        key=lambda row: row.figures[large].p50,
    )
    return [
        Goal(
            what="start-up takes longer than an empty record's by, median",
            unit="ms",
            most=200,
            found=start[large].p50 - start[EMPTY].p50,
        ),
        *(
            Goal(
                what=f"{row.measure}, median",
                unit="ms",
                most=most,
                found=row.figures[large].p50,
            )
            for row, most in (
                (slowest, 50),
                *((by_name[name], 10) for name in PROOFS),
            )
        ),
        Goal(
            what=CHAIN,
            unit="us",
            most=15,
            found=by_name[CHAIN].figures[large].p50,
        ),
        Goal(
            what=f"append, median, beside {SMALL:,} entries",
            unit="",
            most=1.5,
            found=by_name[APPEND].ratios["p50"] or 0.0,
        ),
    ]
