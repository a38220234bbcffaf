"""The measurement of one sender after the other, against one camera and one receiver."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import time
from typing import Any, Final, Self

from tests.reference_hub import Authority, make_authority

from .counterpart import Counterpart
from .film import Film
from .found import Again, Found, Sent, Window, arrivals
from .lag import Lag
from .logbook import Noted
from .senders import Route, Sender

_POLL: Final = 0.1
_PHASE: Final = 0.37
"""Seconds between two more viewers, so that they come at different places between two keyframes."""


class SenderBroken(Exception):
    """A sender that ended, or from which not every stream arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long everything is watched, in seconds."""

    window: float = 8.0
    settle: float = 2.0
    """After the first pictures of all streams, for what only happens in the beginning."""
    late: float = 2.0
    """After the window, for what is still under way."""
    lag: float = 3.0
    turns: int = 5
    patience: float = 30.0
    """For a picture of each stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The camera and the receiver, and what they noted since this measurement began."""

    camera: Counterpart
    receiver: Counterpart
    camera_port: int
    receiver_port: int
    authority: Authority
    folder: Path
    pace: Pace
    sent: list[Noted] = field(default_factory=list)
    received: list[Noted] = field(default_factory=list)

    def route(self, streams: int) -> Route:
        """Return what a sender is told."""
        return Route(
            streams=streams,
            camera=f"rtsp://127.0.0.1:{self.camera_port}/{streams}",
            receiver=f"https://127.0.0.1:{self.receiver_port}",
            ca=self.authority.ca_path,
            folder=self.folder,
        )

    async def begin(self) -> None:
        """Forget what the sender before left."""
        await self.look()
        self.sent.clear()
        self.received.clear()

    async def look(self) -> None:
        """Take over what was noted meanwhile; the camera's last, which has then noted all that arrived."""
        self.received.extend(map(tuple, await self.receiver.ask("take")))
        self.sent.extend(map(tuple, await self.camera.ask("take")))

    async def until_arrived(
        self, streams: set[str], processes: Sequence[Counterpart] = ()
    ) -> None:
        """Wait for a picture of each stream."""
        try:
            async with asyncio.timeout(self.pace.patience):
                while streams - {stream for stream, _, _ in self.received}:
                    if any(each.has_ended for each in processes):
                        raise SenderBroken("it ended by itself")
                    await asyncio.sleep(_POLL)
                    await self.look()
        except TimeoutError:
            raise SenderBroken("not every stream arrived") from None


@asynccontextmanager
async def line(folder: Path, film: Film, pace: Pace) -> AsyncIterator[Line]:
    """Start the camera and the receiver, for all senders."""
    authority = make_authority(folder / "authority")
    path = await asyncio.to_thread(film.make)
    async with (
        Counterpart.module("camera", path, str(film.rate)) as camera,
        Counterpart.module(
            "receiver", authority.cert_path, authority.key_path
        ) as receiver,
    ):
        yield Line(
            camera=camera,
            receiver=receiver,
            camera_port=(await camera.told())["port"],
            receiver_port=(await receiver.told())["port"],
            authority=authority,
            folder=folder,
            pace=pace,
        )


class Run:
    """One sender, relaying so many streams."""

    def __init__(self, line: Line, sender: Sender, streams: int) -> None:
        self._line = line
        self._sender = sender
        self._streams = streams
        self._processes: list[Counterpart] = []
        self._stack = AsyncExitStack()
        self._begun = 0.0

    async def __aenter__(self) -> Self:
        await self._line.begin()
        for process in self._sender.processes(self._line.route(self._streams)):
            self._processes.append(await self._stack.enter_async_context(process))
        self._begun = self._processes[0].began_at
        if self._sender.is_ours:
            await self._ours.told()
            self._begun = await self._ours.ask("open")
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._stack.aclose()

    @property
    def _ours(self) -> Counterpart:
        return self._processes[0]

    async def measure(self) -> Found:
        """Wait for all streams, watch them for a while, and say what was found."""
        numbers = {str(each) for each in range(self._streams)}
        await self._line.until_arrived(numbers, self._processes)
        opening_lag = await self._ours.ask("rest") if self._sender.is_ours else ()
        await asyncio.sleep(self._line.pace.settle)
        window, cpu = await self._watched()
        pss, rss = (self._memory(kind) for kind in ("Pss", "Rss"))
        await asyncio.sleep(self._line.pace.late)
        await self._line.look()
        arrived = arrivals(
            Sent(self._line.sent),
            self._line.received,
            begun=self._begun,
            window=window,
        )
        ours = await self._only_ours() if self._sender.is_ours else {}
        self._require_running()
        return Found(
            sender=self._sender.name,
            streams=self._streams,
            **{name: getattr(arrived, name) for name in arrived.__slots__},
            cpu=cpu,
            pss=pss,
            rss=rss,
            opening_lag=opening_lag,
            **ours,
        )

    def _require_running(self) -> None:
        if any(each.has_ended for each in self._processes):
            raise SenderBroken("it ended by itself")

    async def _watched(self) -> tuple[Window, float]:
        """Return the time that counts, and the processor seconds a stream's minute took in it."""
        self._require_running()
        begin, before = time.monotonic(), self._cpu()
        await asyncio.sleep(self._line.pace.window)
        self._require_running()
        end, after = time.monotonic(), self._cpu()
        cpu = (after - before) / (end - begin) * 60 / self._streams
        return Window(begin=begin, end=end), cpu

    def _cpu(self) -> float:
        return sum(each.cpu_seconds() for each in self._processes)

    def _memory(self, kind: str) -> float:
        return sum(each.memory(kind) for each in self._processes)

    async def _only_ours(self) -> dict[str, Any]:
        """Measure what can be asked of no other sender."""
        idle = Lag()
        idle.begin()
        await self._ours.ask("lag")
        await asyncio.sleep(self._line.pace.lag)
        lags = {"lag": await self._ours.ask("rest"), "idle_lag": idle.end()}
        if self._streams > 1:
            return lags
        turns = range(self._line.pace.turns)
        kept = [await self._again(f"kept-{each}", "kept") for each in turns]
        new = [await self._again(f"new-{each}", "new") for each in turns]
        return {**lags, "kept": kept, "new": new}

    async def _again(self, path: str, kept: str) -> Again:
        await asyncio.sleep(_PHASE)
        opened = await self._ours.ask(f"again {path} {kept}")
        await self._line.until_arrived({path}, self._processes)
        stream, picture, at = next(
            each for each in self._line.received if each[0] == path
        )
        moment = Sent(self._line.sent).before("0", picture, at)
        assert moment is not None, stream
        return Again(
            after_opening=(at - opened) * 1000, after_keyframe=(at - moment) * 1000
        )
