"""The TLS connection of an upload, which can be cut between two bytes, also while connecting."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from ssl import SSLCertVerificationError, SSLContext
import time
from typing import Final, override

from ..errors import ANSWERED, CERTIFICATE_INVALID, CLOSED, UNREACHABLE, UploadFailed
from .lateness import Delivery
from .target import IngestTarget, endpoints
from .tcp import TcpWriter

_DIAL_TIMEOUT: Final = 5
_OPEN_TIMEOUT: Final = 12


class UploadConnection(asyncio.Protocol):
    """Sends only: whatever the other side sends ends it, which is reported once by `on_end`.

    It keeps the plain transport below TLS, because only that can drop what TLS has
    already encrypted.
    """

    def __init__(self, *, ssl: SSLContext, on_end: Callable[[str], None]) -> None:
        self._ssl = ssl
        self._on_end = on_end
        self._opening: asyncio.Task[asyncio.Transport | None] | None = None
        self._tcp: TcpWriter | None = None
        self._transport: asyncio.Transport | None = None
        self._tls: asyncio.Transport | None = None
        self._is_ended = False

    async def open(self, target: IngestTarget) -> None:
        """Connect to one of the addresses; UploadFailed if none can be reached, or after `cut`."""
        if not self._is_ended:
            self._opening = asyncio.create_task(self._open(target))
            self._tls = await self._opened(self._opening)
        if not self.is_open:
            raise UploadFailed(UNREACHABLE)

    def cut(self) -> None:
        """Close at once, and drop what is buffered here and in the kernel.

        The order counts: the transport releases the socket before that is closed. It is
        closed whatever failed before, and `cut` may be called again.
        """
        self._is_ended = True
        try:
            if self._opening is not None:
                self._opening.cancel()
            if self._transport is not None:
                self._transport.abort()
        finally:
            if self._tcp is not None:
                self._tcp.close()

    @property
    def is_open(self) -> bool:
        """Return whether a byte written now would be sent."""
        is_closing = self._transport is None or self._transport.is_closing()
        return self._tls is not None and not is_closing and not self._is_ended

    def delivery(self) -> Delivery:
        """Return what was delivered so far; what is not may wait in TLS, in the transport or in the kernel."""
        at = time.monotonic()
        if self._tls is None or self._transport is None or self._tcp is None:
            return Delivery(taken=0, acknowledged=0, at=at)
        written = self._tcp.written
        return Delivery(
            taken=written
            + self._tls.get_write_buffer_size()
            + self._transport.get_write_buffer_size(),
            acknowledged=written - self._tcp.unacknowledged,
            at=at,
        )

    @property
    def last_write_at(self) -> float | None:
        """Return when the kernel last took a byte, by the monotonic clock."""
        return self._tcp.last_write_at if self._tcp else None

    def write(self, data: bytes) -> None:
        """Send, or drop where the connection is not open."""
        if self._tls is not None and self.is_open:
            self._tls.write(data)

    @override
    def data_received(self, data: bytes) -> None:
        self._end(ANSWERED)

    @override
    def eof_received(self) -> None:
        self._end(CLOSED)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end(CLOSED)

    def _end(self, code: str) -> None:
        if not self._is_ended:
            self.cut()
            self._on_end(code)

    async def _opened(
        self, opening: asyncio.Task[asyncio.Transport | None]
    ) -> asyncio.Transport | None:
        """Return the transport; UploadFailed after a cut, which cancels only `opening` and not the caller."""
        try:
            return await opening
        except (OSError, asyncio.CancelledError) as error:
            self.cut()
            waiter = asyncio.current_task()
            if waiter is not None and waiter.cancelling():
                raise
            raise UploadFailed(_code(error)) from None

    async def _open(self, target: IngestTarget) -> asyncio.Transport | None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_OPEN_TIMEOUT):
            with ExitStack() as undo:
                tcp = undo.enter_context(await _dial(target, loop))
                transport, _ = await loop.create_connection(lambda: self, sock=tcp)
                self._tcp, self._transport = tcp, transport
                undo.pop_all()
            return await loop.start_tls(
                transport, self, self._ssl, server_hostname=target.host
            )


async def _dial(target: IngestTarget, loop: asyncio.AbstractEventLoop) -> TcpWriter:
    for family, address in endpoints(target):
        with ExitStack() as undo:
            tcp = undo.enter_context(TcpWriter(family))
            try:
                async with asyncio.timeout(_DIAL_TIMEOUT):
                    await loop.sock_connect(tcp, (address, target.port))
            except OSError:
                continue
            undo.pop_all()
            return tcp
    raise ConnectionRefusedError


def _code(error: BaseException) -> str:
    is_about_trust = isinstance(error, SSLCertVerificationError)
    return CERTIFICATE_INVALID if is_about_trust else UNREACHABLE
