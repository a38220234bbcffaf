"""Cameras that answer and are of no use: what the flows and the log say of them, and what is left alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from ssl import SSLContext
from typing import override

import pytest

from custom_components.latchstring.relay import (
    CameraAddress,
    CameraStream,
    ConsentedStream,
    SourceUnusable,
    VideoFormat,
    WarmConnection,
    probe,
)
from custom_components.latchstring.relay.sources.refused_logins import RefusedLogins
from tests.cameras.description import session_description
from tests.cameras.encoder import Encoder
from tests.cameras.message import Request, Response
from tests.cameras.odd import NEVER, Oddities, odd_camera
from tests.cameras.rtp import RtpStream
from tests.reference_hub import Authority

from .news import News
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


class Keyful(Keyless):
    """Sends nothing but keyframes."""

    sends = KEY_SLICE


async def speak_otherwise(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Be no camera, but what else may stand at an address."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    writer.close()


class Silent:
    """Hears what is asked until nobody asks any more."""

    def __init__(self) -> None:
        self.asked = self.left = 0
        self.news = News()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        self.news.tell()
        with suppress(ConnectionError):
            await reader.read()
        self.left += 1
        self.news.tell()
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
    async def located() -> CameraAddress:
        asked.tell()
        return CameraAddress(url=url)

    return CameraStream(
        loop=asyncio.get_running_loop(),
        locate=located,
        name=lambda: "Porch",
        pause=lambda _attempt: 0.01,
        keep=0,
        on_change=on_turned,
    )


async def probed(url: str, *, verifies_certificate: bool = False) -> VideoFormat:
    address = CameraAddress(url=url, verifies_certificate=verifies_certificate)
    return await probe(address, RefusedLogins())


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
        (Answering("SETUP", 461).serve, "transport_refused"),
        (Answering("SETUP", 454).serve, "refused"),
        (speak_otherwise, "unreadable"),
    ],
)
async def test_what_comes_of_a_poor_camera_is_told_apart(
    serve: Serve, code: str
) -> None:
    async with listening(serve) as url:
        with pytest.raises(SourceUnusable) as unusable:
            await probed(url)
    assert unusable.value.code == code


async def test_a_camera_whose_certificate_nobody_knows_is_told_apart_where_that_is_wanted(
    authority: Authority,
) -> None:
    async with listening(Keyful().serve, authority.server_context()) as url:
        secure = url.replace("rtsp:", "rtsps:")
        with pytest.raises(SourceUnusable) as unusable:
            await probed(secure, verifies_certificate=True)
        video = await probed(secure)
    assert unusable.value.code == "certificate_invalid"
    assert video.codec.startswith("avc1")


async def test_it_is_said_of_a_camera_that_sends_that_its_keyframe_is_awaited() -> None:
    turned = News()
    async with listening(Keyless().serve) as url:
        source = source_at(url, Asked(), turned.tell)
        source.attach(Tape(), any_source)
        await turned.until(lambda: source.status.no_picture is not None)
        assert source.status.no_picture == "keyframes_rare"
        await source.async_close()
    assert source.status.no_picture is None


@pytest.mark.parametrize("is_warm", [False, True])
async def test_it_is_said_that_one_waits_where_there_is_a_picture_for_others(
    *, is_warm: bool
) -> None:
    camera, turned, watching = Keyful(), News(), Tape()
    async with listening(camera.serve) as url:
        source = source_at(url, Asked(), turned.tell)
        if is_warm:
            WarmConnection(ConsentedStream(stream=source, is_consented=any_source))
        source.attach(watching, any_source)
        await watching.until(1)
        camera.sends = OTHER_SLICE
        await watching.news.until(lambda: not watching.fragments[-1].keyframe)
        if is_warm:
            source.detach(watching)

        source.attach(waiting := Tape(), any_source)
        assert source.status.has_picture
        await turned.until(lambda: source.status.no_picture is not None)
        assert source.status.no_picture == "keyframes_rare"
        assert not waiting.events

        camera.sends = KEY_SLICE
        await waiting.until(1)
        await turned.until(lambda: source.status.has_picture)
        await source.async_close()


async def test_an_address_of_which_nothing_can_be_made_is_written_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Python's own errors would name it, password included."""
    asked = Asked()
    source = source_at("rtsp://owner:open-sesame@127.0.0.1/\ud800", asked)
    source.attach(Tape(), any_source)
    await asked.until(lambda: asked.times == 3)
    assert source.status.no_picture == "address_wrong"
    await source.async_close()

    assert "Camera Porch cannot be read (address_wrong)" in caplog.text
    assert "open-sesame" not in caplog.text


async def test_cameras_that_do_not_answer_hold_up_none_that_does() -> None:
    silent = Silent()
    async with listening(silent.serve) as deaf, listening(Keyful().serve) as url:
        others = [source_at(deaf, Asked()) for _ in range(20)]
        for other in others:
            other.attach(Tape(), any_source)
        await silent.news.until(lambda: silent.asked == len(others))
        source, tape = source_at(url, Asked()), Tape()
        source.attach(tape, any_source)
        await tape.until(1)
        assert silent.left == 0
        for each in (source, *others):
            await each.async_close()
        await silent.news.until(lambda: silent.left == len(others))


async def test_a_camera_that_falls_silent_before_it_plays_is_slow() -> None:
    steps = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER")
    cameras = [Oddities(delays={method: NEVER}) for method in steps]

    async def code_of(oddities: Oddities) -> str:
        async with odd_camera(oddities) as camera:
            try:
                await probed(camera.url)
            except SourceUnusable as unusable:
                return unusable.code
        return "it plays"

    codes = await asyncio.gather(*map(code_of, cameras))
    assert codes == ["slow", "slow", "slow", "slow", "it plays"]
