"""`python -m tests.bench.webrtc.theirs CAMERA [encoded]`: aiortc's own receiver, in a process that does nothing else.

As it is, it decodes: its pictures are noted by their number. With `encoded` its decoder is taken out, which no release
of it allows otherwise, and they are noted by their slice. Its lines are those of `ours`, but for `again`.
"""

import asyncio
from collections.abc import Callable
import sys
import time
from typing import Any, Final

from aiohttp import ClientSession
from aiortc import (
    MediaStreamTrack,
    RTCPeerConnection,
    RTCSessionDescription,
    rtcrtpreceiver,
)
from aiortc.codecs import get_capabilities
from aiortc.mediastreams import MediaStreamError

from tests.bench.relay.logbook import Logbook, answer, say
from tests.bench.relay.pictures import SLICES, key, kind
from tests.cameras.encoder import nal_units
from tests.loopback import ice_on_loopback

from .offering import Answered, close, offer

_CLOCK_RATE: Final = 90_000
_RATE: Final = 30


class Receivers:
    """All receivers of this process."""

    def __init__(self, http: ClientSession, camera: str) -> None:
        self._http = http
        self._camera = camera
        self._logbook = Logbook()
        self._peers: list[tuple[RTCPeerConnection, Answered]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def answers(self, line: str) -> Any:
        """Do what a line says."""
        words = line.split()
        return _DOES[words[0]](self, *words[1:])

    def open(self, number: str) -> float:
        """Open so many at once; return when."""
        for _ in range(int(number)):
            self._begin(self._open())
        return time.monotonic()

    def take(self) -> Any:
        return self._logbook.take("")

    def close(self) -> None:
        for peer, answered in self._peers:
            self._begin(close(self._http, self._camera, answered.session))
            self._begin(peer.close())
        self._peers.clear()

    def note_encoded(self, data: bytes) -> None:
        """Note a picture that would be decoded now; of one stream only."""
        at = time.monotonic()
        for unit in nal_units(data):
            if kind(unit) in SLICES:
                self._logbook.note(self._peers[0][1].session, key(unit), at)

    def _begin(self, work: Any) -> None:
        self._tasks.add(asyncio.create_task(work))

    async def _open(self) -> None:
        peer = RTCPeerConnection()
        video = peer.addTransceiver("video", direction="recvonly")
        video.setCodecPreferences(
            [
                each
                for each in get_capabilities("video").codecs
                if each.mimeType == "video/H264"
            ]
        )
        await peer.setLocalDescription(await peer.createOffer())
        answered = await offer(self._http, self._camera, peer.localDescription.sdp)
        self._peers.append((peer, answered))
        peer.on(
            "track", lambda track: self._begin(self._noted(track, answered.session))
        )
        await peer.setRemoteDescription(
            RTCSessionDescription(sdp=answered.sdp, type="answer")
        )

    async def _noted(self, track: MediaStreamTrack, session: str) -> None:
        first: int | None = None
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            at = time.monotonic()
            pts = frame.pts or 0
            first = pts if first is None else first
            number = round((pts - first) * _RATE / _CLOCK_RATE)
            self._logbook.note(session, f"#{number}", at)


_DOES: Final[dict[str, Callable[..., Any]]] = {
    "open": Receivers.open,
    "take": Receivers.take,
    "close": Receivers.close,
}


def take_decoder_out(note: Callable[[bytes], None]) -> None:
    """Have what would be decoded be noted."""

    def worker(loop: asyncio.AbstractEventLoop, frames: Any, *_others: Any) -> None:
        while (task := frames.get()) is not None:
            loop.call_soon_threadsafe(note, task[1].data)

    vars(rtcrtpreceiver)["decoder_worker"] = worker


async def main(camera: str, *how: str) -> None:
    """Receive until stdin ends."""
    with ice_on_loopback():
        async with ClientSession() as http:
            receivers = Receivers(http, camera)
            if "encoded" in how:
                take_decoder_out(receivers.note_encoded)
            say("ready")
            await answer(receivers.answers)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
