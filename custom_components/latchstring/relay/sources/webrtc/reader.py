"""The reader of one session with a camera that is seen by WebRTC only."""

import asyncio
from dataclasses import replace
import time
from typing import Final

from ...errors import SLOW, SourceUnusable
from ...mp4.packager import PackagedFragment
from ...rtp.reordering import ReorderingBuffer
from ..faults import fault_of_error, fault_unforeseen
from ..reading import Reading
from ..receiver import VideoReceiver
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


class WebRtcReader:
    """Reads one session."""

    def __init__(self, source: WebRtcSource, reading: Reading) -> None:
        self.ended = asyncio.Event()
        self.fault: str | None = None
        self._reading = replace(reading, deliver=self._deliver)
        self._deliver_further = reading.deliver
        self._session = WebRtcSession(
            source, reading.loop, on_rtp=self._take_rtp, on_rtcp=self._take_rtcp
        )
        self._receiver: VideoReceiver | None = None
        self._feedback: Feedback | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._keyframe_after: float | None = None

    @property
    def has_delivered(self) -> bool:
        """Return whether a fragment was made."""
        return self._receiver is not None and self._receiver.has_delivered

    @property
    def missing(self) -> str:
        """Return what is missing for a picture: the code."""
        return self._receiver.missing if self._receiver else SLOW

    def start(self) -> None:
        """Connect, and read."""
        self._task = self._reading.loop.create_task(self._run())
        self._task.add_done_callback(self._end)

    def stop(self) -> None:
        """End the session at once; nothing is delivered from now on."""
        self._is_stopped = True
        self._session.hang_up()
        if self._receiver is not None:
            self._receiver.close()
        if self._task is not None:
            self._task.cancel()

    def flush(self) -> None:
        """Deliver what has arrived: it was delivered when it came."""

    def request_keyframe(self) -> None:
        """Ask the camera for a keyframe once nothing waits that has arrived before now."""
        self._session.arrival.renew(self._want_keyframe)

    async def async_join(self) -> None:
        """Wait until the session is closed."""
        if self._task is not None:
            await self.ended.wait()

    async def _run(self) -> None:
        self.fault = await self._read()

    def _end(self, _task: asyncio.Task[None]) -> None:
        """Close all, also where the task was cancelled before it began; it has ended when all is gone."""
        self._is_stopped = True
        if self._receiver is not None:
            self._receiver.close()
        self._session.hang_up()
        self._closing = self._reading.loop.create_task(self._close())

    async def _close(self) -> None:
        try:
            await self._session.async_close()
        except Exception as error:  # noqa: BLE001  # whatever it is, the reader has ended
            fault_unforeseen(self._reading.name, error)
        finally:
            self.ended.set()

    async def _read(self) -> str | None:
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                camera = await self._session.open()
            return await self._until_over(camera)
        except SourceUnusable as unusable:
            return unusable.code
        except Exception as error:  # noqa: BLE001  # whatever it is, its text could hold an address
            return fault_of_error(error) or fault_unforeseen(self._reading.name, error)

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

    def _take_rtcp(self, packet: bytes) -> None:
        if self._receiver is not None and not self._is_stopped:
            self._receiver.take_rtcp(packet)

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
