"""Cameras that answer and are of no use: what the flows and the log say of them, and what is left alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import override

import pytest

from custom_components.latchstring.relay import CameraSource, SourceUnusable, probe
from tests.cameras.description import session_description
from tests.cameras.encoder import Encoder
from tests.cameras.message import Request, Response
from tests.cameras.rtp import RtpStream

from .news import PATIENCE, News
from .tape import Tape
from .two_pictures import KEY_SLICE, TwoPictures


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


@asynccontextmanager
async def listening(
    serve: Callable[
        [asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None] | None
    ],
) -> AsyncIterator[str]:
    """Serve for as long as it is wanted, and give the address."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/poor"
        server.close_clients()


class Asked(News):
    """Counts how often somebody wants to know where a camera is."""

    times = 0

    @override
    def tell(self) -> None:
        self.times += 1
        super().tell()


def source_at(url: str, asked: Asked) -> CameraSource:
    async def located() -> str:
        asked.tell()
        return url

    return CameraSource(
        loop=asyncio.get_running_loop(),
        locate=located,
        name="Porch",
        pause=lambda _attempt: 0.01,
    )


@pytest.mark.parametrize(
    ("camera", "code"), [(Ending(), "no_video"), (Garbled(), "codec_unsupported")]
)
async def test_what_comes_of_a_poor_camera_is_told_apart(
    camera: TwoPictures, code: str
) -> None:
    async with listening(camera.serve) as url:
        with pytest.raises(SourceUnusable) as unusable:
            await probe(url)
    assert unusable.value.code == code


async def test_an_address_of_which_nothing_can_be_made_is_written_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Python's own error would name it, password included."""
    asked = Asked()
    source = source_at("rtsp://owner:open-sesame@127.0.0.1/\ud800", asked)
    source.attach(Tape())
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
            source.attach(Tape())
        await news.until(lambda: len(connections) == 4)
        fifth.attach(Tape())
        await asked.until(lambda: asked.times == 1)
        async with asyncio.timeout(PATIENCE):
            await fifth.async_close()
        closing = asyncio.gather(*(source.async_close() for source in slow))
        for writer in connections:
            writer.close()
        await closing
    assert len(connections) == 4
