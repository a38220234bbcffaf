"""The reader of one connection by our own RTSP client: on the loop, with no thread."""

import asyncio
from typing import Final, override

from ...errors import SLOW, UNREADABLE
from ...rtp.reordering import ReorderingBuffer
from ..address import CameraAddress
from ..reading import Reading
from ..receiver import VideoReceiver, VideoTrack
from ..rtp_reader import RtpReader
from .session import RtspSession

OPEN_TIMEOUT: Final = 15.0
"""Seconds that a camera may take until it plays."""
REPORT_SECONDS: Final = 4.0
"""Seconds between reports to the camera. A connection is given up at the third in a row before which nothing came."""


class RtspReader(RtpReader):
    """Reads one connection."""

    def __init__(self, address: CameraAddress, reading: Reading) -> None:
        super().__init__(reading)
        self._session = RtspSession(
            address,
            reading,
            on_video=self._begin,
            on_rtp=self._take_rtp,
            on_rtcp=self._take_rtcp,
        )

    def request_keyframe(self) -> None:
        """RTSP has no way to ask for one."""

    @override
    def _close(self) -> None:
        self._session.close(then=self.ended.set)

    @override
    async def _open_and_read(self) -> str | None:
        async with asyncio.timeout(OPEN_TIMEOUT):
            await self._session.open()
        return await self._until_over()

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
