"""A home's upload, as the document describes it: one POST, ended by a reset."""

import asyncio
from collections.abc import Iterator
from hashlib import sha256
import socket
import ssl
import struct
from urllib.parse import urlsplit

from .sample_video import RATE

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {netloc}\r\nTransfer-Encoding: chunked\r\n"
    "Content-Type: video/mp4\r\nAuthorization: Bearer {token}\r\n"
    "User-Agent: Latchstring/1\r\nDASH-IF-Ingest: 1.1\r\n\r\n"
)


class SampleUpload:
    """Sends parts and counts them."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._feeding: asyncio.Task[None] | None = None
        self.parts = 0
        self.bytes = 0
        self.chain = bytes(32)

    @classmethod
    async def to(cls, url: str, token: str, tls: ssl.SSLContext) -> SampleUpload:
        target = urlsplit(url)
        upload = cls(
            *await asyncio.open_connection(target.hostname, target.port, ssl=tls)
        )
        head = HEAD.format(path=target.path, netloc=target.netloc, token=token)
        upload.send_raw(head.encode(errors="surrogateescape"))
        return upload

    def send_raw(self, data: bytes) -> None:
        self._writer.write(data)

    def send(self, part: bytes) -> None:
        self.send_raw(b"%x\r\n%b\r\n" % (len(part), part))
        self.parts += 1
        self.bytes += len(part)
        self.chain = sha256(self.chain + sha256(part).digest()).digest()

    def feed(self, video: Iterator[bytes]) -> None:
        """Go on sending, as fast as a camera would."""

        async def go_on() -> None:
            for part in video:
                self.send(part)
                await asyncio.sleep(1 / RATE)

        self._feeding = asyncio.create_task(go_on())

    async def answer(self) -> bytes:
        """Wait for whatever the hub says, or the end of its side."""
        return await self._reader.read(4096)

    async def flush(self) -> None:
        await self._writer.drain()

    def reset(self) -> None:
        """Cut: what is still buffered is dropped."""
        if self._feeding is not None:
            self._feeding.cancel()
        transport = self._writer.transport
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
