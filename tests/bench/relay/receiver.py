"""`python -m tests.bench.relay.receiver CERT KEY`: the TLS server that every sender posts to.

It takes fragmented MP4 as one chunked POST to `/STREAM`, and notes when each picture was whole.
"""

import asyncio
import ssl
import sys
from typing import Final, override

from .logbook import Logbook, answer, say
from .pictures import keys

_HEAD_END: Final = b"\r\n\r\n"
_BOX_HEAD: Final = 8


class Chunked:
    """The content of a chunked body (RFC 9112 section 7.1), as it comes."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._left = 0

    def feed(self, data: bytes) -> bytes:
        """Return the content that came in with this data."""
        self._waiting += data
        content = bytearray()
        while self._left or self._next_chunk():
            taken = self._waiting[: self._left]
            del self._waiting[: self._left]
            content += taken
            self._left -= len(taken)
            if not self._waiting:
                break
        return bytes(content)

    def _next_chunk(self) -> bool:
        """Read the size of a chunk; the end of the line before it is still there."""
        start = 2 if self._waiting.startswith(b"\r\n") else 0
        end = self._waiting.find(b"\r\n", start)
        if end < 0:
            return False
        self._left = int(self._waiting[start:end], 16)
        del self._waiting[: end + 2]
        return self._left > 0


class Boxes:
    """The keys of the pictures in fragmented MP4, as they become whole."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, content: bytes) -> list[str]:
        """Return the keys of the pictures that this content completed."""
        self._waiting += content
        found: list[str] = []
        while len(self._waiting) >= _BOX_HEAD:
            size = int.from_bytes(self._waiting[:4])
            if len(self._waiting) < size:
                break
            if self._waiting[4:8] == b"mdat":
                found += keys(bytes(self._waiting[_BOX_HEAD:size]))
            del self._waiting[:size]
        return found


class Ingest(asyncio.Protocol):
    """One sender's connection."""

    def __init__(self, logbook: Logbook) -> None:
        self._logbook = logbook
        self._head = bytearray()
        self._stream = ""
        self._chunked = Chunked()
        self._boxes = Boxes()

    @override
    def data_received(self, data: bytes) -> None:
        if not self._stream:
            self._head += data
            head, found, data = bytes(self._head).partition(_HEAD_END)
            if not found:
                return
            self._stream = head.split()[1].decode().strip("/")
        for picture in self._boxes.feed(self._chunked.feed(data)):
            self._logbook.note(self._stream, picture)


async def main(certificate: str, key: str) -> None:
    """Serve until stdin ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    logbook = Logbook()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Ingest(logbook), "127.0.0.1", 0, ssl=context
    )
    say({"port": server.sockets[0].getsockname()[1]})
    await answer(logbook.take)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
