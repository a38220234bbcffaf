"""A viewer by aiortc, which is not ours either: it tells whether a camera of these tests is one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final
from unittest.mock import patch

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
import av

from tests.cameras.odd.counter import read

from .camera import Answer

_PATIENCE: Final = 20


class Viewer:
    """Offers to see, and reads the numbers of what it sees."""

    def __init__(self, peer: RTCPeerConnection) -> None:
        self.peer = peer
        self.numbers: list[int] = []
        self.sounds = 0
        self._watching: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        peer.on("track", self._watch)
        peer.on("connectionstatechange", self._changed.set)

    async def offer(self, *kinds: str) -> str:
        """Give its offer, with these kinds of media in this order."""
        for kind in kinds:
            if kind == "application":
                self.peer.createDataChannel("dataSendChannel")
                continue
            medium = self.peer.addTransceiver(kind, direction="recvonly")
            if kind == "video":
                known = RTCRtpReceiver.getCapabilities("video")
                assert known is not None
                medium.setCodecPreferences(
                    [each for each in known.codecs if each.mimeType == "video/H264"]
                )
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return self.peer.localDescription.sdp

    async def accept(self, answer: Answer) -> None:
        """Take an answer and its candidates."""
        await self.peer.setRemoteDescription(
            RTCSessionDescription(sdp=answer.whole, type="answer")
        )

    async def until_seen(self, count: int) -> list[int]:
        """Wait for so many pictures, and give the numbers of all there were."""
        await self._until(lambda: len(self.numbers) >= count)
        return self.numbers

    async def until_heard(self) -> None:
        """Wait for sound."""
        await self._until(lambda: self.sounds > 0)

    async def until_state(self, state: str) -> None:
        """Wait for a state of the connection."""
        await self._until(lambda: self.peer.connectionState == state)

    @property
    def srtp_profile(self) -> bytes:
        """How the media are encrypted."""
        (transceiver, *_) = self.peer.getTransceivers()
        connection = transceiver.receiver.transport._ssl  # noqa: SLF001  # nothing public tells
        assert connection is not None
        return connection.get_selected_srtp_profile()

    async def ask_for_keyframe(self) -> None:
        """Send a PLI."""
        for transceiver in self.peer.getTransceivers():
            receiver = transceiver.receiver
            for source in receiver.getSynchronizationSources():
                await receiver._send_rtcp_pli(source.source)  # noqa: SLF001  # nothing public does

    async def close(self) -> None:
        """Leave nothing behind."""
        await self.peer.close()
        for watching in self._watching:  # the tracks of what never began never end
            watching.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)

    def _watch(self, track: MediaStreamTrack) -> None:
        self._watching.append(asyncio.create_task(self._take_all(track)))

    async def _take_all(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                self._take(await track.recv())
                self._changed.set()

    def _take(self, frame: object) -> None:
        if isinstance(frame, av.VideoFrame):
            self.numbers.append(read(frame.to_ndarray(format="gray")))
        else:
            self.sounds += 1

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(_PATIENCE):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def viewer() -> AsyncIterator[Viewer]:
    """Have a viewer, on this machine's own address."""
    with patch("aioice.ice.get_host_addresses", return_value=["127.0.0.1"]):
        seeing = Viewer(RTCPeerConnection(RTCConfiguration(iceServers=[])))
        try:
            yield seeing
        finally:
            await seeing.close()
