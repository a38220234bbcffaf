"""Between home and hub: all that leaves the home, before anybody at the hub has read it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import socket
import struct

from tests.reference_hub import Agency, Authority, Options, ReferenceHub

_AT_ONCE = struct.pack("ii", 1, 0)
_PATIENCE = 60


class Wiretap:
    """Holds the hub's certificate, keeps what homes send, and passes it on.

    A reset is passed on as a reset.
    """

    def __init__(self, authority: Authority) -> None:
        self.calls: list[bytearray] = []
        """What each connection brought, oldest first, as it was below TLS."""
        self._authority = authority
        self._leads_to = 0
        self._talking: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Listen; give the origin that homes are to be told."""
        server = await asyncio.start_server(
            self._take, "127.0.0.1", 0, ssl=self._authority.server_context()
        )
        try:
            yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for talk in tuple(self._talking):
                talk.cancel()
            await asyncio.gather(*self._talking, return_exceptions=True)

    def lead_to(self, port: int) -> None:
        """Pass everything on to this port."""
        self._leads_to = port

    async def hung_up(self) -> None:
        """Wait until every connection is over."""
        if self._talking:
            await asyncio.wait(self._talking, timeout=_PATIENCE)
        assert not self._talking

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talking.add(talk)
        talk.add_done_callback(self._talking.discard)
        self.calls.append(heard := bytearray())
        try:
            onward_reader, onward = await asyncio.open_connection(
                "127.0.0.1", self._leads_to, ssl=self._authority.client_context()
            )
        except ConnectionError:
            _reset(writer)
            return
        ways = [
            asyncio.create_task(_pass_on(reader, onward, heard)),
            asyncio.create_task(_pass_on(onward_reader, writer, bytearray())),
        ]
        how = _reset
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            how = _reset if any(way.exception() for way in done) else _close
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            how(onward)
            how(writer)


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray
) -> None:
    while data := await reader.read(65_536):
        heard += data
        writer.write(data)
        await writer.drain()


def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    wire = writer.get_extra_info("socket")
    if wire is not None:  # it is gone where the reset came from
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()


@asynccontextmanager
async def tapped_hub(
    authority: Authority, agency: Agency | None = None
) -> AsyncIterator[tuple[ReferenceHub, Wiretap]]:
    """A hub that homes reach over a wiretap and over nothing else."""
    tap = Wiretap(authority)
    async with (
        tap.listening() as origin,
        ReferenceHub(authority, agency, Options(public=origin, keep_media=True)) as hub,
    ):
        tap.lead_to(hub.port)
        yield hub, tap
