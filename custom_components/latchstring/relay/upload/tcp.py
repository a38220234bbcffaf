"""The TCP socket of an upload: a send buffer that holds little more than is on its way, and can be dropped."""

from collections.abc import Buffer, Iterable
import fcntl
import socket
import struct
import sys
import termios
import time
from typing import Any, Final, override

_SEND_BUFFER: Final = 64 * 1024
_LARGEST_SEND_BUFFER: Final = 1024 * 1024
_LOOP_SECONDS: Final = 0.01
"""How long the loop may take to refill the buffer."""
_TCP_INFO: Final = struct.Struct("=148xI8xQ")
"""From Linux's tcp_info: tcpi_min_rtt in microseconds, tcpi_delivery_rate in bytes a second."""
_NO_LINGER: Final = struct.pack("ii", 1, 0)


class TcpWriter(socket.socket):
    """A socket that drops what the kernel still holds when it is closed (SO_LINGER 0).

    The same when the process ends.
    """

    def __init__(self, family: socket.AddressFamily) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self.written = 0
        """Bytes that the kernel has accepted."""
        self.last_write_at: float | None = None
        self._fit_buffer_at = _SEND_BUFFER // 2
        self.settimeout(0)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def unacknowledged(self) -> int:
        """Return the bytes in the kernel that the other side has not acknowledged."""
        answer = fcntl.ioctl(self, termios.TIOCOUTQ, bytes(4))
        return int.from_bytes(answer, sys.byteorder)

    @override
    def send(self, data: Buffer, flags: int = 0, /) -> int:
        return self._count(super().send(data, flags))

    @override
    def sendmsg(self, buffers: Iterable[Buffer], /, *rest: Any) -> int:
        return self._count(super().sendmsg(buffers, *rest))

    def _count(self, count: int) -> int:
        self.written += count
        self.last_write_at = time.monotonic()
        if self.written >= self._fit_buffer_at:
            self._fit_buffer()
        return count

    def _fit_buffer(self) -> None:
        """Have the send buffer hold what is on its way at the line's own rate, which the kernel doubles.

        With less, a fast line with a long round trip is held up; with more, the queues of a slow
        line fill up, and what is in those cannot be dropped. The kernel's limit holds too
        (net.core.wmem_max).
        """
        info = self.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
        round_trip, rate = _TCP_INFO.unpack(info)
        wanted = rate * (round_trip / 1_000_000 + _LOOP_SECONDS)
        size = round(max(_SEND_BUFFER, min(wanted, _LARGEST_SEND_BUFFER)))
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
        self._fit_buffer_at = self.written + size // 2
