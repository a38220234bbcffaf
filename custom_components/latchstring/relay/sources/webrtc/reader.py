"""The reader of one session with a camera that is seen by WebRTC only."""

import asyncio
from dataclasses import replace
import time
from typing import Final, override

from ...errors import SLOW
from ...mp4.packager import PackagedFragment
from ...rtp.reordering import ReorderingBuffer
from ..faults import fault_unforeseen
from ..reading import Reading
from ..receiver import VideoReceiver
from ..rtp_reader import RtpReader
from .description import CameraDescription
from .feedback import Feedback
from .session import WebRtcSession, first_of
from .source import WebRtcSource

_OPEN_SECONDS: Final = 20.0
"""How long a camera may take until it is connected: one on a battery wakes up first."""
_UPDATE_SECONDS: Final = 0.04
"""How often it is seen whether something is to be asked for again."""
_PATIENCE_SECONDS: Final = 0.2
"""How long a lost packet is waited for, to be sent once more."""
_MOST_WAITING: Final = 2048
"""How many packets may wait for a lost one."""


class WebRtcReader(RtpReader):
    """Reads one session."""

    def __init__(self, source: WebRtcSource, reading: Reading) -> None:
        super().__init__(replace(reading, deliver=self._deliver))
        self._deliver_further = reading.deliver
        self._session = WebRtcSession(
            source, reading.loop, on_rtp=self._take_rtp, on_rtcp=self._take_rtcp
        )
        self._feedback: Feedback | None = None
        self._closing: asyncio.Task[None] | None = None
        self._keyframe_after: float | None = None

    @override
    def stop(self) -> None:
        """End the session at once; nothing is delivered from now on."""
        super().stop()
        self._session.hang_up()

    def request_keyframe(self) -> None:
        """Ask the camera for a keyframe once nothing waits that has arrived before now."""
        self._session.arrival.renew(self._want_keyframe)

    @override
    async def _open_and_read(self) -> str | None:
        async with asyncio.timeout(_OPEN_SECONDS):
            camera = await self._session.open()
        return await self._until_over(camera)

    @override
    def _close(self) -> None:
        self._session.hang_up()
        self._closing = self._reading.loop.create_task(self._async_close())

    async def _async_close(self) -> None:
        try:
            await self._session.async_close()
        except Exception as error:  # noqa: BLE001  # whatever it is, the reader has ended
            fault_unforeseen(self._reading.name, error)
        finally:
            self.ended.set()

    async def _until_over(self, camera: CameraDescription) -> str | None:
        """Receive until either side ends it, or nothing comes; return why it is over."""
        receiver = VideoReceiver(
            self._reading,
            camera.video,
            reordering=ReorderingBuffer(most=_MOST_WAITING, wait=_PATIENCE_SECONDS),
            has_feedback=camera.takes_picture_loss,
            on_fault=self._session.hang_up,
        )
        self._feedback = Feedback(
            camera, receiver, self._session.send_rtcp, time.monotonic()
        )
        self._receiver = receiver
        await first_of(self._session.receive(), self._update(receiver, self._feedback))
        if receiver.has_received or receiver.fault:
            return receiver.fault
        return SLOW

    async def _update(self, receiver: VideoReceiver, feedback: Feedback) -> None:
        """Ask for what is missing, until nothing comes any more."""
        while not receiver.is_silent():
            feedback.update(time.monotonic())
            await asyncio.sleep(_UPDATE_SECONDS)

    def _want_keyframe(self) -> None:
        if self._feedback is not None:
            self._keyframe_after = self._session.arrival.after
            self._feedback.want_keyframe(time.monotonic())

    def _take_rtp(self, packet: bytes, after: float) -> None:
        if self._receiver is None or self._feedback is None or self._is_stopped:
            return
        self._feedback.received(packet, time.monotonic())
        self._receiver.take_rtp(packet, after)

    def _deliver(self, packaged: PackagedFragment) -> None:
        if self._is_stopped:
            return  # by whom the picture before was delivered to, while others came with it
        wanted = self._keyframe_after
        if (
            wanted is not None
            and packaged.fragment.keyframe
            and packaged.after >= wanted
        ):
            self._keyframe_after = None
            if self._feedback is not None:
                self._feedback.has_keyframe()
        self._deliver_further(packaged)
