"""A session with a camera: from connecting to PLAY, then kept alive until it is closed (RFC 2326, RFC 7826)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
import re
from typing import Final

from ...errors import (
    ADDRESS_WRONG,
    CODEC_UNSUPPORTED,
    NO_VIDEO,
    REDIRECTED,
    REFUSED,
    TRANSPORT_REFUSED,
    SourceUnusable,
)
from ...rtsp.message import MalformedMessageError, RtspResponse
from ...rtsp.sdp import CODECS, Track, read_description
from ...rtsp.url import (
    MalformedAddressError,
    RtspAddress,
    control_url,
    read_address,
    redirected,
)
from ...sdp import MalformedDescriptionError
from ..address import CameraAddress, Transport
from ..faults import REDIRECTS
from ..reading import Reading
from ..receiver import VideoTrack
from ..tls import async_context_of
from .channel import TCP_OFFER, NumberPair, channels, server_ports, udp_offer
from .connection import RtspConnection
from .conversation import Conversation, required
from .udp import UdpPair

_MOST_REDIRECTS: Final = 5
_REFUSES_TRANSPORT: Final = frozenset({400, 405, 406, 451, 459, 461, 501})
"""What cameras answer to a SETUP whose transport they don't have; 461 is the right one."""
_NO_SESSION: Final = frozenset({454, 455})
_TIMEOUT: Final = re.compile(r"timeout\s*=\s*(\d{1,5})")
_USUAL_TIMEOUT: Final = 60
_SHORTEST_TIMEOUT: Final = 4
_NOT_IMPLEMENTED: Final = frozenset({400, 404, 405, 451, 501, 551})
_GET_PARAMETER: Final = "GET_PARAMETER"
_CHANNELS_ASKED: Final = NumberPair(rtp=0, rtcp=1)


class RtspSession:
    """One session over one connection.

    `on_video` takes the video before it plays, `on_rtp` a packet and a moment before which it had not arrived,
    `on_rtcp` a packet.
    """

    def __init__(
        self,
        address: CameraAddress,
        reading: Reading,
        *,
        on_video: Callable[[VideoTrack], None],
        on_rtp: Callable[[bytes, float], None],
        on_rtcp: Callable[[bytes], None],
    ) -> None:
        self._loop = reading.loop
        self._address = address
        self._traits = reading.traits
        self._refused_logins = reading.refused_logins
        self._on_video = on_video
        self._on_rtp = on_rtp
        self._on_rtcp = on_rtcp
        self._connection: RtspConnection | None = None
        self._conversation: Conversation | None = None
        self._channels = _CHANNELS_ASKED
        self._udp: UdpPair | None = None
        self._url = ""
        self._has_get_parameter = False
        self._timeout = _USUAL_TIMEOUT

    async def open(self) -> None:
        """Connect, and have the camera play its video. Raises SourceUnusable, OSError, ValueError for no RTSP."""
        try:
            address = read_address(self._address.url)
        except MalformedAddressError:
            raise SourceUnusable(ADDRESS_WRONG) from None
        for _ in range(_MOST_REDIRECTS + 1):
            answer = await self._describe(address)
            if answer.status not in REDIRECTS:
                await self._play(address, required(answer))
                return
            self.close()
            further = redirected(address, answer.first("location"))
            if further is None:
                break
            address = further
        raise SourceUnusable(REDIRECTED)

    @property
    def is_ordered(self) -> bool:
        """Return whether packets come in the order in which they were sent."""
        return self._udp is None

    @property
    def is_closed(self) -> bool:
        """Return whether the connection is gone."""
        return self._connection is None or self._connection.closed.done()

    @property
    def is_malformed(self) -> bool:
        """Return whether the connection is gone because of what is not RTSP."""
        connection = self._connection
        return (
            connection is not None
            and connection.closed.done()
            and isinstance(connection.closed.result(), MalformedMessageError)
        )

    async def is_closed_within(self, seconds: float) -> bool:
        """Return whether the connection is gone within so long, or before."""
        if self._connection is not None:
            await asyncio.wait([self._connection.closed], timeout=seconds)
        return self.is_closed

    async def keep_alive(self) -> None:
        """Keep the session alive as long as the connection is there, whether or not the camera answers."""
        pause = max(self._timeout, _SHORTEST_TIMEOUT) / 2
        while not await self.is_closed_within(pause):
            await self._keep_alive(pause / 2)

    def hang_up(self) -> None:
        """End the session and the connection at once; `close` is still to be called."""
        connection, conversation = self._connection, self._conversation
        if connection is None or conversation is None:
            return
        if conversation.session:
            connection.send(conversation.request("TEARDOWN", self._url))
            conversation.session = ""
        connection.close()

    def write_report(self, report: bytes) -> None:
        """Send an RTCP packet to the camera."""
        if self._udp is not None:
            self._udp.write_report(report)
        elif self._connection is not None:
            self._connection.write_frame(self._channels.rtcp, report)

    def close(self, then: Callable[[], None] = lambda: None) -> None:
        """Let go of all; `then` is called when the connection is gone."""
        self.hang_up()
        connection, self._connection = self._connection, None
        if self._udp is not None:
            self._udp.close()
            self._udp = None
        if connection is None:
            then()
        else:
            connection.closed.add_done_callback(lambda _: then())

    async def _describe(self, address: RtspAddress) -> RtspResponse:
        context = await async_context_of(self._address, is_tls=address.is_tls)
        connection = RtspConnection(self._loop, on_frame=self._take_frame)
        conversation = Conversation(
            connection,
            address,
            trial=partial(self._refused_logins.trial, self._address),
        )
        self._connection, self._conversation = connection, conversation
        await connection.open(address, context)
        options = await conversation.ask("OPTIONS", address.url)
        self._has_get_parameter = _GET_PARAMETER in options.first("public").upper()
        return await conversation.ask("DESCRIBE", address.url, Accept="application/sdp")

    async def _play(self, address: RtspAddress, answer: RtspResponse) -> None:
        base = answer.first("content-base") or answer.first("content-location")
        if "://" not in base:
            base = address.url
        try:
            description = read_description(answer.body)
        except MalformedDescriptionError:
            raise SourceUnusable(NO_VIDEO) from None
        track = _video(description.tracks)
        self._url = control_url(base, description.control)
        await self._set_up(control_url(base, track.control))
        self._on_video(
            VideoTrack(
                codec=CODECS[track.encoding],
                payload_types=frozenset((track.payload_type,)),
                clock_rate=track.clock_rate,
                parameter_sets=track.parameter_sets,
            )
        )
        _, conversation = self._required()
        await conversation.require("PLAY", self._url, Range="npt=0.000-")

    async def _set_up(self, url: str) -> None:
        offers = [self._set_up_tcp, self._set_up_udp]
        if self._address.transport is Transport.UDP:
            offers.reverse()
        for offer in offers:
            answer = await offer(url)
            if answer.status in _NO_SESSION:
                raise SourceUnusable(REFUSED)
            if answer.status not in _REFUSES_TRANSPORT:
                self._begin(required(answer))
                return
        raise SourceUnusable(TRANSPORT_REFUSED)

    async def _set_up_tcp(self, url: str) -> RtspResponse:
        _, conversation = self._required()
        return await conversation.ask("SETUP", url, Transport=TCP_OFFER)

    async def _set_up_udp(self, url: str) -> RtspResponse:
        connection, conversation = self._required()
        self._udp = await UdpPair.open(
            self._loop,
            ends=connection.ends,
            on_rtp=self._on_rtp,
            on_rtcp=self._on_rtcp,
        )
        answer = await conversation.ask(
            "SETUP", url, Transport=udp_offer(self._udp.ports)
        )
        if answer.status in _REFUSES_TRANSPORT:
            self._udp.close()
            self._udp = None
        return answer

    def _begin(self, answer: RtspResponse) -> None:
        """Keep what the camera says of the session: its name, its timeout, and where its packets come."""
        _, conversation = self._required()
        session, _, parameters = answer.first("session").partition(";")
        conversation.session = session.strip()
        if (timeout := _TIMEOUT.search(parameters)) is not None:
            self._timeout = int(timeout[1]) or _USUAL_TIMEOUT
        transport = answer.first("transport")
        self._channels = channels(transport) or self._channels
        if self._udp is not None:
            self._udp.begin(server_ports(transport))

    async def _keep_alive(self, patience: float) -> None:
        """Ask for nothing. What the camera answers changes only what it is asked next time."""
        method = self._keep_alive_method
        with suppress(SourceUnusable, OSError, ValueError):
            _, conversation = self._required()
            async with asyncio.timeout(patience):
                answer = await conversation.ask(method, self._url)
            self._has_get_parameter &= answer.status not in _NOT_IMPLEMENTED
        if method == _GET_PARAMETER and self.is_closed:
            self._traits.ends_on_get_parameter = True

    @property
    def _keep_alive_method(self) -> str:
        has_it = self._has_get_parameter and not self._traits.ends_on_get_parameter
        return _GET_PARAMETER if has_it else "OPTIONS"

    def _take_frame(self, channel: int, packet: bytes, after: float) -> None:
        if channel == self._channels.rtp:
            self._on_rtp(packet, after)
        elif channel == self._channels.rtcp:
            self._on_rtcp(packet)

    def _required(self) -> tuple[RtspConnection, Conversation]:
        if self._connection is None or self._conversation is None:
            raise ConnectionResetError
        return self._connection, self._conversation


def _video(tracks: tuple[Track, ...]) -> Track:
    """Return the first video that can be relayed; raises SourceUnusable for none."""
    videos = [track for track in tracks if track.media == "video"]
    if not videos:
        raise SourceUnusable(NO_VIDEO)
    for track in videos:
        if track.encoding in CODECS:
            return track
    raise SourceUnusable(CODEC_UNSUPPORTED)
