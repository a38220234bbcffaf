"""The TCP socket of an upload: a small send buffer, whose size is known and which can be dropped."""

from collections.abc import Buffer, Iterable
import fcntl
import socket
import struct
import termios
import time
from typing import Any, Final, override

_SEND_BUFFER: Final = 64 * 1024
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
        self.settimeout(0)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def unacknowledged(self) -> int:
        """Return the bytes in the kernel that the other side has not acknowledged."""
        answer = fcntl.ioctl(self, termios.TIOCOUTQ, bytes(4))
        return int.from_bytes(answer, "little" if struct.pack("=H", 1)[0] else "big")

    @override
    def send(self, data: Buffer, flags: int = 0, /) -> int:
        return self._count(super().send(data, flags))

    @override
    def sendmsg(self, buffers: Iterable[Buffer], /, *rest: Any) -> int:
        return self._count(super().sendmsg(buffers, *rest))

    def _count(self, count: int) -> int:
        self.written += count
        self.last_write_at = time.monotonic()
        return count
