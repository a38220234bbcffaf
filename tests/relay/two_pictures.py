"""A camera that announces two pictures and sends nothing but the second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from tests.cameras.description import TRACK, session_description
from tests.cameras.encoder import Encoder
from tests.cameras.message import MalformedRequest, Request, Response, next_request
from tests.cameras.rtp import RtpStream

from .news import News

SECOND_CHANNEL: Final = 2
KEY_SLICE: Final = b"\x65\x88" + bytes(50)


class TwoPictures:
    """Serves whoever comes, at `url`."""

    def __init__(self) -> None:
        self.url = ""
        self.shows = 0
        self.news = News()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer, and from PLAY on send as well."""
        showing: asyncio.Task[None] | None = None
        with suppress(asyncio.IncompleteReadError, ConnectionError, MalformedRequest):
            while True:
                request = await next_request(reader)
                writer.write(self._written(request))
                if request.method == "PLAY":
                    showing = asyncio.create_task(self._show(writer))
        if showing is not None:
            showing.cancel()
        writer.close()

    def _written(self, request: Request) -> bytes:
        return self._answer(request).encode(request.sequence)

    def _answer(self, request: Request) -> Response:
        match request.method:
            case "DESCRIBE":
                return Response(
                    headers=(("Content-Type", "application/sdp"),), body=_description()
                )
            case "SETUP":
                asked = request.headers["transport"]
                return Response(headers=(("Transport", asked), ("Session", "1")))
        return Response(headers=(("Session", "1"),))

    async def _show(self, writer: asyncio.StreamWriter) -> None:
        self.shows += 1
        self.news.tell()
        stream, moment = RtpStream(source=1, sequence=0, timestamp_offset=0), 0
        while True:
            for packet in stream.packets_of([KEY_SLICE], moment):
                head = bytes((0x24, SECOND_CHANNEL)) + len(packet).to_bytes(2)
                writer.write(head + packet)
            moment += 3600
            await asyncio.sleep(0.04)


def _description() -> str:
    first = session_description("two", Encoder().parameter_sets)
    return first + first[first.index("m=") :].replace(TRACK, "track2")


@asynccontextmanager
async def two_pictures() -> AsyncIterator[TwoPictures]:
    """Serve for as long as it is wanted."""
    camera = TwoPictures()
    server = await asyncio.start_server(camera.serve, "127.0.0.1", 0)
    camera.url = f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/two"
    async with server:
        yield camera
        server.close_clients()
