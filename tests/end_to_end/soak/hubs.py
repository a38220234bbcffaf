"""A hub with viewers, to which this and that happens."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
import random
from typing import Any, Final

from tests.reference_hub import Opened, ReferenceHub
from tests.reference_hub.conduct import HONEST

from ..stage import Stage
from .tally import Tally

OFFICERS: Final = ("Officer J. Doe", "Officer R. Lee", "Dispatcher M. Chen")
BACK_WITHIN: Final = 330.0
"""Seconds after which a house has tried again, however often it failed."""
TOGETHER: Final = 0.2
"""How often several look at one camera at once, and how many."""
AT_ONCE: Final = 3
MOST_AT_ONCE: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds between two openings at one hub, and those that somebody watches; on average."""

    between: float
    watched: float


class BusyHub:
    """Has viewers and troubles while `run` runs, and is honest and there when that has been cancelled."""

    def __init__(self, stage: Stage, *, seed: str, tally: Tally) -> None:
        self.stage = stage
        self.hub: ReferenceHub = stage.hub
        self.sessions: list[str] = []
        """All that were let in."""
        self._random = random.Random(f"{seed} {self.hub.agency.name}")  # noqa: S311  # it can be repeated
        self._tally = tally
        self._watching: set[str] = set()
        self._restarting: asyncio.Task[None] | None = None
        self._has_missed = False

    async def run(self, pace: Pace) -> None:
        """Open and close sessions, and get into trouble, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for kind, seconds in EVERY.items():
                    group.create_task(self._get_into_trouble(kind, seconds))
                await self._open_and_open(group, pace)
        finally:
            self._watching.clear()
            self.hub.conduct = HONEST
            self.hub.resume_reading()

    async def until_connected(self) -> None:
        """Wait until the house is here, which may take its time to try again."""
        if self._restarting is not None:
            await self._restarting
        await self._hang_up_if_missed()
        home = self.hub.control.home(self.stage.home)
        await self.hub.changes.until(lambda: home.is_here or None, BACK_WITHIN)

    async def close_all(self) -> None:
        """Close what still runs, and wait until nothing does."""
        for session in self.sessions:
            if not self._is_over(session):
                await self.hub.close_session(session)
        await self.hub.changes.until(
            lambda: all(self._is_over(each) for each in self.sessions) or None
        )
        await self.hub.settled()

    def _is_over(self, session: str) -> bool:
        known = self.hub.sessions.get(session)
        return known is None or known.is_over

    async def _open_and_open(self, group: asyncio.TaskGroup, pace: Pace) -> None:
        while True:
            await asyncio.sleep(self._random.expovariate(1 / pace.between))
            camera = self._random.choice(self.hub.cameras())["camera"]
            is_popular = self._random.random() < TOGETHER
            for officer in OFFICERS[: AT_ONCE if is_popular else 1]:
                if len(self._watching) < MOST_AT_ONCE:
                    seconds = self._random.expovariate(1 / pace.watched)
                    group.create_task(self._watch(camera, officer, seconds))

    async def _watch(self, camera: str, officer: str, seconds: float) -> None:
        """Look for a while; whatever comes of it, it is closed then, as a hub does it."""
        opened = await self.hub.open_session(camera, officer=officer)
        if not isinstance(opened, Opened):
            self._tally.count("asked to watch", f"refused: {opened.code}")
            return
        self._tally.count("asked to watch", "let in")
        self.sessions.append(opened.session)
        self._watching.add(opened.session)
        await asyncio.sleep(seconds)
        self._watching.discard(opened.session)
        await self.hub.close_session(opened.session)

    async def _get_into_trouble(self, kind: str, seconds: float) -> None:
        troubles = [each for each in TROUBLES if each.kind == kind]
        often = [each.often for each in troubles]
        while True:
            await asyncio.sleep(self._random.expovariate(1 / seconds))
            (trouble,) = self._random.choices(troubles, often)
            self._tally.count(f"troubles of hubs, {kind}", trouble.words)
            await trouble.befall(self)

    # Troubles

    async def reset_upload(self) -> None:
        if self._watching:
            self.hub.reset_upload(self._random.choice(sorted(self._watching)))

    async def answer_upload(self) -> None:
        if self._watching:
            self.hub.end_upload(self._random.choice(sorted(self._watching)))

    async def refuse_uploads(self) -> None:
        await self._misbehave(2, 10, ingest_status=503)

    async def read_slowly(self) -> None:
        """Not for as long as a hub has patience with what goes on after its end."""
        self.hub.pause_reading(self._random.choice((10_000, 50_000, 200_000)))
        await asyncio.sleep(self._random.uniform(2, 11))
        self.hub.resume_reading()

    async def drop_connection(self) -> None:
        await self.hub.disconnect()

    async def refuse_connections(self) -> None:
        await self.hub.disconnect()
        await self._misbehave(2, 10, control_status=503)

    async def fall_silent(self) -> None:
        """Hang up afterwards: a house says once what it has, and that may have been meanwhile."""
        self._has_missed = True
        await self._misbehave(10, 50, silent=True)
        await self._hang_up_if_missed()

    async def _hang_up_if_missed(self) -> None:
        if self._has_missed:
            self._has_missed = False
            await self.hub.disconnect()

    async def _misbehave(self, least: float, most: float, **how: Any) -> None:
        """Do so for a time, whatever else is wrong meanwhile."""
        self.hub.conduct = replace(self.hub.conduct, **how)
        await asyncio.sleep(self._random.uniform(least, most))
        honest = {name: getattr(HONEST, name) for name in how}
        self.hub.conduct = replace(self.hub.conduct, **honest)

    async def restart(self) -> None:
        away = self._random.uniform(0, 15)
        self._restarting = asyncio.create_task(self._restart(away))
        await asyncio.shield(self._restarting)

    async def _restart(self, away: float) -> None:
        await self.hub.stop()
        await asyncio.sleep(away)
        await self.hub.start()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What may befall a hub, and how often it does among its kind."""

    kind: str
    words: str
    often: int
    befall: Callable[[BusyHub], Awaitable[None]]


def _troubles(
    kind: str, **befall: tuple[int, Callable[[BusyHub], Awaitable[None]]]
) -> list[Trouble]:
    return [
        Trouble(kind=kind, words=words.replace("_", " "), often=often, befall=each)
        for words, (often, each) in befall.items()
    ]


EVERY: Final = {"its uploads": 8.0, "its connection": 40.0}
"""Seconds from one trouble to the next of its kind, on average. A house whose connection is lost more often than it
lasts for a minute waits ever longer, as it should, and then little would happen."""
TROUBLES: Final = (
    *_troubles(
        "its uploads",
        resets_one=(6, BusyHub.reset_upload),
        answers_one=(4, BusyHub.answer_upload),
        refuses_them_for_a_while=(2, BusyHub.refuse_uploads),
        reads_slowly_for_a_while=(3, BusyHub.read_slowly),
    ),
    *_troubles(
        "its connection",
        drops_it=(2, BusyHub.drop_connection),
        refuses_it_for_a_while=(1, BusyHub.refuse_connections),
        falls_silent_for_a_while=(1, BusyHub.fall_silent),
        restarts=(2, BusyHub.restart),
    ),
)
