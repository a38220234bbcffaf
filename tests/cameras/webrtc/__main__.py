"""A camera in a process of its own, by aiortc: it says its port, and is asked over HTTP.

    python -m tests.cameras.webrtc MODEL

    POST /offer  {"sdp"}  the answer: {"session", "sdp", "candidates"}, the candidates apart from it
    POST /close  {"session"}
    POST /over   {"session"}  answered once it is
    GET /state   what goes on: {"begun", "open", "connected", "data_channels",
                 "asked_for_keyframes", "keyframes", "sent", "left", "shown", "lost"}

`begun` is how many sessions there ever were, `connected` the names of those that have a connection or may have one yet.
All other lists are of the sessions that nobody has ended by name, in the order of `open`: what the viewer called its
data channels, when it asked for a keyframe, which places in `sent` were keyframes, and how many packets were lost.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import fractions
import random
import re
import sys
import time
from typing import Any, Final, override

from aiohttp import web
import aioice.ice
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    rtcdtlstransport,
)
from aiortc.rtp import RtcpPsfbPacket, RtpPacket
import av

from tests.cameras.encoder import nal_units
from tests.cameras.odd.film import shots_of
from tests.cameras.odd.units import begins_anew

from .model import Model

_START_CODE: Final = b"\x00\x00\x00\x01"
_CLOCK_RATE: Final = 90_000
_CODEC: Final = "h264"
_MARKER: Final = 0x80
_BITS: Final = 8
_HALF: Final = 1 << 15
"""Half of all sequence numbers."""
_KEYFRAME_REQUESTS: Final = (1, 4)
"""PLI and FIR (RFC 4585, RFC 5104)."""


@dataclass(slots=True, kw_only=True)
class Picture:
    """One access unit."""

    data: bytes
    is_key: bool


def pictures_of(model: Model) -> list[Picture]:
    """Give what it shows, again and again."""
    if model.films:
        with av.open(model.films) as container:
            found = [bytes(packet) for packet in container.demux(video=0)]
        units = [tuple(nal_units(data)) for data in found if data]
    else:
        units = [shot.units for shot in shots_of(model.film)]
    return [
        Picture(
            data=b"".join(_START_CODE + unit for unit in each),
            is_key=begins_anew(each, _CODEC),
        )
        for each in units
    ]


class FilmTrack(MediaStreamTrack):
    """Shows its pictures at their rate, and a keyframe next where it is asked for one."""

    kind = "video"

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.sent: list[float] = []
        """When each picture was handed on, by the monotonic clock."""
        self.left: list[float] = []
        """When the last packet of each was about to go."""
        self.shown: list[int] = []
        """The places of the pictures in the film."""
        self.keyframes: list[int] = []
        """Which of those in `sent` were keyframes."""
        self.lost = 0
        """How many packets were lost."""
        self.is_key = False
        """Whether the picture that is being sent is a keyframe."""
        self.keyframes_asked: list[float] = []
        self._model = model
        self._pictures = pictures_of(model)
        self._next = 0
        self._is_keyframe_wanted = False
        self._began_at = time.monotonic()

    def want_keyframe(self) -> None:
        """Show a keyframe next."""
        self.keyframes_asked.append(time.monotonic())
        self._is_keyframe_wanted = self._model.takes_picture_loss

    @override
    async def recv(self) -> Any:
        count = len(self.sent)
        due = self._began_at + count / self._model.fps
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        picture = self._picture()
        packet = av.Packet(picture.data)
        packet.pts = count * _CLOCK_RATE // self._model.fps
        packet.time_base = fractions.Fraction(1, _CLOCK_RATE)
        self.is_key = picture.is_key
        if picture.is_key:
            self.keyframes.append(count)
        self.sent.append(time.monotonic())
        return packet

    def _picture(self) -> Picture:
        while True:
            place = self._next % len(self._pictures)
            picture = self._pictures[place]
            self._next += 1
            if picture.is_key or not self._is_keyframe_wanted:
                self._is_keyframe_wanted = False
                self.shown.append(place)
                return picture

    def note_packet(self, data: bytes) -> None:
        """Note a packet that goes, where it is the last of its picture and goes for the first time."""
        is_last = data[1] & _MARKER
        if is_last and len(self.left) < len(self.sent):
            self.left.append(time.monotonic())


@dataclass(slots=True, kw_only=True)
class Keyframes:
    """Knows which packets are of keyframes, those sent again included."""

    sender: RTCRtpSender
    track: FilmTrack
    _of_keyframes: dict[int, bool] = field(default_factory=dict)

    def has(self, data: bytes) -> bool:
        """Tell whether a packet of RTP is of a keyframe."""
        packet = RtpPacket.parse(data)
        if packet.ssrc == self.sender._rtx_ssrc:  # noqa: SLF001  # as its answer says
            return self._of_keyframes[int.from_bytes(packet.payload[:2])]  # RFC 4588
        if packet.ssrc != self.sender._ssrc:  # noqa: SLF001
            return False
        number = packet.sequence_number
        self._of_keyframes.pop((number + _HALF) % (2 * _HALF), None)
        return self._of_keyframes.setdefault(number, self.track.is_key)


@dataclass(slots=True, kw_only=True)
class Session:
    """One viewer."""

    peer: RTCPeerConnection
    track: FilmTrack
    over: asyncio.Event = field(default_factory=asyncio.Event)
    data_channels: list[str] = field(default_factory=list)

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, or may be one yet."""
        return self.peer.connectionState not in {"closed", "failed"}


@dataclass(slots=True, kw_only=True)
class Camera:
    """The sessions it has, and what the closed ones left behind."""

    model: Model
    begun: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)
    peers: dict[str, Session] = field(default_factory=dict)
    """All there ever were."""
    endings: set[asyncio.Task[None]] = field(default_factory=set)

    async def offer(self, request: web.Request) -> web.Response:
        sdp = (await request.json())["sdp"]
        session = Session(peer=RTCPeerConnection(), track=FilmTrack(self.model))
        name = str(self.begun)
        self.sessions[name] = self.peers[name] = session
        self.begun += 1
        session.peer.on(
            "datachannel", lambda opened: session.data_channels.append(opened.label)
        )
        await session.peer.setRemoteDescription(
            RTCSessionDescription(sdp=sdp, type="offer")
        )
        for transceiver in session.peer.getTransceivers():
            if transceiver.kind == "video":
                transceiver.direction = "sendonly"
                transceiver.sender.replaceTrack(session.track)
                self._watch(transceiver.sender, session.track)
            elif transceiver.kind == "audio" and self.model.has_sound:
                transceiver.direction = "sendonly"
                transceiver.sender.replaceTrack(AudioStreamTrack())
        answered = await session.peer.createAnswer()
        if self.model.is_passive:
            answered.sdp = answered.sdp.replace("a=setup:active", "a=setup:passive")
        await session.peer.setLocalDescription(answered)
        if self.model.ends_after:
            self._end_later(name)
        answer, candidates = self._answer(session.peer.localDescription.sdp)
        return web.json_response(
            {"session": name, "sdp": answer, "candidates": candidates}
        )

    async def close(self, request: web.Request) -> web.Response:
        await self._end((await request.json())["session"])
        return web.Response()

    async def over(self, request: web.Request) -> web.Response:
        session = self.sessions.get((await request.json())["session"])
        if session is not None:
            await session.over.wait()
        return web.Response()

    async def state(self, _request: web.Request) -> web.Response:
        tracks = [session.track for session in self.sessions.values()]
        return web.json_response(
            {
                "begun": self.begun,
                "open": [*self.sessions],
                "connected": [
                    name for name, peer in self.peers.items() if peer.is_connected
                ],
                "data_channels": [
                    session.data_channels for session in self.sessions.values()
                ],
                "asked_for_keyframes": [each.keyframes_asked for each in tracks],
                "keyframes": [each.keyframes for each in tracks],
                "sent": [each.sent for each in tracks],
                "left": [each.left for each in tracks],
                "shown": [each.shown for each in tracks],
                "lost": [each.lost for each in tracks],
            }
        )

    def _end_later(self, name: str) -> None:
        async def end() -> None:
            await asyncio.sleep(self.model.ends_after)
            await self._end(name)

        task = asyncio.create_task(end())
        self.endings.add(task)
        task.add_done_callback(self.endings.discard)

    async def _end(self, name: str) -> None:
        if (session := self.sessions.pop(name, None)) is not None:
            await session.peer.close()
            session.over.set()

    def _watch(self, sender: RTCRtpSender, track: FilmTrack) -> None:
        """See what the viewer asks for, and lose what the model loses."""
        handle = sender._handle_rtcp_packet  # noqa: SLF001  # nothing public tells of it
        transport = sender.transport

        async def handled(packet: Any) -> None:
            if isinstance(packet, RtcpPsfbPacket) and packet.fmt in _KEYFRAME_REQUESTS:
                track.want_keyframe()
            await handle(packet)

        narrow = self._narrow(transport._send_rtp)  # noqa: SLF001
        lossy = self._lossy(narrow, Keyframes(sender=sender, track=track))
        vars(sender)["_handle_rtcp_packet"] = handled
        vars(transport)["_send_rtp"] = lossy

    def _lossy(
        self, send: Callable[..., Any], keyframes: Keyframes
    ) -> Callable[..., Any]:
        luck = random.Random(self.model.seed)  # noqa: S311  # the same in each run

        async def sent(data: bytes) -> None:
            if 192 <= data[1] < 224:  # RTCP
                await send(data)
                return
            keyframes.track.note_packet(data)
            loss = self.model.loss
            if keyframes.has(data):
                loss = max(loss, self.model.loss_in_keyframes)
            if luck.random() < loss:
                keyframes.track.lost += 1
            else:
                await send(data)

        return sent

    def _narrow(self, send: Callable[..., Any]) -> Callable[..., Any]:
        """Have no more leave at a time than the bandwidth allows."""
        if not self.model.bandwidth:
            return send
        free_at = time.monotonic()

        async def sent(data: bytes) -> None:
            nonlocal free_at
            now = time.monotonic()
            begins = max(now, free_at)
            free_at = begins + len(data) * _BITS / self.model.bandwidth
            await asyncio.sleep(begins - now)
            await send(data)

        return sent

    def _answer(self, sdp: str) -> tuple[str, list[str]]:
        """Give the answer as this model writes it, and its candidates apart."""
        lines = sdp.splitlines()
        found = re.search(
            r"^m=video (?:.|\r?\n(?!m=))*?\na=mid:(\S+)", sdp, re.MULTILINE
        )
        video = found[1] if found else ""
        candidates = [line for line in lines if line.startswith("a=candidate:")]
        kept = (
            line
            for line in lines
            if line not in candidates and line != "a=end-of-candidates"
        )
        return "".join(
            f"{written}\r\n" for line in kept if (written := self._written(line, video))
        ), [line.removeprefix("a=") for line in dict.fromkeys(candidates)]

    def _written(self, line: str, video: str) -> str:
        """Give a line, or nothing; `video` is what the video is called in a bundle."""
        model = self.model
        if line.endswith("nack pli") and not model.takes_picture_loss:
            return ""
        if line.endswith(" nack") and not model.takes_missing:
            return ""
        if line.startswith("a=group:BUNDLE") and not model.has_h264:
            mids = line.split(" ")
            return " ".join(each for each in mids if each != video)  # RFC 8843 7.3.3
        if line.startswith("m=video") and not model.has_h264:
            return re.sub(r"^m=video \d+", "m=video 0", line)
        if line.startswith("a=fingerprint:") and model.is_another:
            algorithm, _, digest = line.partition(" ")
            return f"{algorithm} {':'.join(reversed(digest.split(':')))}"
        return line


def know_only(profile: str) -> None:
    """Have aiortc know one profile of SRTP."""
    known = rtcdtlstransport.SRTP_PROFILES
    known[:] = [each for each in known if each.openssl_profile.decode() == profile]


async def serve(model: Model) -> None:
    """Serve until it is ended."""
    if model.srtp:
        know_only(model.srtp)
    camera = Camera(model=model)
    app = web.Application()
    app.add_routes(
        [
            web.post("/offer", camera.offer),
            web.post("/close", camera.close),
            web.post("/over", camera.over),
            web.get("/state", camera.state),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201  # whoever started it reads it
    await asyncio.Event().wait()


# aioice leaves this machine's own address out, and all traffic of the tests is to stay on it.
aioice.ice.get_host_addresses = lambda **_families: ["127.0.0.1"]
asyncio.run(serve(Model.from_json(sys.argv[1])))
