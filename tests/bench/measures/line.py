"""What of a 4K camera arrives over lines of several rates with 40 ms of round trip, and how late.

The camera codes a quiet scene: one keyframe of 968 KB every two seconds, and little else, 4 Mb/s on average.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
import time
from typing import Final, override

import h11

from tests.bench.asked import Asked
from tests.bench.report import Cell, Figures, Goal, Report, Table
from tests.reference_hub import Authority, make_authority
from tests.relay.home import Home
from tests.relay.line import line_to
from tests.relay.receiver import Receiver
from tests.relay.scene import LIVELY, STILL_4K, Scene, feed

RUNS: Final = 5
"""Groups of pictures, of two seconds each."""
DELAY: Final = 0.02
MOST_LATE: Final = 2.5


@dataclass(frozen=True, slots=True)
class Case:
    """A camera and a line of so many Mb/s."""

    name: str
    scene: Scene
    megabits: int

    @override
    def __str__(self) -> str:
        """Say both."""
        return f"{self.name}, {self.megabits} Mb/s"


CASES: Final = (
    *(Case("4K", STILL_4K, megabits) for megabits in (100, 50, 20, 10, 5, 3, 2)),
    Case("lively", LIVELY, 2),
)
NOTE: Final = (
    f"A run is a group of {STILL_4K.group} pictures: a keyframe of {STILL_4K.keyframe:,} bytes and others of "
    f"{STILL_4K.other:,}, {STILL_4K.megabits:.1f} Mb/s on average at {STILL_4K.fps} a second; the lively camera sends "
    "as much evenly. Late is from the picture fed to the upload until its last byte is out of TLS at the hub"
)


class NotingReceiver(Receiver):
    """Notes how much of the body had arrived when."""

    def __init__(self, authority: Authority) -> None:
        super().__init__(authority)
        self.noted: list[tuple[int, float]] = []

    @override
    def take(self, event: h11.Event | type[h11.NEED_DATA | h11.PAUSED]) -> None:
        super().take(event)
        self.noted.append((len(self.body), time.monotonic()))

    def arrived_at(self, size: int) -> float:
        """Return when so much of the body had arrived."""
        return self.noted[bisect_left(self.noted, (size, 0.0))][1]


@dataclass(frozen=True, slots=True)
class Arrived:
    """The pictures offered, and the seconds that each that was sent took to arrive."""

    offered: int
    took: list[float]

    @property
    def lost(self) -> int:
        """Return how many were not sent."""
        return self.offered - len(self.took)


async def measure(folder: Path, asked: Asked, tell: Callable[[str], None]) -> Report:
    """Try one line after the other."""
    authority = make_authority(folder / "authority")
    found: dict[Case, Arrived] = {}
    for case in CASES:
        tell(str(case))
        found[case] = await over(authority, case, asked.runs)
    return report(found, asked.runs)


async def over(authority: Authority, case: Case, groups: int) -> Arrived:
    """Return what arrived of so many groups of pictures."""
    async with (
        NotingReceiver(authority) as receiver,
        line_to(receiver.target(), megabits=case.megabits, delay=DELAY) as near,
    ):
        home = Home(receiver, near)
        await home.connect()
        sent = await feed(home.upload, case.scene, groups)
        await home.until_all_arrived()
        home.upload.cut()
    took = [receiver.arrived_at(each.end) - each.at for each in sent]
    return Arrived(groups * case.scene.group, took)


def report(found: Mapping[Case, Arrived], runs: int) -> Report:
    """Say what arrived, and whether it was enough."""
    return Report(
        benchmark="line",
        runs=runs,
        goals=[_goal(case, arrived) for case, arrived in found.items()],
        rows=(),
        tables=[
            Table(
                title="over",
                columns=("pictures", "arrived", "late by ms, median", "p99", "at most"),
                lines={str(case): _cells(arrived) for case, arrived in found.items()},
            )
        ],
        notes=(NOTE,),
    )


def _cells(arrived: Arrived) -> list[Cell]:
    late = Figures.of([1000 * took for took in arrived.took])
    figures = (arrived.offered, len(arrived.took), late.p50, late.p99, late.max)
    return [Cell(value=value) for value in figures]


def _goal(case: Case, arrived: Arrived) -> Goal:
    """Every picture where the line is faster than the camera, and else none late but for its keyframe."""
    if case.megabits > case.scene.megabits:
        return Goal(
            what=f"{case}: pictures that do not arrive",
            unit="",
            most=0,
            found=arrived.lost,
        )
    return Goal(
        what=f"{case}: a picture is late by more than a keyframe takes, at most",
        unit="s",
        most=MOST_LATE,
        found=max(arrived.took) - case.scene.keyframe / case.megabits / 125_000,
    )
