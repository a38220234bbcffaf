"""Rounds of many sessions with cameras and hubs that drop, a rest after each, and what must hold at every rest."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ..house import failures
from ..promise import promise
from ..record_file import Written, read_record
from .both_sides import BothSides
from .comparing import NotOneEnd, recorded
from .holding import MEGABYTE, Held, Watch, at_rest, back_at
from .hubs import Pace
from .meanwhile import meanwhile
from .scene import Scene
from .tally import Tally

SHORTEST_ROUND: Final = 60.0
ROUNDS: Final = 10
GROWTH: Final = 0.10
"""By so much memory may grow after the first round."""
SESSIONS_A_DAY: Final = 800
"""A house lets a hub open 1,000 in a day."""
FASTEST_PACE: Final = 1.0
RECORDED_WITHIN: Final = 60.0
LOUD: Final = (" ERROR ", " CRITICAL ")
"""What a house's log may hold of no line."""


@dataclass(slots=True, kw_only=True)
class Soak:
    """One run of so many seconds."""

    scene: Scene
    seconds: float
    tally: Tally
    tell: Callable[[str], None]
    faults: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Run it all; raises PromiseBroken where something is not as it must be."""
        await self.scene.owner.share_everything()
        await self._closed()
        start = await at_rest(self.scene.house)
        self.tell(f"at the start: {start}")
        watch = Watch(self.scene.house.pid)
        async with meanwhile(watch.look()):
            first = last = await self._round(start, 1)
            rounds = max(2, min(ROUNDS, int(self.seconds // SHORTEST_ROUND)))
            for number in range(2, rounds + 1):
                last = await self._round(start, number)
        self._report(watch)
        self._judge(first, last)

    @property
    def _round_seconds(self) -> float:
        return max(SHORTEST_ROUND, self.seconds / ROUNDS)

    async def _round(self, start: Held, number: int) -> Held:
        between = max(FASTEST_PACE, self.seconds / SESSIONS_A_DAY)
        pace = Pace(between=between, watched=between * 8)
        for camera in self.scene.cameras:
            camera.stir()
        busy = [each.run(pace) for each in self.scene.hubs]
        async with meanwhile(*busy, self.scene.owner.run()):
            await asyncio.sleep(self._round_seconds)
        held = await self._rest(start)
        more = "".join(
            f"; {many} more {name}" for name, many in held.beyond(start).items()
        )
        self.tell(f"after round {number}: {held}{more}")
        return held

    async def _rest(self, start: Held) -> Held:
        """Have everything well, closed and recorded, and see what is left then."""
        for camera in self.scene.cameras:
            camera.calm()
        for hub in self.scene.hubs:
            await hub.until_connected()
        await self.scene.owner.share_everything()
        await self._closed()
        await self._recorded()
        held = await back_at(start, self.scene.house)
        self.faults += [
            f"{more} more {name}" for name, more in held.beyond(start).items()
        ]
        for camera in self.scene.cameras:
            if camera.connections:
                self.faults.append(
                    f"{camera.name} has {camera.connections} connections"
                )
        return held

    async def _closed(self) -> None:
        for hub in self.scene.hubs:
            await hub.until_connected()
            await hub.close_all()

    async def _recorded(self) -> None:
        """Wait until each session has its end in the record."""
        async with asyncio.timeout(RECORDED_WITHIN):
            while True:
                try:
                    list(recorded(self._record()))
                except NotOneEnd:
                    await asyncio.sleep(1)
                else:
                    return

    def _record(self) -> list[Written]:
        return read_record(self.scene.house.folder)

    def _report(self, watch: Watch) -> None:
        both = BothSides(
            sessions=[*recorded(self._record())],
            hubs=[each.hub for each in self.scene.hubs],
        )
        self.faults += both.faults()
        both.count(self.tally)
        for entry in self._record():
            if entry.kind == "session_cut":
                self.tally.count("ends of sessions", entry.content["how"])
        for line in self.tally.lines():
            self.tell(line)
        house, around = watch.shares()
        self.tell(
            f"  memory while it ran: {watch.least / MEGABYTE:.1f} to {watch.most / MEGABYTE:.1f} MB; "
            f"of a core, the house {house:.0%}, cameras and hubs {around:.0%}"
        )

    def _judge(self, first: Held, last: Held) -> None:
        grown = last.memory / first.memory - 1
        self.tell(f"  memory after the last round beside the first: {grown:+.1%}")
        if grown > GROWTH:
            self.faults.append(f"memory has grown by {grown:.1%}")
        for hub in self.scene.hubs:
            self.faults += hub.hub.faults
        self.faults += self._loud()
        for fault in self.faults:
            self.tell(f"  WRONG: {fault}")
        promise(self.tally.of("asked to watch"), "somebody watched")
        promise(not self.faults, f"{len(self.faults)} things are not as they must be")

    def _loud(self) -> Iterator[str]:
        log = self.scene.house.log
        for line in log.read_text(errors="replace").splitlines():
            if any(each in line for each in LOUD):
                yield line
        yield from (f"a traceback below: {line}" for line in failures(log))
