"""Clients of the cameras, as different programs are."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
import socket
import struct
from typing import Final, Self

import av
from av.container import InputContainer

LIKE_THE_RELAY: Final = {
    "rtsp_transport": "tcp",
    "probesize": "32",
    "analyzeduration": "0",
    "allowed_media_types": "video",
}

LITTLE_ROOM: Final = 4_096


@contextmanager
def opened(url: str) -> Iterator[InputContainer]:
    """The camera as the product opens it; blocks, so it is for a thread."""
    with av.open(url, timeout=(8, 4), options=LIKE_THE_RELAY) as container:
        yield container


def frames(url: str, count: int) -> list[av.VideoFrame]:
    """The first pictures a new viewer sees."""
    with opened(url) as container:
        return list(islice(container.decode(video=0), count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: str


class PlainClient:
    """Writes what it is told to, and reads only when it is asked to."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncIterator[Self]:
        """A connection with little room, so that a slow reader soon shows."""
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE_ROOM)
        link.setblocking(False)
        await asyncio.get_running_loop().sock_connect(link, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=link, limit=LITTLE_ROOM)
        try:
            yield cls(reader, writer)
        finally:
            writer.transport.abort()

    async def ask(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        """Send a request and read on to its answer, past any pictures."""
        lines = [f"{method} {url} RTSP/1.0", "CSeq: 1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        await self.write("\r\n".join([*lines, "", ""]).encode())
        return await self.answer()

    async def watch(self, url: str) -> Mapping[str, str]:
        """Set up and play; what names the session comes back."""
        transport = {"Transport": "RTP/AVP/TCP;unicast;interleaved=4-5"}
        set_up = await self.ask("SETUP", f"{url}/track1", transport)
        session = {"Session": set_up.headers["Session"]}
        assert (await self.ask("PLAY", url, session)).status == 200
        return session

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> Answer:
        while (first := await self._reader.readexactly(1)) == b"$":
            await self._packet_after_mark()
        head = (first + await self._reader.readuntil(b"\r\n\r\n")).decode()
        line, *fields = head.removesuffix("\r\n\r\n").split("\r\n")
        headers = dict(field.split(": ", 1) for field in fields)
        body = await self._reader.readexactly(int(headers.get("Content-Length", "0")))
        return Answer(
            status=int(line.split(" ")[1]), headers=headers, body=body.decode()
        )

    async def packet(self) -> tuple[int, bytes]:
        """The channel and the content of what comes next."""
        assert await self._reader.readexactly(1) == b"$"
        return await self._packet_after_mark()

    async def end(self) -> None:
        """Wait until the server has closed the connection, past what it still says."""
        with suppress(ConnectionError):
            while await self._reader.read(LITTLE_ROOM):
                pass

    async def _packet_after_mark(self) -> tuple[int, bytes]:
        channel, length = struct.unpack("!BH", await self._reader.readexactly(3))
        return channel, await self._reader.readexactly(length)
