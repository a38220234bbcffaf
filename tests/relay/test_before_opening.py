"""Nobody is shown what came before their share opened: the camera numbers its pictures, and keeps when it sent each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import override

import pytest

from custom_components.latchstring.relay import CameraAddress, CameraStream, Fragment
from tests.cameras.odd import Film, OddCamera, Oddities, numbers_in, odd_camera

from .tape import Tape, any_source

RARE = Film(pictures=900, keyframe_every=90)
"""Thirty seconds between keyframes, in a twentieth of the time."""
CAMERAS = {
    "TCP": Oddities(film=RARE, pictures_per_second=60),
    "UDP": Oddities(film=RARE, pictures_per_second=60, tcp_status=461, udp_status=200),
    "pictures that take their time": Oddities(
        film=RARE, pictures_per_second=60, spread=0.01, largest_payload=100
    ),
    "keyframes alone": Oddities(
        film=Film(pictures=900, keyframe_every=1), pictures_per_second=60
    ),
    "B-frames": Oddities(
        film=Film(pictures=900, keyframe_every=30, b_frames=2), pictures_per_second=60
    ),
    "slices that are not marked": Oddities(
        film=Film(pictures=900, keyframe_every=30, slices=4),
        pictures_per_second=60,
        marks="never",
    ),
}


class Glance(Tape):
    """Leaves after some pictures."""

    def __init__(self, stream: CameraStream, pictures: int = 3) -> None:
        super().__init__()
        self._stream, self._pictures = stream, pictures

    @override
    def feed(self, fragment: Fragment) -> None:
        super().feed(fragment)
        if len(self.fragments) == self._pictures:
            self._stream.detach(self)


@dataclass(frozen=True, slots=True)
class Opening:
    """When a share was opened, and what its viewer got."""

    at: float
    tape: Tape

    def shows_what_was_before(self, camera: OddCamera) -> bool:
        return any(
            max(camera.sent[number]) < self.at for number in numbers_in(self.tape.body)
        )


@asynccontextmanager
async def stream_of(camera: OddCamera) -> AsyncIterator[CameraStream]:
    async def locate() -> CameraAddress:
        return CameraAddress(url=camera.url)

    stream = CameraStream(
        loop=asyncio.get_running_loop(),
        locate=locate,
        name=lambda: "Porch",
        pause=lambda _attempt: 0.01,
    )
    try:
        yield stream
    finally:
        await stream.async_close()


def opened(stream: CameraStream, tape: Tape) -> Opening:
    opening = Opening(asyncio.get_running_loop().time(), tape)
    stream.attach(opening.tape, any_source, opening.at)
    return opening


@pytest.mark.parametrize("name", CAMERAS)
async def test_no_opening_shows_what_was_before_it(name: str) -> None:
    """While somebody else watches, at each turn of what the camera sends."""
    async with odd_camera(CAMERAS[name]) as camera, stream_of(camera) as stream:
        first = opened(stream, Tape())
        openings = [first]
        for pictures in range(1, 100):
            await first.tape.until(pictures)
            openings.append(opened(stream, Glance(stream)))
        for opening in openings:
            await opening.tape.until(3)
        assert camera.connections == 1
    assert not any(opening.shows_what_was_before(camera) for opening in openings)


async def test_nor_does_one_on_a_connection_that_was_kept() -> None:
    oddities = Oddities(film=RARE, pictures_per_second=60)
    async with odd_camera(oddities) as camera, stream_of(camera) as stream:
        openings = []
        for _ in range(5):
            opening = opened(stream, Glance(stream, 20))
            await opening.tape.until(20)
            openings.append(opening)
        assert camera.connections == 1
    assert not any(opening.shows_what_was_before(camera) for opening in openings)


async def test_what_came_since_an_opening_is_at_hand_at_once() -> None:
    async with odd_camera(Oddities()) as camera, stream_of(camera) as stream:
        watching = opened(stream, Tape())
        await watching.tape.until(5)
        later = Opening(asyncio.get_running_loop().time(), Tape())
        await watching.tape.news.until(
            lambda: sum(each.keyframe for each in watching.tape.fragments) == 2
        )
        await watching.tape.until(len(watching.tape.fragments) + 4)
        stream.attach(later.tape, any_source, later.at)

        assert len(later.tape.fragments) == 5
        assert later.tape.fragments[0].keyframe
        assert later.tape.fragments == watching.tape.fragments[-5:]
    assert not later.shows_what_was_before(camera)
