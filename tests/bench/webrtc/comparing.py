"""The measurement of one receiver after the other, against a camera by aiortc in a process of its own."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
import sys
import time
from typing import Any, Final

from tests.bench.asked import Asked
from tests.bench.relay.counterpart import Counterpart
from tests.bench.relay.film import Film, read_film
from tests.bench.relay.logbook import Noted
from tests.bench.relay.pictures import key
from tests.bench.report import Report
from tests.cameras.webrtc import Model, WebRtcCamera, webrtc_camera

from .figures import Found, goals, tables

SET_UP: Final = (
    "One camera with WebRTC (aiortc; 1080p30, H.264, 4 Mb/s, a keyframe every 2 s, nothing lost), one receiver after "
    "the other; in brackets the ratio to aiortc as it is"
)
TIMES: Final = (
    "The latency is from when the last packet of a picture was about to leave the camera until the picture is whole at "
    "the receiver, and as a fragment with ours; of aiortc as it is, until it is decoded. Handed on is from when the "
    "camera's encoder had it. The processor time is of the receiver's process, less what it took before it received"
)
_RATE: Final = 30
_PATIENCE: Final = 30
_POLL: Final = 0.05
_IDLE_SECONDS: Final = 2.0
_SETTLE_SECONDS: Final = 2.0
_OPENINGS: Final = 5
_VIEWERS: Final = 20
_PHASE: Final = 0.37
"""Seconds between two more viewers, so that they come at different places between two keyframes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One way to receive, and the profile of SRTP that the camera knows; what it says is asked by lines."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    profile: str
    most_streams: int = 1
    is_ours: bool = False

    def process(self, camera: str) -> Counterpart:
        """Return its process."""
        module = f"{__package__}.{self.module}"
        return Counterpart([sys.executable, "-m", module, camera, *self.arguments])


GCM: Final = "SRTP_AEAD_AES_128_GCM"
CM: Final = "SRTP_AES128_CM_SHA1_80"
OURS: Final = Receiver(
    name="ours, AES-GCM", module="ours", profile=GCM, most_streams=4, is_ours=True
)
OURS_CM: Final = Receiver(
    name="ours, AES-CM", module="ours", profile=CM, most_streams=4, is_ours=True
)
AIORTC: Final = Receiver(name="aiortc", module="theirs", profile=GCM, most_streams=4)
ENCODED: Final = Receiver(
    name="aiortc, its decoder out",
    module="theirs",
    arguments=("encoded",),
    profile=GCM,
)
RECEIVERS: Final = (OURS, AIORTC, OURS_CM, ENCODED)
STREAMS: Final = (1, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long, and how often."""

    window: float
    idle: float = _IDLE_SECONDS
    settle: float = _SETTLE_SECONDS
    openings: int = _OPENINGS
    viewers: int = _VIEWERS


async def measure(asked: Asked, tell: Callable[[str], None]) -> Report:
    """Take turns at each number of streams."""
    film = Film()
    found: list[Found] = []
    for streams in STREAMS:
        for receiver in RECEIVERS:
            if streams <= receiver.most_streams:
                tell(f"{streams}: {receiver.name}")
                found.append(
                    await measured(film, receiver, streams, Pace(window=asked.seconds))
                )
    return Report(
        benchmark="relay --webrtc",
        runs=asked.runs,
        goals=[*goals(found)],
        rows=[],
        tables=[*tables(found)],
        notes=[SET_UP, TIMES],
    )


async def measured(film: Film, receiver: Receiver, streams: int, pace: Pace) -> Found:
    """Measure one receiver of so many streams."""
    path = await asyncio.to_thread(film.make)
    model = Model(films=str(path), fps=film.rate, srtp=receiver.profile)
    places = {key(units[-1]): at for at, units in enumerate(read_film(path))}
    async with (
        webrtc_camera(model) as camera,
        receiver.process(camera.url) as process,
    ):
        await process.told()
        return await _Run(camera, process, receiver, streams, places, pace).measure()


@dataclass(slots=True)
class _Run:
    """One receiver at work."""

    camera: WebRtcCamera
    process: Counterpart
    receiver: Receiver
    streams: int
    places: dict[str, int]
    pace: Pace
    noted: list[Noted] = field(default_factory=list)

    async def measure(self) -> Found:
        idle = await self._idle()
        first = [await self._first() for _ in range(self.pace.openings)]
        first.append(await self._open())
        await asyncio.sleep(self.pace.settle)
        begin, before = time.monotonic(), self.process.cpu_seconds()
        await asyncio.sleep(self.pace.window)
        end, after = time.monotonic(), self.process.cpu_seconds()
        memory = self.process.memory("Rss")
        await self._take()
        latencies, handed_on, lost = self._matched(
            await self.camera.state(), begin, end
        )
        later = await self._later()
        return Found(
            receiver=self.receiver.name,
            is_ours=self.receiver.is_ours,
            streams=self.streams,
            latencies=latencies,
            handed_on=handed_on,
            lost=lost,
            first=first,
            later=later,
            cpu=((after - before) / (end - begin) - idle) * 60 / self.streams,
            rss=memory,
        )

    async def _idle(self) -> float:
        """Return the part of a processor that it takes while it receives nothing."""
        before = self.process.cpu_seconds()
        await asyncio.sleep(self.pace.idle)
        return (self.process.cpu_seconds() - before) / self.pace.idle

    async def _first(self) -> float:
        """Return after how many milliseconds the first picture of all streams had come, and close them."""
        took = await self._open()
        await self.process.ask("close")
        await self.camera.until(lambda state: not state["open"])
        self.noted.clear()
        return took

    async def _open(self) -> float:
        opened: float = await self.process.ask(f"open {self.streams}")
        state = await self.camera.until(
            lambda state: len(state["open"]) == self.streams
        )
        # Pictures of those before, which were still being decoded, do not count.
        moments = [partial(self._first_of, name) for name in state["open"]]
        await self._until(lambda: None not in [moment() for moment in moments])
        return (max(moment() or 0.0 for moment in moments) - opened) * 1000

    async def _later(self) -> list[float]:
        """Return after how many milliseconds those have a picture who come later."""
        found: list[float] = []
        for number in range(self.pace.viewers if self._has_later else 0):
            await asyncio.sleep(_PHASE)
            found.append(await self._viewer(f"again {number}"))
        return found

    async def _viewer(self, name: str) -> float:
        opened: float = await self.process.ask(name)
        await self._until(lambda: self._first_of(name) is not None)
        return ((self._first_of(name) or 0.0) - opened) * 1000

    @property
    def _has_later(self) -> bool:
        return self.receiver.is_ours and self.streams == 1

    def _first_of(self, name: str) -> float | None:
        return next((at for each, _, at in self.noted if each == name), None)

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(_PATIENCE):
            while not holds():
                await asyncio.sleep(_POLL)
                await self._take()

    async def _take(self) -> None:
        self.noted.extend(map(tuple, await self.process.ask("take")))

    def _matched(
        self, state: dict[str, Any], begin: float, end: float
    ) -> tuple[list[float], list[float], int]:
        """Return the latencies of what was sent in that time, in milliseconds by both ways, and how much is missing."""
        latencies: list[float] = []
        handed_on: list[float] = []
        lost = 0
        for at, session in enumerate(state["open"]):
            sent, left = state["sent"][at], state["left"][at]
            arrived = self._arrived(session, state["shown"][at], sent)
            for number, (handed, gone) in enumerate(zip(sent, left, strict=False)):
                if not begin <= gone < end - _POLL:
                    continue
                if number in arrived:
                    latencies.append((arrived[number] - gone) * 1000)
                    handed_on.append((arrived[number] - handed) * 1000)
                else:
                    lost += 1
        return latencies, handed_on, lost

    def _arrived(
        self, session: str, shown: Sequence[int], sent: Sequence[float]
    ) -> dict[int, float]:
        """Return when each picture that was sent had arrived, by its number."""
        mine = [(picture, at) for name, picture, at in self.noted if name == session]
        if mine and mine[0][0].startswith("#"):
            return {int(picture[1:]): at for picture, at in mine}
        found: dict[int, float] = {}
        by_place: dict[int, list[int]] = {}
        for number, place in enumerate(shown):
            by_place.setdefault(place, []).append(number)
        for picture, at in mine:
            before = [
                number for number in by_place[self.places[picture]] if sent[number] < at
            ]
            if before:
                found[before[-1]] = at
        return found
