"""The forwarder between FFmpeg and a camera that speaks RTSP.

FFmpeg would follow a redirect to any host, and no option of its stops that. It is given an address of this machine
instead, whose one connection goes to the camera and nowhere else.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
import re
from typing import Final
from urllib.parse import quote, urlsplit

from ...rtsp.url import RtspAddress, read_address
from ..address import CameraAddress
from ..tls import async_context_of

_HOST: Final = "127.0.0.1"
_REDIRECT: Final = re.compile(rb"\nlocation:", re.IGNORECASE)
"""What FFmpeg needs to go elsewhere, once there is no CR, whatever it reads as a status from 300 to 399."""
_OVERLAP: Final = 32
"""Bytes that are searched again with what follows: an answer may come in two parts."""
_MOST_AT_ONCE: Final = 64 * 1024


class RtspForwarder:
    """Forwards one connection, until a redirect comes or it is closed."""

    def __init__(self, address: CameraAddress) -> None:
        """Raises MalformedAddressError."""
        self.is_redirected = False
        """Whether the camera referred to somewhere else."""
        self._address = address
        self._camera = read_address(address.url)
        self._server: asyncio.Server | None = None
        self._forwarding: asyncio.Task[None] | None = None

    async def open(self) -> CameraAddress:
        """Return the address that FFmpeg is given in place of the camera's: RTP comes on the same connection."""
        self._server = await asyncio.start_server(self._accept, _HOST, 0)
        port = self._server.sockets[0].getsockname()[1]
        return replace(
            self._address, url=_forwarded(self._camera, port), transport=None
        )

    def close(self) -> None:
        """Close the connection, and accept none."""
        if self._server is not None:
            self._server.close()
        if self._forwarding is not None:
            self._forwarding.cancel()

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._server is None or self._forwarding is not None:
            writer.transport.abort()
            return
        self._server.close()
        self._forwarding = asyncio.current_task()
        try:
            with suppress(OSError):
                await self._forward(reader, writer)
        finally:
            writer.transport.abort()

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        camera = self._camera
        context = await async_context_of(self._address, is_tls=camera.is_tls)
        answers, requests = await asyncio.open_connection(
            camera.host, camera.port, ssl=context
        )
        sending = asyncio.create_task(_copy(reader, requests))
        try:
            await self._answer(answers, writer)
        finally:
            sending.cancel()
            requests.transport.abort()

    async def _answer(
        self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Copy what the camera answers, up to a redirect."""
        seen = b""
        while data := await answers.read(_MOST_AT_ONCE):
            seen += data.replace(b"\r", b"")
            if _REDIRECT.search(seen):
                self.is_redirected = True
                return
            seen = seen[-_OVERLAP:]
            writer.write(data)
            await writer.drain()


def _forwarded(camera: RtspAddress, port: int) -> str:
    """Return the camera's URL at a port of this machine."""
    parts = urlsplit(camera.url)
    login, known = "", camera.credentials
    if known is not None:
        login = f"{quote(known.user, safe='')}:{quote(known.password, safe='')}@"
    query = f"?{parts.query}" if parts.query else ""
    return f"rtsp://{login}{_HOST}:{port}{parts.path}{query}"


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_MOST_AT_ONCE):
            writer.write(data)
            await writer.drain()
