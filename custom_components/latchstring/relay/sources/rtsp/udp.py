"""RTP over UDP: two sockets of ours, taken from the camera's address and nobody else's."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
import socket
from time import thread_time
from typing import Final, override

from ..arrival import ArrivalBound, has_more
from ..budget import LoopBudget
from .channel import NumberPair
from .connection import SocketAddress

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
        self._arrival = ArrivalBound(loop.time())
        self._budget = LoopBudget()
        self._file = -1

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._file = transport.get_extra_info("socket").fileno()

    @override
    def datagram_received(self, data: bytes, addr: SocketAddress) -> None:
        if addr[0] == self._peer and not self._budget.overdrawn(self._loop.time()):
            begun = thread_time()
            self._on_packet(data, self._arrival.after)
            self._budget.take(thread_time() - begun)
        now = self._loop.time()
        if not has_more(self._file):
            self._arrival.emptied(now, is_encrypted=False)


class UdpPair:
    """The two sockets. Made by `open`."""

    def __init__(
        self,
        transports: tuple[asyncio.DatagramTransport, asyncio.DatagramTransport],
        ports: NumberPair,
        peer: SocketAddress,
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
        ends: tuple[SocketAddress, SocketAddress],
        on_rtp: Callable[[bytes, float], None],
        on_rtcp: Callable[[bytes], None],
    ) -> UdpPair:
        """Bind an even port and the next one where our end of the connection is; raises OSError.

        `on_rtp` takes a packet and a moment before which it had not arrived, `on_rtcp` a packet.
        """
        local, peer = ends
        transports: list[asyncio.DatagramTransport] = []
        takers = (on_rtp, lambda packet, _after: on_rtcp(packet))
        with ExitStack() as undoing:
            sockets, ports = _bound(local)
            for made in sockets:
                undoing.callback(made.close)
            for made, take in zip(sockets, takers, strict=True):
                transport, _ = await loop.create_datagram_endpoint(
                    partial(_Receiver, loop, peer[0], take), sock=made
                )
                undoing.callback(transport.abort)
                transports.append(transport)
            undoing.pop_all()
        return cls((transports[0], transports[1]), ports, peer)

    def begin(self, server: NumberPair | None) -> None:
        """Send from now on to these ports of the camera, and open the way back through a router."""
        self._server = server
        if server is not None:
            self._rtp.sendto(_EMPTY_RTP, _at(self._peer, server.rtp))

    def write_report(self, report: bytes) -> None:
        """Send an RTCP packet."""
        if self._server is not None:
            self._rtcp.sendto(report, _at(self._peer, self._server.rtcp))

    def close(self) -> None:
        """Close both sockets."""
        self._rtp.abort()
        self._rtcp.abort()


def _bound(local: SocketAddress) -> tuple[tuple[socket.socket, ...], NumberPair]:
    """Return two sockets on an even port and the next one (RFC 3550 section 11); raises OSError."""
    for _ in range(_MOST_TRIES):
        first = _socket(_at(local, 0))
        port = first.getsockname()[1]
        if port % 2 == 0:
            with suppress(OSError):
                second = _socket(_at(local, port + 1))
                return (first, second), NumberPair(rtp=port, rtcp=port + 1)
        first.close()
    raise OSError("no two free ports")


def _at(address: SocketAddress, port: int) -> SocketAddress:
    """Return an address of the same host, of IPv6 on the same link (RFC 4007), with another port."""
    return (address[0], port, *address[2:])


def _socket(address: SocketAddress) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)  # noqa: FBT003  # the standard library's own signature
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made
