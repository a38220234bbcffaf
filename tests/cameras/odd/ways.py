"""The ways on which packets leave an odd camera: in the connection, or as datagrams that may get lost."""

import asyncio
from collections.abc import Callable
from typing import Protocol, override

from tests.cameras.message import interleaved

from .oddities import Oddities


class Way(Protocol):
    """Takes the packets of one track to one client."""

    @property
    def answer(self) -> str:
        """What the camera's Transport header says of it."""

    def send(self, packets: list[bytes]) -> None:
        """Send RTP."""

    def report(self, packet: bytes) -> None:
        """Send RTCP."""

    def litter(self, garbage: bytes) -> None:
        """Send what is no packet."""

    def close(self) -> None:
        """Send nothing more."""


class Interleaved:
    """Inside the connection (RFC 2326 10.12)."""

    def __init__(self, transport: asyncio.WriteTransport, channel: int) -> None:
        """Take the channel that the client asked for."""
        self._transport = transport
        self._channel = channel
        self.answer = (
            f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1};ssrc=12345678"
        )

    def send(self, packets: list[bytes]) -> None:
        framed = [interleaved(self._channel, packet) for packet in packets]
        self._transport.write(b"".join(framed))

    def report(self, packet: bytes) -> None:
        self._transport.write(interleaved(self._channel + 1, packet))

    def litter(self, garbage: bytes) -> None:
        self._transport.write(garbage)

    def close(self) -> None:
        """Leave the connection to the client's own end."""


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._heard = heard

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        self._heard(data)


class Datagrams:
    """Two sockets of its own, for RTP and RTCP; each so many packets get lost or out of order."""

    def __init__(
        self,
        oddities: Oddities,
        rtp: asyncio.DatagramTransport,
        rtcp: asyncio.DatagramTransport,
        asked: tuple[int, int],
    ) -> None:
        """Take two sockets that are connected to the client's ports `asked`."""
        self._oddities = oddities
        self._rtp, self._rtcp = rtp, rtcp
        self._count = 0
        self._held: bytes | None = None
        ports = [way.get_extra_info("sockname")[1] for way in (rtp, rtcp)]
        self.answer = (
            f"RTP/AVP;unicast;client_port={asked[0]}-{asked[1]}"
            f";server_port={ports[0]}-{ports[1]};ssrc=12345678"
        )

    def send(self, packets: list[bytes]) -> None:
        for packet in packets:
            self._count += 1
            if self._is_each(self._oddities.udp_loses_every):
                continue
            if self._is_each(self._oddities.udp_swaps_every) and self._held is None:
                self._held = packet
                continue
            self._rtp.sendto(packet)
            if self._held is not None:
                self._rtp.sendto(self._held)
                self._held = None

    def report(self, packet: bytes) -> None:
        self._rtcp.sendto(packet)

    def litter(self, garbage: bytes) -> None:
        self._rtp.sendto(garbage)

    def close(self) -> None:
        self._rtp.close()
        self._rtcp.close()

    def _is_each(self, many: int) -> bool:
        return many > 0 and self._count % many == 0


async def datagrams(
    oddities: Oddities,
    peer: str,
    asked: tuple[int, int],
    heard: Callable[[bytes], None],
) -> Datagrams:
    """Open both sockets; `heard` is given what the client sends to either."""
    loop = asyncio.get_running_loop()
    ways = [
        (
            await loop.create_datagram_endpoint(
                lambda: _Listener(heard),
                local_addr=(oddities.host, 0),
                remote_addr=(peer, port),
            )
        )[0]
        for port in asked
    ]
    return Datagrams(oddities, ways[0], ways[1], asked)
