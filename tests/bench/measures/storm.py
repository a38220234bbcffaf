"""From one change that concerns every share to the last byte, and to the last state that follows from it.

A home of one hub with ten shares grows to twenty hubs with a hundred each. All of them name one "never" entity, or one
alarm. Two cameras are watched: through the first share of the first hub, and through the last share of the last.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.bench.asked import Asked
from tests.bench.report import Report
from tests.bench.storm.figures import Found, goals
from tests.bench.storm.home import Home, Size, home
from tests.bench.storm.loading import reloads
from tests.bench.storm.turns import STORMS, NothingFlowed, Storm, Turned, run

RUNS: Final = 20
"""Fewer than elsewhere: in each, everything turns four times, and video has to flow for two of them."""

SIZES: Final = (
    Size(hubs=1, shares=10),
    Size(hubs=1, shares=100),
    Size(hubs=2, shares=100),
    Size(hubs=20, shares=100),
)
MOST_REPEATED: Final = 10
NOTE: Final = (
    "The ratios are of the last size to the first. All times begin with the action that turns the entity. What the "
    "machine does for others is in every time but those of work, which are the loop's own"
)


async def measure(folder: Path, asked: Asked, tell: Callable[[str], None]) -> Report:
    """Let the home grow, and turn everything at each size."""
    found, repeated = Found(), 0
    sizes = [each for each in SIZES if each.all_shares <= asked.shares]
    if not sizes:
        raise ValueError(f"the smallest storm is of {SIZES[0]}")
    *_, fullest = (each for each in sizes if each.hubs == 1)
    async with home(folder) as grown:
        for size in sizes:
            tell(f"{size}: pairing")
            await grown.grow(size)
            for storm in STORMS:
                tell(f"{size}: {storm.words}")
                await storm.rules(grown)
                done, again = await _run(grown, storm, asked.runs)
                found.add(size, done)
                repeated += again
            found.rest[size] = [await grown.probe("turn") for _ in range(asked.runs)]
            if size is fullest:
                tell(f"{size}: loading")
                found.loads.update(await reloads(grown, asked.runs))
    for line in found.logged():
        tell(f"logged: {line}")
    rows = found.rows()
    return Report(
        benchmark="storm",
        runs=asked.runs,
        repeated=repeated,
        goals=[*goals(found, rows)],
        rows=[*rows.values()],
        notes=(NOTE,),
    )


async def _run(
    grown: Home, storm: Storm, runs: int
) -> tuple[list[dict[str, Turned]], int]:
    """Return what so many runs counted, and how many came to nothing and were repeated."""
    done: list[dict[str, Turned]] = []
    repeated = 0
    while len(done) < runs:
        try:
            done.append(await run(grown, storm))
        except TimeoutError, NothingFlowed:
            repeated += 1
            if repeated > MOST_REPEATED:
                raise
    return done, repeated
