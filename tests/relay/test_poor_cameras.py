"""Cameras that answer and are of no use: what the flows and the log say of them, and what is left alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from ssl import SSLContext
import threading
from typing import override

import pytest

from custom_components.latchstring.relay import CameraStream, SourceUnusable, probe
from custom_components.latchstring.relay.mp4.timeline import Timeline
from custom_components.latchstring.relay.sources.rtsp import (
    DEFAULT_LIMITS,
    OpenLimits,
    demux,
)
from tests.cameras.description import session_description
from tests.cameras.encoder import Encoder
from tests.cameras.message import Request, Response
from tests.cameras.rtp import RtpStream
from tests.reference_hub import Authority

from .news import PATIENCE, News
from .tape import Tape, any_source
from .two_pictures import KEY_SLICE, TwoPictures

type Serve = Callable[
    [asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None] | None
]

OTHER_SLICE = b"\x41\x9a" + bytes(50)


class Ending(TwoPictures):
    """Ends as soon as it should begin."""

    @override
    async def _show(self, writer: asyncio.StreamWriter) -> None:
        writer.close()


class Garbled(TwoPictures):
    """Says of its picture what can't be."""

    @override
    def _answer(self, request: Request) -> Response:
        if request.method != "DESCRIBE":
            return super()._answer(request)
        sets = replace(Encoder().parameter_sets, sps=b"\x67\x42\xc0\x1e\x80")
        return Response(
            headers=(("Content-Type", "application/sdp"),),
            body=session_description("garbled", sets),
        )

    @override
    async def _show(self, writer: asyncio.StreamWriter) -> None:
        stream = RtpStream(source=1, sequence=0, timestamp_offset=0)
        for packet in stream.packets_of([KEY_SLICE], 0):
            writer.write(bytes((0x24, 0)) + len(packet).to_bytes(2) + packet)
        writer.close()


class Answering(TwoPictures):
    """Answers a method with this status, and goes no further."""

    def __init__(self, method: str, status: int) -> None:
        super().__init__()
        self._refused, self._status = method, status

    @override
    def _answer(self, request: Request) -> Response:
        if request.method == self._refused:
            return Response(status=self._status)
        return super()._answer(request)


class Keyless(TwoPictures):
    """Sends, but no keyframe as long as anybody waits."""

    sends = OTHER_SLICE

    @override
    def _answer(self, request: Request) -> Response:
        if request.method != "DESCRIBE":
            return super()._answer(request)
        return Response(
            headers=(("Content-Type", "application/sdp"),),
            body=session_description("keyless", Encoder().parameter_sets),
        )

    @override
    async def _show(self, writer: asyncio.StreamWriter) -> None:
        stream, moment = RtpStream(source=1, sequence=0, timestamp_offset=0), 0
        while True:
            for packet in stream.packets_of([self.sends], moment):
                writer.write(bytes((0x24, 0)) + len(packet).to_bytes(2) + packet)
            moment += 3600
            await asyncio.sleep(0.04)


class LateRiser(Keyless):
    """Says nothing to whoever comes first, and shows a picture to all who come after that."""

    sends = KEY_SLICE
    is_up = False

    @override
    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.is_up:
            await super().serve(reader, writer)
        else:
            self.is_up = True
            await say_nothing(reader, writer)


async def speak_otherwise(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Be no camera, but what else may stand at an address."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    writer.close()


async def say_nothing(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Hear what is asked until nobody asks any more."""
    await reader.read()
    writer.close()


@asynccontextmanager
async def listening(
    serve: Serve, context: SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve for as long as it is wanted, and give the address."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        try:
            yield f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/poor"
        finally:
            server.close_clients()


class Asked(News):
    """Counts how often somebody wants to know where a camera is."""

    times = 0

    @override
    def tell(self) -> None:
        self.times += 1
        super().tell()


def source_at(
    url: str, asked: Asked, on_turned: Callable[[], None] = lambda: None
) -> CameraStream:
    async def located() -> str:
        asked.tell()
        return url

    return CameraStream(
        loop=asyncio.get_running_loop(),
        locate=located,
        name=lambda: "Porch",
        pause=lambda _attempt: 0.01,
        on_change=on_turned,
    )


@pytest.mark.parametrize(
    ("serve", "code"),
    [
        (Ending().serve, "unreachable"),
        (Garbled().serve, "codec_unsupported"),
        (Answering("DESCRIBE", 404).serve, "address_wrong"),
        (Answering("DESCRIBE", 453).serve, "busy"),
        (Answering("DESCRIBE", 503).serve, "busy"),
        (Answering("PLAY", 453).serve, "busy"),
        (Answering("DESCRIBE", 400).serve, "refused"),
        (Answering("DESCRIBE", 500).serve, "refused"),
        (Answering("SETUP", 461).serve, "refused"),
        (Answering("SETUP", 454).serve, "refused"),
        (speak_otherwise, "unreadable"),
    ],
)
async def test_what_comes_of_a_poor_camera_is_told_apart(
    serve: Serve, code: str
) -> None:
    async with listening(serve) as url:
        with pytest.raises(SourceUnusable) as unusable:
            await probe(url)
    assert unusable.value.code == code


async def test_a_camera_whose_certificate_nobody_knows_is_told_apart(
    authority: Authority,
) -> None:
    async with listening(TwoPictures().serve, authority.server_context()) as url:
        with pytest.raises(SourceUnusable) as unusable:
            await probe(url.replace("rtsp:", "rtsps:"))
    assert unusable.value.code == "certificate_invalid"


async def test_a_camera_that_does_not_answer_in_time_is_slow() -> None:
    async with listening(say_nothing) as url:
        soon = OpenLimits(timeout=0.2, slots=threading.BoundedSemaphore(1))
        with pytest.raises(SourceUnusable) as unusable:
            await asyncio.to_thread(
                list, demux(url, Timeline(), threading.Event(), limits=soon)
            )
    assert unusable.value.code == "slow"


@contextmanager
def no_quick_one_opened() -> Iterator[None]:
    """Take the places of all cameras that are given little time: who is given more has places of its own."""
    with ExitStack() as taken:
        for _ in range(4):
            assert DEFAULT_LIMITS.slots.acquire(blocking=False)
            taken.callback(DEFAULT_LIMITS.slots.release)
        yield


async def test_a_camera_that_is_looked_at_before_it_is_shared_is_given_more_time() -> (
    None
):
    camera = LateRiser()
    camera.is_up = True
    async with listening(camera.serve) as url:
        with no_quick_one_opened():
            video = await probe(url)
    assert video.codec.startswith("avc1")


async def test_a_camera_that_was_slow_is_given_more_time_when_it_is_asked_again() -> (
    None
):
    asked, tape = 0, Tape()
    async with listening(LateRiser().serve) as url:
        with ExitStack() as later:

            async def located() -> str:
                nonlocal asked
                asked += 1
                if asked == 2:
                    later.enter_context(no_quick_one_opened())
                return url

            source = CameraStream(
                loop=asyncio.get_running_loop(),
                locate=located,
                name=lambda: "Porch",
                pause=lambda _attempt: 0.01,
            )
            source.attach(tape, any_source)
            try:
                await tape.until(1)
            finally:
                await source.async_close()
    assert asked == 2


async def test_it_is_said_of_a_camera_that_sends_that_its_keyframe_is_awaited() -> None:
    turned = News()
    async with listening(Keyless().serve) as url:
        source = source_at(url, Asked(), turned.tell)
        source.attach(Tape(), any_source)
        await turned.until(lambda: source.no_picture is not None)
        assert source.no_picture == "keyframes_rare"
        await source.async_close()
    assert source.no_picture is None


async def test_an_address_of_which_nothing_can_be_made_is_written_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Python's own error would name it, password included."""
    asked = Asked()
    source = source_at("rtsp://owner:open-sesame@127.0.0.1/\ud800", asked)
    source.attach(Tape(), any_source)
    await asked.until(lambda: asked.times == 3)
    await source.async_close()

    assert "Reading camera Porch failed: UnicodeEncodeError" in caplog.text
    assert "open-sesame" not in caplog.text


async def test_who_leaves_while_other_cameras_are_slow_to_open_is_not_connected_later() -> (
    None
):
    """Four are opened at the same time; the fifth waits for its turn."""
    connections, news, asked = list[asyncio.StreamWriter](), News(), Asked()

    def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        news.tell()

    async with listening(take) as url:
        slow, fifth = [source_at(url, Asked()) for _ in range(4)], source_at(url, asked)
        for source in slow:
            source.attach(Tape(), any_source)
        await news.until(lambda: len(connections) == 4)
        fifth.attach(Tape(), any_source)
        await asked.until(lambda: asked.times == 1)
        async with asyncio.timeout(PATIENCE):
            await fifth.async_close()
        closing = asyncio.gather(*(source.async_close() for source in slow))
        for writer in connections:
            writer.close()
        await closing
    assert len(connections) == 4
