"""Sessions opened and closed, a third of them broken off, and what is left of them here and at the camera.

python -m tests.relay.sources.webrtc.openings [--count N] [--seed N]
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from pathlib import Path
import random
import sys
from typing import Final, override
from unittest.mock import patch

from custom_components.latchstring.relay import CameraStream, WebRtcSource
from custom_components.latchstring.relay.sources.webrtc import session
from custom_components.latchstring.relay.sources.webrtc.dtls import DtlsHandshake
from custom_components.latchstring.relay.sources.webrtc.source import (
    CameraEnded,
    CameraMessage,
    Signaling,
)
from tests.cameras.webrtc import Model, WebRtcCamera, webrtc_camera
from tests.loopback import ice_on_loopback
from tests.relay.news import News
from tests.relay.tape import Tape, any_source

from .negotiated import Negotiator, Say

BROKEN_OFF: Final = 3
"""One of so many is broken off."""
AT_ONCE: Final = 10
_MOST_TURNS: Final = 60
_MOST_DATAGRAMS: Final = 2
_SHORTLY: Final = 0.1


class Way(StrEnum):
    """What becomes of an opening."""

    WATCHED = "watched until some pictures have come"
    BEFORE_OFFER = "left before the offer"
    OFFER_OUT = "left while the offer is out"
    ANSWERED = "left between the answer and ICE"
    IN_DTLS = "left in the handshake"
    FIRST_PICTURE = "left at the first picture"
    ENDED_EARLY = "ended by the camera with its answer"
    ENDED = "ended by the camera while it was watched"
    STALLED = "left while the camera's process stood still"
    KILLED = "left when the camera's process was gone"
    RAISES = "refused by an exception before there was a session"
    RAISES_LATE = "refused by an exception when there was one"
    CANCELLED = "an offer that is cancelled by the integration itself"
    NEVER_RETURNS = "an offer that returns only when it is closed"
    TASK_CANCELLED = "its task was cancelled by somebody"


_LEFT_AT_ONCE: Final = frozenset(Way) - {Way.STALLED, Way.KILLED}
"""What can be done to one session without doing it to all others of this camera."""


@dataclass(slots=True)
class Fickle(Negotiator):
    """Negotiates as the way is, and tells how far it has come."""

    way: Way = Way.WATCHED
    news: News = field(default_factory=News)
    answered: int = 0
    failed: int = 0
    datagrams: int = 0

    @property
    @override
    def source(self) -> WebRtcSource:
        inner = super(Fickle, self).source.signaling
        return WebRtcSource(
            name="porch", signaling=lambda: _FickleSignaling(self, inner())
        )

    async def until_handshake(self, datagrams: int) -> None:
        """Wait until so many datagrams of the handshake have come, of all sessions that there are."""
        begun = _datagrams.seen
        while _datagrams.seen <= begun + datagrams:
            await _datagrams.news.until(lambda: _datagrams.seen > begun + datagrams)


class _FickleSignaling:
    """One session."""

    def __init__(self, fickle: Fickle, inner: Signaling) -> None:
        self._all = fickle
        self._inner = inner
        self._closed = asyncio.Event()

    async def offer(self, sdp: str, on_message: Say) -> None:
        self._all.news.tell()
        if self._all.way is Way.RAISES:
            self._all.offers.append(sdp)
            self._fail(RuntimeError("no"))

        def say(message: CameraMessage) -> None:
            on_message(message)
            self._all.answered += 1
            self._all.news.tell()

        if self._all.way is Way.RAISES_LATE:
            await self._inner.offer(sdp, lambda _message: None)
            self._fail(RuntimeError("no"))
        if self._all.way is Way.CANCELLED:
            await self._inner.offer(sdp, lambda _message: None)
            self._fail(asyncio.CancelledError())
        await self._inner.offer(sdp, say)
        if self._all.way is Way.ENDED_EARLY:
            on_message(CameraEnded())
        if self._all.way is Way.NEVER_RETURNS:
            await self._closed.wait()

    def _fail(self, error: BaseException) -> None:
        self._all.failed += 1
        self._all.news.tell()
        raise error

    async def add_candidate(self, candidate: str) -> None:
        await self._inner.add_candidate(candidate)

    def close(self) -> None:
        self._closed.set()
        self._inner.close()


@dataclass(slots=True)
class _Datagrams:
    """What handshakes have received."""

    seen: int = 0
    news: News = field(default_factory=News)


_datagrams = _Datagrams()


class _Watched(DtlsHandshake):
    """A handshake that tells of its datagrams."""

    @override
    def receive(self, datagram: bytes) -> list[bytes]:
        _datagrams.seen += 1
        _datagrams.news.tell()
        return super().receive(datagram)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What should not be there any more."""

    tasks: tuple[str, ...] = ()
    sockets: int = 0
    sockets_of_camera: int = 0
    sessions_of_camera: tuple[str, ...] = ()
    never_closed: tuple[str, ...] = ()


NOTHING: Final = Left()


@dataclass(slots=True)
class Found:
    """What many openings came to."""

    openings: dict[Way, int] = field(default_factory=dict)
    left: list[tuple[Way, Left]] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def datagram_sockets(pid: int | str = "self") -> int:
    """Return how many sockets for UDP a process has open."""
    inodes = {
        line.split()[9]
        for name in ("udp", "udp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    }
    return sum(name in inodes for name in _socket_names(pid))


def sockets() -> int:
    """Return how many sockets of any kind this process has open."""
    return len([*_socket_names("self")])


def _socket_names(pid: int | str) -> Iterable[str]:
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            name = str(each.readlink())
        except FileNotFoundError:
            continue  # the folder's own
        if name.startswith("socket:"):
            yield name.removeprefix("socket:[").removesuffix("]")


def megabytes() -> float:
    """Return how much memory this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def ways(number: int, seed: int, among: Iterable[Way] = Way) -> list[Way]:
    """Return what becomes of so many openings: each of the ways in turn, in an order that the seed gives."""
    luck = random.Random(seed)  # noqa: S311  # the same in each run
    breaks = [each for each in among if each is not Way.WATCHED]
    broken = [breaks[at % len(breaks)] for at in range(number // BROKEN_OFF)]
    all_ways = [*broken, *[Way.WATCHED] * (number - len(broken))]
    luck.shuffle(all_ways)
    return all_ways


async def one(camera: WebRtcCamera, way: Way, luck: random.Random) -> Fickle:
    """Open a session, and have become of it what is to."""
    fickle, tape = Fickle(camera, way=way), Tape()
    stream = fickle.stream()
    stream.attach(tape, any_source)
    await _until_its_moment(fickle, stream, tape, luck)
    stream.detach(tape)
    if way is Way.STALLED:
        await asyncio.sleep(luck.random() * _SHORTLY)
        camera.resume()
    await stream.async_close()
    await asyncio.gather(*fickle.closing, return_exceptions=True)
    return fickle


async def _until_its_moment(
    fickle: Fickle, stream: CameraStream, tape: Tape, luck: random.Random
) -> None:
    news = fickle.news
    match fickle.way:
        case Way.BEFORE_OFFER:
            for _ in range(luck.randrange(_MOST_TURNS)):
                await asyncio.sleep(0)
        case Way.OFFER_OUT:
            await news.until(lambda: bool(fickle.offers))
            await asyncio.sleep(luck.random() * _SHORTLY / 4)
        case Way.ANSWERED | Way.NEVER_RETURNS:
            await news.until(lambda: fickle.answered > 0)
            await asyncio.sleep(luck.choice((0, luck.random() * _SHORTLY)))
        case Way.IN_DTLS:
            await fickle.until_handshake(luck.randrange(_MOST_DATAGRAMS))
        case Way.RAISES | Way.RAISES_LATE | Way.CANCELLED:
            await news.until(lambda: fickle.failed > luck.randrange(2))
        case Way.ENDED_EARLY:
            await news.until(lambda: len(fickle.offers) > 1)
        case Way.STALLED | Way.KILLED:
            await news.until(lambda: bool(fickle.offers))
            await asyncio.sleep(luck.random() * _SHORTLY)
            if fickle.way is Way.STALLED:
                fickle.camera.stall()
            else:
                fickle.camera.kill()
            await asyncio.sleep(luck.random() * _SHORTLY)
        case _:
            await tape.until(1)
            await _at_a_picture(fickle, stream, tape)


async def _at_a_picture(fickle: Fickle, stream: CameraStream, tape: Tape) -> None:
    match fickle.way:
        case Way.WATCHED:
            await tape.until(3)
        case Way.ENDED:
            fickle.end()
            await fickle.news.until(lambda: len(fickle.offers) > 1)
        case Way.TASK_CANCELLED:
            running = [each for each in asyncio.all_tasks() if _is_reading(each)]
            for each in running:
                each.cancel()
            await fickle.news.until(lambda: len(fickle.offers) > 1)


def _is_reading(task: asyncio.Task[object]) -> bool:
    return "WebRtcReader._run" in getattr(task.get_coro(), "__qualname__", "")


async def left_of(fickle: Fickle, before: set[asyncio.Task[object]]) -> Left:
    """Return what is left of an opening, when the camera has had time to let go."""
    for _ in range(2):
        await asyncio.sleep(0)  # a task that was cancelled ends in the next turn
    if fickle.way is Way.KILLED:
        at_camera, sockets_of_camera = (), 0
    else:
        at_camera = ()
        try:
            await fickle.until_closed()
        except TimeoutError:
            at_camera = tuple((await fickle.camera.state())["open"])
        sockets_of_camera = datagram_sockets(fickle.camera.pid)
    tasks = asyncio.all_tasks() - before - {asyncio.current_task()}
    return Left(
        tasks=tuple(
            sorted(getattr(each.get_coro(), "__qualname__", "?") for each in tasks)
        ),
        sockets=datagram_sockets(),
        sockets_of_camera=sockets_of_camera,
        sessions_of_camera=at_camera,
        never_closed=tuple({*fickle.opened} - {*fickle.closed}),
    )


async def openings(number: int, seed: int) -> Found:
    """Open so many sessions, one after the other, then some at once."""
    luck = random.Random(seed)  # noqa: S311  # the same in each run
    found = Found()
    async with soaked() as camera:
        for done, way in zip(count(1), ways(number, seed)):
            found.openings[way] = found.openings.get(way, 0) + 1
            before = asyncio.all_tasks()
            async with AsyncExitStack() as stack:
                own = camera
                if way is Way.KILLED:
                    own = await stack.enter_async_context(webrtc_camera(MODEL))
                    before = asyncio.all_tasks()
                left = await left_of(await one(own, way, luck), before)
            if left != NOTHING:
                found.left.append((way, left))
            if done % max(1, number // 10) == 0:
                found.megabytes.append(megabytes())
        found.left += await at_once(camera, seed, luck)
    return found


async def at_once(
    camera: WebRtcCamera, seed: int, luck: random.Random
) -> list[tuple[Way, Left]]:
    """Open some sessions together, and return what is left of all when they are over."""
    before = asyncio.all_tasks()
    several = await asyncio.gather(
        *(
            one(camera, way, luck)
            for way in ways(AT_ONCE, seed, sorted(_LEFT_AT_ONCE - {Way.TASK_CANCELLED}))
        )
    )
    left = [(each.way, await left_of(each, before)) for each in several]
    return [each for each in left if each[1] != NOTHING]


MODEL: Final = Model(keyframe_every=30)


@asynccontextmanager
async def soaked() -> AsyncIterator[WebRtcCamera]:
    """Give a camera, with handshakes that are watched."""
    with patch.object(session, "DtlsHandshake", _Watched):
        async with webrtc_camera(MODEL) as camera:
            await camera.state()
            yield camera


def _say(found: Found) -> None:
    for way, number in sorted(found.openings.items()):
        sys.stdout.write(f"{number:4} {way}\n")
    memory = ", ".join(f"{each:.1f}" for each in found.megabytes)
    sys.stdout.write(f"memory, MB: {memory}\n")
    for way, left in found.left:
        sys.stdout.write(f"LEFT: {way}: {left}\n")
    sys.stdout.write(f"left: {len(found.left)}\n")


def main() -> None:
    """Open them, and say what is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with ice_on_loopback():
        before = sockets()
        found = asyncio.run(openings(arguments.count, arguments.seed))
    _say(found)
    sys.stdout.write(f"sockets before and after: {before}, {sockets()}\n")
    sys.exit(bool(found.left) or sockets() > before)


if __name__ == "__main__":
    main()
