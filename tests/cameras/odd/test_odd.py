"""The odd cameras, as a player that is not ours sees them."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import av
import pytest

from tests.cameras.odd import Film, OddCamera, Oddities, numbers_in, odd_camera

from .counter import MOST, UnreadableNumber, draw, read
from .film import shots_of

START: Final = b"\0\0\0\1"
UDP: Final = Oddities(tcp_status=461, udp_status=200)


def video(film: Film) -> bytes:
    return b"".join(START + unit for shot in shots_of(film) for unit in shot.units)


def numbers_from(url: str, transport: str, pictures: int) -> list[int]:
    """Play a camera with FFmpeg, and give the numbers it shows."""
    options = {"rtsp_transport": transport, "allowed_media_types": "video"}
    with closing(av.open(url, "r", options=options, timeout=5)) as container:
        shown = (
            read(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)
        )
        return [number for number, _ in zip(shown, range(pictures), strict=False)]


async def played(
    oddities: Oddities, transport: str = "tcp", pictures: int = 10
) -> tuple[OddCamera, list[int]]:
    async with odd_camera(oddities) as camera:
        numbers = await asyncio.to_thread(numbers_from, camera.url, transport, pictures)
    return camera, numbers


@pytest.mark.parametrize("number", [0, 1, 299, MOST - 1])
def test_a_number_that_is_drawn_can_be_read(number: int) -> None:
    assert read(draw(number, 320, 180)) == number


def test_a_picture_of_two_halves_has_no_number() -> None:
    halves = draw(1, 320, 180)
    halves[:, 160:] = draw(2222, 320, 180)[:, 160:]
    with pytest.raises(UnreadableNumber):
        read(halves)


@pytest.mark.parametrize(
    "film",
    [
        Film(pictures=30),
        Film(pictures=30, b_frames=2),
        Film(pictures=30, slices=4),
        Film(pictures=30, entry="refresh"),
        Film(pictures=30, codec="h265"),
        Film(pictures=6, codec="h265", is_ten_bit=True),
    ],
)
def test_each_picture_of_a_film_shows_its_number(film: Film) -> None:
    assert numbers_in(video(film)) == list(range(film.pictures))


@pytest.mark.parametrize(("oddities", "transport"), [(Oddities(), "tcp"), (UDP, "udp")])
async def test_what_was_sent_is_what_is_played(
    oddities: Oddities, transport: str
) -> None:
    camera, numbers = await played(oddities, transport)
    assert numbers == list(range(10))
    assert set(numbers) <= set(camera.sent)
    assert camera.connections == camera.most_playing == 1
    assert camera.methods()[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]


async def test_who_comes_later_sees_what_is_shown_now() -> None:
    async with odd_camera(Oddities(film=Film(keyframe_every=1))) as camera:
        first = await asyncio.to_thread(numbers_from, camera.url, "tcp", 10)
        later = await asyncio.to_thread(numbers_from, camera.url, "tcp", 1)
    assert later[0] > first[-1]


async def test_wrong_logins_are_counted() -> None:
    async with odd_camera(Oddities(login=("MD5",))) as camera:
        with pytest.raises(av.error.HTTPUnauthorizedError):
            await asyncio.to_thread(
                numbers_from, camera.url.replace("sesame", "barley"), "tcp", 1
            )
        assert camera.wrong_logins == 1


@pytest.fixture(autouse=True)
def _silent() -> Iterator[None]:
    """Let FFmpeg say nothing."""
    level = av.logging.get_level()
    av.logging.set_level(None)
    yield
    av.logging.set_level(level)
