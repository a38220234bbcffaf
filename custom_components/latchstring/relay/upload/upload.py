"""One upload to a hub: an outlet that sends fragments, drops where it lags, and can be cut."""

import asyncio
from collections.abc import Callable
from ssl import SSLContext
import time
from typing import Final

from ..errors import CUT, STALLED, UploadFailed
from ..mp4.fragment import Fragment, restamped
from ..mp4.init_segment import TIMESCALE, VideoFormat
from .connection import UploadConnection
from .lateness import Lateness
from .target import NOTHING_SENT, IngestTarget, chunk, head

_STALL_TIMEOUT: Final = 10.0
_SECOND: Final = 1_000_000_000


class Upload:
    """An outlet that sends from the first keyframe after `connect` until `cut`.

    All that the hub can do is end it: any byte or end from there, or taking nothing for
    `stall_timeout` seconds, is a loss, reported once by `on_lost`, and never after `cut`.
    """

    def __init__(
        self,
        *,
        target: IngestTarget,
        ssl: SSLContext,
        on_lost: Callable[[str], None],
        stall_timeout: float = _STALL_TIMEOUT,
    ) -> None:
        self.progress = NOTHING_SENT
        self._target = target
        self._on_lost = on_lost
        self._stall_timeout = stall_timeout
        self._connection = UploadConnection(ssl=ssl, on_end=self._lose)
        self._is_connected = False
        self._is_cut = False
        self._video: VideoFormat | None = None
        self._is_init_due = False
        self._lateness = Lateness()
        self._time_offset: int | None = None
        self._sequence = 0
        self._check: asyncio.TimerHandle | None = None
        self._acknowledged = 0
        self._progress_at = 0.0

    @property
    def last_write_at(self) -> float | None:
        """Return when the kernel last took a byte, by the monotonic clock."""
        return self._connection.last_write_at

    async def connect(self) -> None:
        """Connect to a checked address and send the head of the request.

        UploadFailed if that fails or is cut meanwhile; then nothing was sent.
        """
        request = head(self._target)
        try:
            await self._connection.open(self._target)
        except UploadFailed:
            if self._is_cut:
                raise UploadFailed(CUT) from None
            raise
        self._connection.write(request)
        self._is_connected = True
        self._check_progress(asyncio.get_running_loop())

    def cut(self) -> None:
        """Close the connection at once.

        Nothing more is handed to the kernel, and what the kernel holds is dropped.
        """
        self._is_cut = True
        self._connection.cut()
        if self._check is not None:
            self._check.cancel()

    def begin(self, video: VideoFormat) -> None:
        """Send this format's init segment before the next fragment."""
        self._video = video
        self._is_init_due = True

    def feed(self, fragment: Fragment) -> None:
        """Send a fragment, or drop it.

        Dropped is what comes before the first keyframe and, while the hub's line is late,
        all up to the next keyframe.
        """
        if (
            self._video is None
            or not self._is_connected
            or not self._connection.is_open
        ):
            return
        if not self._lateness.admits(
            self._connection.delivery(), keyframe=fragment.keyframe
        ):
            return
        if self._is_init_due:
            self._send(self._video.init)
            self._is_init_due = False
        if self._time_offset is None:
            self._time_offset = _wall_clock(fragment.at) - fragment.decode_time
        self._sequence += 1
        self._send(
            restamped(
                fragment.data,
                sequence=self._sequence,
                decode_time=fragment.decode_time + self._time_offset,
            )
        )

    def _send(self, part: bytes) -> None:
        self._connection.write(chunk(part))
        self.progress = self.progress.after(part)

    def _check_progress(self, loop: asyncio.AbstractEventLoop) -> None:
        """Check ten times in `stall_timeout` whether the hub takes what is sent."""
        if not self._connection.is_open:
            return
        now = self._connection.delivery()
        if now.acknowledged != self._acknowledged or not now.waiting:
            self._acknowledged, self._progress_at = now.acknowledged, now.at
        if now.at - self._progress_at >= self._stall_timeout:
            self._connection.cut()
            self._lose(STALLED)
        else:
            self._check = loop.call_later(
                self._stall_timeout / 10, self._check_progress, loop
            )

    def _lose(self, code: str) -> None:
        """Report the loss, unless `connect` is still running, which raises."""
        if self._check is not None:
            self._check.cancel()
        if self._is_connected:
            self._on_lost(code)


def _wall_clock(at: float) -> int:
    """Return the Unix time of a moment of the monotonic clock, in TIMESCALE units."""
    ago = round((time.monotonic() - at) * _SECOND)
    return (time.time_ns() - ago) * TIMESCALE // _SECOND
