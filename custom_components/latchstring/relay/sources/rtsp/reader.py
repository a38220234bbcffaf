"""The reader of one connection by our own RTSP client: on the loop, with no thread."""

import asyncio
from typing import Final

from ...errors import SLOW, UNREADABLE, SourceUnusable
from ...rtp.reordering import ReorderingBuffer
from ..address import CameraAddress
from ..faults import fault_of_error, fault_unforeseen
from ..reading import Reading
from ..receiver import VideoReceiver, VideoTrack
from .session import RtspSession

OPEN_TIMEOUT: Final = 15.0
"""Seconds that a camera may take until it plays."""
REPORT_SECONDS: Final = 4.0
"""Seconds between reports to the camera. A connection is given up at the third in a row before which nothing came."""


class RtspReader:
    """Reads one connection."""

    def __init__(self, address: CameraAddress, reading: Reading) -> None:
        self.ended = asyncio.Event()
        self.fault: str | None = None
        self._reading = reading
        self._session = RtspSession(
            address,
            reading,
            on_video=self._begin,
            on_rtp=self._take_rtp,
            on_rtcp=self._take_rtcp,
        )
        self._receiver: VideoReceiver | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False

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
        """End; nothing is delivered from now on."""
        self._is_stopped = True
        if self._receiver is not None:
            self._receiver.close()  # a picture that it holds back is no more to come
        if self._task is not None:
            self._task.cancel()

    def flush(self) -> None:
        """Deliver what has arrived: it was delivered when it came."""

    def request_keyframe(self) -> None:
        """RTSP has no way to ask for one."""

    async def async_join(self) -> None:
        """Wait until the connection is gone."""
        if self._task is not None:
            await self.ended.wait()

    async def _run(self) -> None:
        self.fault = await self._read()

    def _end(self, _task: asyncio.Task[None]) -> None:
        """Close all, also where the task was cancelled before it began; it has ended when the connection is gone."""
        self._is_stopped = True
        if self._receiver is not None:
            self._receiver.close()
        self._session.close(then=self.ended.set)

    async def _read(self) -> str | None:
        try:
            async with asyncio.timeout(OPEN_TIMEOUT):
                await self._session.open()
            return await self._until_over()
        except SourceUnusable as unusable:
            return unusable.code
        except Exception as error:  # noqa: BLE001  # whatever it is, its text could hold the address
            return fault_of_error(error) or fault_unforeseen(self._reading.name, error)

    async def _until_over(self) -> str | None:
        """Report to the camera what came of its video until it ends, or nothing comes; return why it is over."""
        keeping_alive = self._reading.loop.create_task(self._session.keep_alive())
        try:
            while not await self._session.is_closed_within(REPORT_SECONDS):
                if self._receiver is None or self._receiver.is_silent():
                    break
                self._session.write_report(self._receiver.report())
        finally:
            keeping_alive.cancel()
        return self._why_over()

    def _why_over(self) -> str | None:
        receiver = self._receiver
        if receiver is None:
            return None
        receiver.finish()
        if receiver.has_received or receiver.fault:
            return receiver.fault
        if not self._session.is_closed:
            return SLOW
        return UNREADABLE if self._session.is_malformed else None

    def _begin(self, video: VideoTrack) -> None:
        self._receiver = VideoReceiver(
            self._reading,
            video,
            reordering=None if self._session.is_ordered else ReorderingBuffer(),
            on_fault=self._session.hang_up,
        )

    def _take_rtp(self, packet: bytes, after: float) -> None:
        if self._receiver is not None and not self._is_stopped:
            self._receiver.take_rtp(packet, after)

    def _take_rtcp(self, packet: bytes) -> None:
        if self._receiver is not None and not self._is_stopped:
            self._receiver.take_rtcp(packet)
