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
from .target import NOTHING_SENT, IngestTarget, chunk, head

_MOST_WAITING: Final = 256 * 1024
_RESUME_BELOW: Final = 64 * 1024
_PATIENCE: Final = 10.0
_SECOND: Final = 1_000_000_000


class Upload:
    """An outlet that sends from the first keyframe after `connect` until `cut`.

    All that the hub can do is end it: any byte or end from there, or taking nothing for
    `patience` seconds, is a loss, reported once by `on_lost`, and never after `cut`.
    """

    def __init__(
        self,
        *,
        target: IngestTarget,
        ssl: SSLContext,
        on_lost: Callable[[str], None],
        patience: float = _PATIENCE,
    ) -> None:
        self.progress = NOTHING_SENT
        self._target = target
        self._on_lost = on_lost
        self._patience = patience
        self._link = UploadConnection(ssl=ssl, on_end=self._lose)
        self._is_connected = False
        self._is_cut = False
        self._video: VideoFormat | None = None
        self._is_init_due = False
        self._is_dropping = True
        self._ahead: int | None = None
        self._sequence = 0
        self._watching: asyncio.TimerHandle | None = None
        self._arrived = 0
        self._moved_at = 0.0

    @property
    def last_write_at(self) -> float | None:
        """Return when the kernel last took a byte, by the monotonic clock."""
        return self._link.last_write_at

    async def connect(self) -> None:
        """Connect to a checked address and send the head of the request.

        UploadFailed if that fails or is cut meanwhile; then nothing was sent.
        """
        request = head(self._target)
        try:
            await self._link.open(self._target)
        except UploadFailed:
            if self._is_cut:
                raise UploadFailed(CUT) from None
            raise
        self._link.write(request)
        self._is_connected = True
        self._watch(asyncio.get_running_loop())

    def cut(self) -> None:
        """Close the connection at once.

        Nothing more is handed to the kernel, and what the kernel holds is dropped.
        """
        self._is_cut = True
        self._link.cut()
        if self._watching is not None:
            self._watching.cancel()

    def begin(self, video: VideoFormat) -> None:
        """Send this format's init segment before the next fragment."""
        self._video = video
        self._is_init_due = True

    def feed(self, fragment: Fragment) -> None:
        """Send a fragment, or drop it.

        Dropped is what comes before the first keyframe and, while too much is unsent, all
        up to the next keyframe.
        """
        if self._video is None or not self._has_room(fragment):
            return
        if self._is_init_due:
            self._send(self._video.init)
            self._is_init_due = False
        if self._ahead is None:
            self._ahead = time.time_ns() * TIMESCALE // _SECOND - fragment.decode_time
        self._sequence += 1
        self._send(
            restamped(
                fragment.data,
                sequence=self._sequence,
                decode_time=fragment.decode_time + self._ahead,
            )
        )

    def _has_room(self, fragment: Fragment) -> bool:
        if not (self._is_connected and self._link.is_open):
            return False
        waiting = self._link.waiting
        if waiting > _MOST_WAITING:
            self._is_dropping = True
        elif self._is_dropping and fragment.keyframe and waiting < _RESUME_BELOW:
            self._is_dropping = False
        return not self._is_dropping

    def _send(self, part: bytes) -> None:
        self._link.write(chunk(part))
        self.progress = self.progress.after(part)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Check ten times in `patience` whether the hub takes what is sent."""
        if not self._link.is_open:
            return
        if self._link.arrived != self._arrived or not self._link.waiting:
            self._arrived, self._moved_at = self._link.arrived, loop.time()
        if loop.time() - self._moved_at >= self._patience:
            self._link.cut()
            self._lose(STALLED)
        else:
            self._watching = loop.call_later(self._patience / 10, self._watch, loop)

    def _lose(self, code: str) -> None:
        """Report the loss, unless `connect` is still running, which raises."""
        if self._watching is not None:
            self._watching.cancel()
        if self._is_connected:
            self._on_lost(code)
