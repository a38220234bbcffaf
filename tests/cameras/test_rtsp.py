"""The cameras as their clients see them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import islice, pairwise
import subprocess

import av
from freezegun.api import FrozenDateTimeFactory
import imageio_ffmpeg
import numpy as np
import pytest

from . import Cameras, PortTaken, serve
from .picture import HEIGHT, WIDTH
from .rtsp import MOST_CONNECTIONS
from .scenes import SCENES
from .scenes.scene import Scene
from .watching import LITTLE_ROOM, PlainClient, frames, opened

CLOCK = (slice(20, 60), slice(20, 320))
ANOTHER_DIGIT = 80
"""More than the encoder makes of a digit that stays (44 was seen), and far less than another one (some 200)."""
BELOW_THE_CAPTION = slice(60, None)

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def cameras() -> AsyncIterator[Cameras]:
    async with serve() as cameras:
        yield cameras


@pytest.mark.parametrize("name", SCENES)
async def test_a_camera_shows_movement_and_a_clock(cameras: Cameras, name: str) -> None:
    pictures = await asyncio.to_thread(frames, cameras.url(name), 12)
    assert [(one.width, one.height) for one in pictures] == [(WIDTH, HEIGHT)] * 12
    first, last = (one.to_ndarray(format="gray").astype(int) for one in pictures[::11])
    difference = np.abs(first - last)
    assert (difference[CLOCK] > ANOTHER_DIGIT).any()
    assert (difference[BELOW_THE_CAPTION] > 40).sum() > 100


async def test_the_cameras_show_different_places(cameras: Cameras) -> None:
    seen = [
        (await asyncio.to_thread(frames, cameras.url(name), 1))[0].to_ndarray(
            format="gray"
        )
        for name in SCENES
    ]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(seen[one].astype(int) - seen[other]).mean() > 20


async def test_a_stream_starts_with_a_keyframe_and_has_one_track(
    cameras: Cameras,
) -> None:
    def look() -> None:
        with opened(cameras.url("porch")) as container:
            assert [stream.type for stream in container.streams] == ["video"]
            packets = list(islice(container.demux(video=0), 32))
        assert packets[0].is_keyframe
        assert sum(packet.is_keyframe for packet in packets) == 3
        times = [packet.pts or 0 for packet in packets]
        assert all(later > one for one, later in pairwise(times))

    await asyncio.to_thread(look)


async def test_two_viewers_share_one_encoder(cameras: Cameras) -> None:
    def look() -> None:
        with opened(cameras.url("yard")) as early, opened(cameras.url("yard")) as late:
            picture = bytes(next(late.demux(video=0)))
            assert picture in map(bytes, islice(early.demux(video=0), 60))

    await asyncio.to_thread(look)


async def test_a_camera_rests_when_nobody_watches(cameras: Cameras) -> None:
    porch = cameras["porch"]
    watching = asyncio.create_task(asyncio.to_thread(frames, cameras.url("porch"), 1))
    await porch.until_viewers(1)
    await watching
    await porch.until_viewers(0)
    await porch.until_resting()
    assert await asyncio.to_thread(frames, cameras.url("porch"), 1)


async def test_an_independent_decoder_reads_a_camera(cameras: Cameras) -> None:
    program = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-v", "error", "-xerror", "-rtsp_transport", "tcp"),
        *("-i", cameras.url("drive"), "-frames:v", "5"),
        *("-f", "rawvideo", "-pix_fmt", "gray", "-"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    pictures, complaints = await program.communicate()
    assert (program.returncode, complaints) == (0, b"")
    assert len(pictures) == 5 * WIDTH * HEIGHT


async def test_credentials_are_asked_for() -> None:
    async with serve(user="owner", password="l@tch/string") as cameras:
        url = cameras.url("porch")
        assert await asyncio.to_thread(frames, url, 1)
        for wrong in (url.replace("owner:", "other:"), url.replace("l%40", "l")):
            with pytest.raises(av.error.HTTPUnauthorizedError):
                await asyncio.to_thread(frames, wrong, 1)
        bare = url.replace(url[7 : url.index("@") + 1], "")
        with pytest.raises(av.error.HTTPUnauthorizedError):
            await asyncio.to_thread(frames, bare, 1)


@pytest.mark.parametrize(("user", "password"), [("owner", None), (None, "secret")])
async def test_half_of_the_credentials_open_nothing(
    user: str | None, password: str | None
) -> None:
    with pytest.raises(ValueError, match="needs a password"):
        async with serve(user=user, password=password):
            pass


async def test_a_camera_that_is_not_there_is_not_found(cameras: Cameras) -> None:
    with pytest.raises(av.error.HTTPNotFoundError):
        await asyncio.to_thread(
            frames, cameras.url("porch").replace("porch", "attic"), 1
        )


async def test_the_cameras_go_on_where_a_test_has_frozen_time(
    freezer: FrozenDateTimeFactory,
) -> None:
    async with serve() as cameras:
        freezer.move_to("2026-01-02 03:04:05")
        pictures = await asyncio.to_thread(frames, cameras.url("porch"), 8)
    first, last = (one.to_ndarray(format="gray").astype(int) for one in pictures[::7])
    difference = np.abs(first - last)
    assert (difference[BELOW_THE_CAPTION] > 40).any()
    assert not (difference[CLOCK] > ANOTHER_DIGIT).any()


async def test_who_does_not_read_is_dropped_and_others_go_on() -> None:
    async with (
        serve(most_waiting=LITTLE_ROOM) as cameras,
        PlainClient.connected(cameras.port) as idle,
    ):
        await idle.watch(cameras.url("yard"))
        await cameras["yard"].until_viewers(1)
        await cameras["yard"].until_viewers(0)
        assert len(await asyncio.to_thread(frames, cameras.url("yard"), 3)) == 3


async def test_the_end_of_the_cameras_is_the_end_of_every_connection() -> None:
    async with AsyncExitStack() as clients:
        async with serve() as cameras:
            connected = PlainClient.connected(cameras.port)
            client = await clients.enter_async_context(connected)
            await client.watch(cameras.url("porch"))
            await client.packet()
        await client.end()


async def test_a_scene_that_fails_ends_its_viewers_and_is_not_passed_over() -> None:
    def paperless() -> Scene:
        raise LookupError("no paper")

    async def look() -> None:
        async with (
            serve(scenes={"attic": paperless}) as cameras,
            PlainClient.connected(cameras.port) as client,
        ):
            await client.watch(cameras.url("attic"))
            await client.end()

    with pytest.raises(LookupError, match="no paper"):
        await look()


async def test_a_crowd_is_not_let_in(cameras: Cameras) -> None:
    async with AsyncExitStack() as clients:
        for _ in range(MOST_CONNECTIONS):
            connected = PlainClient.connected(cameras.port)
            client = await clients.enter_async_context(connected)
            assert (await client.ask("OPTIONS", "*", {})).status == 200
        connected = PlainClient.connected(cameras.port)
        await (await clients.enter_async_context(connected)).end()


async def test_a_taken_port_is_said_clearly(cameras: Cameras) -> None:
    with pytest.raises(PortTaken, match=f"Port {cameras.port} is taken"):
        async with serve(port=cameras.port):
            pass
