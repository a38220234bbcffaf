"""A hub's ingest as a real server: TLS, and HTTP read by h11."""

import asyncio
import socket
from ssl import SSLContext
from typing import Self, override

import h11

from custom_components.latchstring.relay import IngestTarget
from tests.reference_hub.tls import Authority

from .news import News

TOKEN = "YmVhcmVyLXRva2Vu"


class _Connection(asyncio.Protocol):
    """Keeps the plain transport, the only one whose pause reaches the kernel."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._http = h11.Connection(h11.SERVER)
        self._starting: asyncio.Task[None] | None = None
        self.raw: asyncio.Transport | None = None
        self.tls: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.raw = transport
        transport.pause_reading()
        self._receiver.came(self)
        self._starting = asyncio.create_task(self._start(transport))

    async def _start(self, raw: asyncio.Transport) -> None:
        context = self._receiver.authority.server_context()
        loop = asyncio.get_running_loop()
        try:
            self.tls = await loop.start_tls(raw, self, context, server_side=True)
        except OSError as error:
            self._receiver.left(error)

    @override
    def data_received(self, data: bytes) -> None:
        self._receiver.paced(self, len(data))
        self._http.receive_data(data)
        while (event := self._http.next_event()) is not h11.NEED_DATA:
            self._receiver.take(event)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._receiver.left(exc)


class Receiver:
    """Takes uploads; reads as fast as it is told to."""

    def __init__(
        self,
        authority: Authority,
        *,
        bytes_per_second: int | None = None,
        receive_buffer: int | None = None,
    ) -> None:
        self.authority = authority
        self.until = (news := News()).until
        self._tell = news.tell
        self.request: h11.Request | None = None
        self.body = bytearray()
        self.visits = 0
        self.ends: list[Exception | None] = []
        self.port = 0
        self._bytes_per_second = bytes_per_second
        self._receive_buffer = receive_buffer
        self._server: asyncio.Server | None = None
        self._connections: list[_Connection] = []
        self._pause: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        listener = socket.socket()
        if self._receive_buffer:
            listener.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer
            )
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self), sock=listener
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        assert self._server is not None
        self._server.close()
        if self._pause:
            self._pause.cancel()
        for raw in self._raws():
            raw.abort()
        await self.until(lambda: len(self.ends) == self.visits)

    @property
    def client_context(self) -> SSLContext:
        return self.authority.client_context()

    def target(
        self,
        *,
        host: str = "127.0.0.1",
        path: str = "/ingest/1",
        token: str = TOKEN,
        addresses: tuple[str, ...] = ("127.0.0.1",),
    ) -> IngestTarget:
        return IngestTarget(
            url=f"https://{host}:{self.port}{path}",
            host=host,
            port=self.port,
            addresses=addresses,
            token=token,
        )

    def came(self, connection: _Connection) -> None:
        self.visits += 1
        self._connections.append(connection)
        self._tell()

    def left(self, exc: Exception | None) -> None:
        self.ends.append(exc)
        self._tell()

    def take(self, event: h11.Event | type[h11.NEED_DATA | h11.PAUSED]) -> None:
        match event:
            case h11.Request():
                self.request = event
            case h11.Data():
                self.body += event.data
            case _:
                raise AssertionError(event)
        self._tell()

    def paced(self, connection: _Connection, size: int) -> None:
        """Emulate a slow line: read no more until these bytes would have come."""
        if self._bytes_per_second and connection.raw:
            connection.raw.pause_reading()
            self._pause = asyncio.get_running_loop().call_later(
                size / self._bytes_per_second, connection.raw.resume_reading
            )

    def stop_reading(self) -> None:
        for raw in self._raws():
            raw.pause_reading()

    def read_on(self) -> None:
        for raw in self._raws():
            raw.resume_reading()

    def answer(self, data: bytes) -> None:
        for connection in self._connections:
            assert connection.tls is not None
            connection.tls.write(data)

    def hang_up(self) -> None:
        for connection in self._connections:
            assert connection.tls is not None
            connection.tls.close()

    def _raws(self) -> list[asyncio.Transport]:
        return [connection.raw for connection in self._connections if connection.raw]
