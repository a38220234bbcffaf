"""One session with a camera by WebRTC: negotiated, connected, and its video decrypted (RFC 8827)."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from time import thread_time
from typing import Any, Final

from ...errors import NO_PATH, SESSION_REFUSED, UNREADABLE, SourceUnusable
from ...sdp import MalformedDescriptionError
from ..budget import LoopBudget
from .arrival import LoopArrival
from .certificate import SessionCertificate, make_certificate
from .demultiplexing import DatagramKind, kind_of
from .description import (
    CameraDescription,
    CameraTransport,
    LocalTransport,
    offer_of,
    read_answer,
)
from .dtls import DtlsError, DtlsHandshake
from .ice import IceTransport
from .negotiation import Negotiation
from .source import WebRtcSource
from .srtp import SrtpContext, SrtpError

_PAYLOAD_TYPE: Final = 0x7F
_MOST_WAITING: Final = 64
"""How many of our own datagrams wait to be sent."""


async def first_of(*coroutines: Coroutine[Any, Any, object]) -> None:
    """Await whichever ends first, raise what it raises, and leave none of the others behind."""
    tasks = [asyncio.create_task(each) for each in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


class WebRtcSession:
    """One session.

    `on_rtp` takes a packet of the video and a moment before which it had not arrived, `on_rtcp` a packet.
    """

    def __init__(
        self,
        source: WebRtcSource,
        loop: asyncio.AbstractEventLoop,
        *,
        on_rtp: Callable[[bytes, float], None],
        on_rtcp: Callable[[bytes], None],
    ) -> None:
        self._source = source
        self._loop = loop
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp
        self.arrival = LoopArrival(loop)
        self._ice = IceTransport(source.ice_servers, self.arrival.hand_on)
        self._negotiation: Negotiation | None = None
        self._dtls: DtlsHandshake | None = None
        self._incoming: SrtpContext | None = None
        self._outgoing: SrtpContext | None = None
        self._payload_types: frozenset[int] = frozenset()
        self._unsent: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._budget = LoopBudget()
        self._over = asyncio.Event()
        self._error: Exception | None = None

    async def open(self) -> CameraDescription:
        """Negotiate and connect; raises SourceUnusable."""
        certificate = await asyncio.to_thread(make_certificate)
        await self._ice.gather()
        offer = offer_of(
            LocalTransport(
                username=self._ice.username,
                password=self._ice.password,
                candidates=self._ice.candidates,
                fingerprint=certificate.fingerprint,
            ),
            has_data_channel=self._source.has_data_channel,
        )
        camera = await self._negotiate(offer)
        self._payload_types = camera.video.payload_types
        await first_of(
            self._establish(certificate, camera.transport), self._over.wait()
        )
        if self._over.is_set():
            raise SourceUnusable(SESSION_REFUSED)
        return camera

    async def receive(self) -> None:
        """Hand on what the camera sends, until either side ends it or the way to it is lost."""
        await first_of(self._ice.hand_on(self._take), self._send(), self._over.wait())
        if self._error is not None:
            raise self._error

    def send_rtcp(self, packet: bytes) -> None:
        """Send an RTCP packet to the camera soon, or drop it where too much waits."""
        if self._outgoing is not None:
            self._put(self._outgoing.protect_rtcp(packet))

    def hang_up(self) -> None:
        """End the session at once, awaiting nothing; `async_close` is still to be called."""
        self._over.set()
        self.arrival.close()
        if self._negotiation is not None:
            self._negotiation.close()

    async def async_close(self) -> None:
        """Let go of all."""
        self.hang_up()
        try:
            await self._say_goodbye()
        finally:
            await self._ice.async_close()
            if self._negotiation is not None:
                await self._negotiation.async_join()

    async def _say_goodbye(self) -> None:
        if self._dtls is not None:
            with suppress(ConnectionError, OSError):
                await self._send_all(self._dtls.close())

    async def _negotiate(self, offer: str) -> CameraDescription:
        self._negotiation = Negotiation(
            self._source.signaling(),
            on_candidate=self._ice.add,
            on_ended=self._over.set,
        )
        try:
            camera = read_answer(await self._negotiation.offer(offer))
        except MalformedDescriptionError:
            raise SourceUnusable(UNREADABLE) from None
        self._negotiation.add_candidates(self._ice.candidates)
        return camera

    async def _establish(
        self, certificate: SessionCertificate, transport: CameraTransport
    ) -> None:
        await self._connect(transport)
        await self._encrypt(certificate, transport)

    async def _connect(self, transport: CameraTransport) -> None:
        try:
            await self._ice.connect(transport)
        except ConnectionError:
            raise SourceUnusable(NO_PATH) from None

    async def _encrypt(
        self, certificate: SessionCertificate, transport: CameraTransport
    ) -> None:
        """Agree on keys with the one whose certificate the answer names, and with nobody else."""
        dtls = DtlsHandshake(certificate, is_server=transport.is_client)
        self._dtls = dtls
        try:
            await self._send_all(dtls.start())
            while not dtls.is_done:
                await self._send_all(await self._handshake(dtls))
            self._incoming, self._outgoing = dtls.keys(transport.fingerprints)
        except DtlsError:
            raise SourceUnusable(UNREADABLE) from None

    async def _handshake(self, dtls: DtlsHandshake) -> list[bytes]:
        """Return what is to be sent after the next datagram, or where none has come in time."""
        try:
            async with asyncio.timeout(dtls.timeout):
                datagram = await self._ice.receive()
        except TimeoutError:
            return dtls.handle_timeout()
        return dtls.receive(datagram) if kind_of(datagram) is DatagramKind.DTLS else []

    async def _send(self) -> None:
        with suppress(ConnectionError, OSError):
            while True:
                await self._ice.send(await self._unsent.get())

    async def _send_all(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            await self._ice.send(datagram)

    def _put(self, datagram: bytes) -> None:
        with suppress(asyncio.QueueFull):
            self._unsent.put_nowait(datagram)

    def _take(self, datagram: bytes) -> None:
        self.arrival.hand_on()
        if self._budget.overdrawn(self._loop.time()):
            return
        begun = thread_time()
        try:
            self._take_by_kind(datagram)
        except Exception as error:  # noqa: BLE001  # whatever it is, `receive` raises it
            self._error = error
            self._over.set()
        self._budget.take(thread_time() - begun)

    def _take_by_kind(self, datagram: bytes) -> None:
        match kind_of(datagram):
            case DatagramKind.RTP:
                self._take_rtp(datagram)
            case DatagramKind.RTCP:
                self._take_rtcp(datagram)
            case DatagramKind.DTLS:
                self._take_dtls(datagram)

    def _take_rtp(self, packet: bytes) -> None:
        """Hand on a packet of the video. Sound is not even decrypted."""
        if packet[1] & _PAYLOAD_TYPE not in self._payload_types or not self._incoming:
            return
        with suppress(SrtpError):
            self._on_rtp(self._incoming.unprotect(packet), self.arrival.after)

    def _take_rtcp(self, packet: bytes) -> None:
        if self._incoming is not None:
            with suppress(SrtpError):
                self._on_rtcp(self._incoming.unprotect_rtcp(packet))

    def _take_dtls(self, datagram: bytes) -> None:
        if self._dtls is None:
            return
        with suppress(DtlsError):
            for answer in self._dtls.receive(datagram):
                self._put(answer)
        if self._dtls.is_closed:
            self._over.set()
