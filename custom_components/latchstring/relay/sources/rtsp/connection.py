"""The TCP connection to a camera: requests and answers, with RTP and RTCP in between (RFC 2326 section 10.12)."""

import asyncio
from collections import deque
from collections.abc import Buffer, Callable
from ssl import SSLContext
from time import thread_time
from typing import Any, Final, override

from ...rtsp.message import (
    InterleavedReader,
    MalformedMessageError,
    RtspRequest,
    RtspResponse,
)
from ...rtsp.url import RtspAddress
from ..arrival import ArrivalBound, has_more
from ..budget import MOST_BYTES, LoopBudget

_MOST_UNREAD_ANSWERS: Final = 16
_FINAL: Final = 200
"""The first status that is not provisional."""
_MOST_UNSENT: Final = 64 * 1024
"""Bytes of ours that wait for a camera that reads nothing."""

type SocketAddress = tuple[Any, ...]
"""An address of the socket module: host, port, and what IPv6 has besides."""


class RtspConnection(asyncio.BufferedProtocol):
    """Sends one request at a time. `on_frame` takes channel, packet and a moment before which it had not arrived."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        on_frame: Callable[[int, bytes, float], None],
    ) -> None:
        self.closed: asyncio.Future[Exception | None] = loop.create_future()
        """Set when the connection is gone, to what ended it; None: the camera or we did."""
        self._loop = loop
        self._on_frame = on_frame
        self._buffer = memoryview(bytearray(MOST_BYTES))
        self._reader = InterleavedReader(
            self._take_frame, self._take_answer, self._take_request
        )
        self._budget = LoopBudget()
        self._resuming: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._file = -1
        self._answers: deque[RtspResponse] = deque(maxlen=_MOST_UNREAD_ANSWERS)
        self._answered = asyncio.Event()
        self._sequence = 0
        self._unanswered = 0
        self._is_encrypted = False
        self._arrival = ArrivalBound(loop.time())
        self._fault: Exception | None = None
        self._is_closed = self._is_lost = False
        """Whether we have closed it, and whether it is gone."""

    async def open(self, address: RtspAddress, ssl: SSLContext | None) -> None:
        """Connect; raises OSError."""
        self._is_encrypted = ssl is not None
        await self._loop.create_connection(
            lambda: self,
            address.host,
            address.port,
            ssl=ssl,
            server_hostname=address.host if ssl else None,
        )

    @property
    def ends(self) -> tuple[SocketAddress, SocketAddress]:
        """Return the socket addresses of our end and of the camera's; raises ConnectionError where there is none."""
        if self._transport is None:
            raise ConnectionResetError
        return (
            self._transport.get_extra_info("sockname"),
            self._transport.get_extra_info("peername"),
        )

    async def ask(self, request: RtspRequest) -> RtspResponse:
        """Return the answer to a request. Raises ConnectionError where the connection ends, ValueError for no RTSP."""
        self.send(request)
        while True:
            while self._answers:
                answer = self._answers.popleft()
                if self._is_answered_by(answer):
                    return answer
            if self.closed.done():
                raise self._fault or ConnectionResetError
            self._answered.clear()
            await self._answered.wait()

    def send(self, request: RtspRequest) -> None:
        """Send a request."""
        self._sequence += 1
        self._unanswered += 1
        self.write(request.encode(self._sequence))

    def _is_answered_by(self, answer: RtspResponse) -> bool:
        """Return whether this answers the last request. Some cameras count wrong: then by how many are unanswered."""
        if answer.status < _FINAL:
            return False
        self._unanswered -= 1
        if answer.sequence == self._sequence:
            self._unanswered = 0
        return self._unanswered <= 0

    def write(self, data: bytes) -> None:
        """Send, or drop where the camera takes nothing."""
        if (
            self._transport is not None
            and not self._transport.is_closing()
            and self._transport.get_write_buffer_size() < _MOST_UNSENT
        ):
            self._transport.write(data)

    def write_frame(self, channel: int, packet: bytes) -> None:
        """Send a packet on an interleaved channel."""
        self.write(b"$%c%b%b" % (channel, len(packet).to_bytes(2), packet))

    def close(self) -> None:
        """Close at once; what the kernel has taken is still sent, and nothing more is read."""
        self._is_closed = True
        if self._transport is None or self._is_lost:
            self._end()
        else:
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError
        self._transport = transport
        self._file = transport.get_extra_info("socket").fileno()

    @override
    def get_buffer(self, sizehint: int) -> Buffer:
        return self._buffer[: self._budget.bytes_at_once]

    @override
    def buffer_updated(self, nbytes: int) -> None:
        # A full buffer: there may be more that TLS has read from the socket already.
        may_be_more = nbytes == self._budget.bytes_at_once
        self._read(bytes(self._buffer[:nbytes]), may_be_more=may_be_more)
        if self._transport is not None and self._waits_to_read_on():
            self._transport.pause_reading()

    def _read_on(self) -> None:
        """Read what was left before anything that follows, be it the end."""
        if self._is_closed or self._transport is None:
            return
        try:
            if self._reader.has_more:
                # Behind what was left there may be more in TLS, which the socket does not tell.
                self._read(b"", may_be_more=True)
        except Exception:
            self.close()
            raise
        if self._waits_to_read_on():
            return
        if self._is_lost:
            self._end()
        else:
            self._transport.resume_reading()

    def _waits_to_read_on(self) -> bool:
        """Have it read on once that may be, where it may not be now; return whether that is so.

        A camera that sends too much is slowed down, and nothing else is.
        """
        pause = self._budget.overdrawn(self._loop.time())
        if self._is_closed or not (pause or self._reader.has_more):
            return False
        self._resuming = self._loop.call_later(pause, self._read_on)
        return True

    def _read(self, data: bytes, *, may_be_more: bool) -> None:
        begun = thread_time()
        try:
            self._reader.feed(data)
        except MalformedMessageError as error:
            self._fault = error
            self.close()
            return
        self._budget.take(thread_time() - begun)
        now = self._loop.time()
        if not (may_be_more or self._reader.is_incomplete or has_more(self._file)):
            self._arrival.emptied(now, is_encrypted=self._is_encrypted)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        self._fault = self._fault or exc
        if self._is_closed or not self._reader.has_more:
            self._end()

    def _end(self) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
        if not self.closed.done():
            self.closed.set_result(self._fault)
        self._answered.set()

    def _take_frame(self, channel: int, packet: bytes) -> None:
        self._on_frame(channel, packet, self._arrival.after)

    def _take_answer(self, answer: RtspResponse) -> None:
        self._answers.append(answer)
        self._answered.set()

    def _take_request(self, _method: str, sequence: int | None) -> None:
        """Answer what a camera asks, be it only whether we are there."""
        self.write(b"RTSP/1.0 200 OK\r\nCSeq: %d\r\n\r\n" % (sequence or 0))
