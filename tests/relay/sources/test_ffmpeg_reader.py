"""FFmpeg on a thread of its own: how many it opens at once, and for how long it waits."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
import threading
import time

import pytest

from custom_components.latchstring.relay import CameraAddress, SourceUnusable
from custom_components.latchstring.relay.mp4.timeline import Timeline
from custom_components.latchstring.relay.sources.ffmpeg.demux import Demuxer
from custom_components.latchstring.relay.sources.ffmpeg.limits import (
    DEFAULT_LIMITS,
    OpenLimits,
)
from custom_components.latchstring.relay.sources.ffmpeg.reader import FFmpegReader
from tests.cameras.odd import Oddities, odd_camera
from tests.relay.cameras import source_by
from tests.relay.news import News
from tests.relay.tape import Tape, any_source
from tests.relay.test_poor_cameras import Silent, listening

from .watched import Watched

NO_ROOM = 1 << 47
"""A thread's stack as large as all that a process can address."""


@contextmanager
def no_quick_one_opened() -> Iterator[None]:
    """Take the places of all cameras that are given little time: who is given more has places of its own."""
    with ExitStack() as taken:
        for _ in range(4):
            assert DEFAULT_LIMITS.slots.acquire(blocking=False)
            taken.callback(DEFAULT_LIMITS.slots.release)
        yield


async def test_a_camera_that_was_slow_has_a_place_of_its_own() -> None:
    async with odd_camera(Oddities()) as camera:
        watched = Watched(FFmpegReader, camera.url, is_slow=True)
        with no_quick_one_opened():
            watched.reader.start()
            await watched.until(1)
        watched.reader.stop()
        await watched.reader.async_join()


async def test_who_leaves_while_others_are_slow_to_open_is_not_connected_later() -> (
    None
):
    """Four are opened at the same time; the fifth waits for its turn."""
    async with odd_camera(Oddities()) as camera:
        watched = Watched(FFmpegReader, camera.url)
        with no_quick_one_opened():
            watched.reader.start()
            watched.reader.stop()
            await watched.reader.async_join()
    assert camera.connections == 0


async def test_a_camera_that_does_not_answer_in_time_is_slow() -> None:
    soon = OpenLimits(timeout=0.2, slots=threading.BoundedSemaphore(1))
    async with listening(Silent().serve) as url:
        demuxer = Demuxer(
            CameraAddress(url=url),
            Timeline(),
            threading.Event(),
            time=time.monotonic,
            limits=soon,
        )
        with pytest.raises(SourceUnusable) as unusable:
            await asyncio.to_thread(list, demuxer.fragments())
    assert unusable.value.code == "slow"


async def test_where_there_is_no_room_for_a_thread_it_is_tried_again() -> None:
    asked, news = 0, News()
    usual = threading.stack_size(NO_ROOM)

    async def locate() -> str:
        nonlocal asked
        asked += 1
        news.tell()
        return "http://127.0.0.1:1/"

    source = source_by(locate)
    try:
        source.attach(Tape(), any_source)
        await news.until(lambda: asked == 3)
        assert source.status.no_picture == "unreachable"
    finally:
        threading.stack_size(usual)
        await source.async_close()


async def test_ffmpeg_is_not_led_from_one_camera_to_another() -> None:
    """It would follow a redirect to any host."""
    async with (
        odd_camera(Oddities()) as other,
        odd_camera(Oddities(redirect=other.url)) as camera,
    ):
        assert await Watched(FFmpegReader, camera.url).fault() == "redirected"
    assert camera.connections == 1
    assert other.connections == 0


async def test_a_redirect_that_comes_in_pieces_is_seen() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in (b"RTSP/1.0\t350 -\r\nLo", b"\rcation: rtsp://127.0.0.2/\r\n\r\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read()
        writer.close()

    async with listening(serve) as url:
        assert await Watched(FFmpegReader, url).fault() == "redirected"


async def test_rtsp_by_ffmpeg_is_stopped_while_its_camera_says_nothing() -> None:
    heard = News()
    silent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent.set()
        heard.tell()
        await reader.read()
        writer.close()

    async with listening(serve) as url:
        watched = Watched(FFmpegReader, url)
        watched.reader.start()
        await heard.until(silent.is_set)
        watched.reader.stop()
        await watched.reader.async_join()
    assert watched.fragments == []
