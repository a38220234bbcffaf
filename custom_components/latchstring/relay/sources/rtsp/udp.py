"""RTP over UDP: two sockets of ours, taken from the camera's address and nobody else's."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
import socket
from typing import Any, Final, override

from .channel import NumberPair
from .connection import has_more

_RECEIVE_BUFFER: Final = 2 * 1024 * 1024
_MOST_TRIES: Final = 16
_EMPTY_RTP: Final = b"\x80\x00" + bytes(10)
"""What opens the way back through a router: a packet with no payload."""


class _Receiver(asyncio.DatagramProtocol):
    """One of the two sockets."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        peer: str,
        on_packet: Callable[[bytes, float], None],
    ) -> None:
        self._loop = loop
        self._peer = peer
        self._on_packet = on_packet
        self._emptied_at = loop.time()
        self._file = -1

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._file = transport.get_extra_info("socket").fileno()

    @override
    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if addr[0] == self._peer:
            self._on_packet(data, self._emptied_at)
        if not has_more(self._file):
            self._emptied_at = self._loop.time()


class UdpPair:
    """The two sockets. Made by `open`."""

    def __init__(
        self,
        transports: tuple[asyncio.DatagramTransport, asyncio.DatagramTransport],
        ports: NumberPair,
        peer: str,
    ) -> None:
        self.ports = ports
        self._rtp, self._rtcp = transports
        self._peer = peer
        self._server: NumberPair | None = None

    @classmethod
    async def open(
        cls,
        loop: asyncio.AbstractEventLoop,
        *,
        local: str,
        peer: str,
        on_packet: Callable[[bool, bytes, float], None],
    ) -> UdpPair:
        """Bind an even port and the next one on our address `local`; raises OSError.

        `on_packet` takes whether it is RTCP, the packet, and a moment before which it had not arrived.
        """
        (rtp_socket, rtcp_socket), ports = _bound(local)
        takes_rtp, takes_rtcp = partial(on_packet, False), partial(on_packet, True)  # noqa: FBT003  # as the caller wants it
        rtp, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(loop, peer, takes_rtp), sock=rtp_socket
        )
        rtcp, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(loop, peer, takes_rtcp), sock=rtcp_socket
        )
        return cls((rtp, rtcp), ports, peer)

    def begin(self, server: NumberPair | None) -> None:
        """Send from now on to these ports of the camera, and open the way back through a router."""
        self._server = server
        if server is not None:
            self._rtp.sendto(_EMPTY_RTP, (self._peer, server.rtp))

    def write_report(self, report: bytes) -> None:
        """Send an RTCP packet."""
        if self._server is not None:
            self._rtcp.sendto(report, (self._peer, self._server.rtcp))

    def close(self) -> None:
        """Close both sockets."""
        self._rtp.abort()
        self._rtcp.abort()


def _bound(local: str) -> tuple[tuple[socket.socket, socket.socket], NumberPair]:
    """Return two sockets on an even port and the next one (RFC 3550 section 11); raises OSError."""
    family = socket.AF_INET6 if ":" in local else socket.AF_INET
    for _ in range(_MOST_TRIES):
        first = _socket(family, local, 0)
        port = first.getsockname()[1]
        if port % 2 == 0:
            with suppress(OSError):
                second = _socket(family, local, port + 1)
                return (first, second), NumberPair(rtp=port, rtcp=port + 1)
        first.close()
    raise OSError("no two free ports")


def _socket(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)  # noqa: FBT003  # the standard library's own signature
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
