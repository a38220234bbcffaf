"""One upload to a hub, on a connection that can be cut between two bytes."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from ssl import SSLCertVerificationError, SSLContext
from typing import Final, override

from .errors import (
    ANSWERED,
    CERTIFICATE_INVALID,
    CLOSED,
    CUT,
    STALLED,
    UNREACHABLE,
    UploadFailed,
)
from .fragment import Fragment, restamped
from .ingest import NOTHING_SENT, IngestTarget, Progress, chunk, endpoints, head
from .movie import VideoFormat
from .wire import Wire

_DIAL_TIMEOUT: Final = 5
_OPEN_TIMEOUT: Final = 12
_MOST_WAITING: Final = 256 * 1024
_RESUME_BELOW: Final = 64 * 1024
_PATIENCE: Final = 10.0


class Upload(asyncio.Protocol):
    """An outlet that sends from the first keyframe after `connect` until `cut`.

    What the hub's side does can only end it: any byte or end from there is a loss, told once by `on_lost`, and never
    after `cut`.
    """

    def __init__(
        self,
        *,
        target: IngestTarget,
        ssl: SSLContext,
        on_lost: Callable[[str], None],
        patience: float = _PATIENCE,
    ) -> None:
        self.progress: Progress = NOTHING_SENT
        self._target = target
        self._ssl = ssl
        self._on_lost = on_lost
        self._patience = patience
        self._opening: asyncio.Task[None] | None = None
        self._wire: Wire | None = None
        self._raw: asyncio.Transport | None = None
        self._tls: asyncio.Transport | None = None
        self._is_ended = False
        self._video: VideoFormat | None = None
        self._is_init_due = False
        self._is_dropping = True
        self._sequence = 0
        self._zero = 0
        self._watching: asyncio.TimerHandle | None = None
        self._confirmed = 0
        self._moved_at = 0.0

    @property
    def last_write_at(self) -> float | None:
        """When the kernel last took a byte, by the monotonic clock."""
        return self._wire.last_taken_at if self._wire else None

    async def connect(self) -> None:
        """Connect to a checked address and ask to upload. UploadFailed if that, or a cut meanwhile, ends it."""
        if self._is_ended:
            raise UploadFailed(CUT)
        self._opening = asyncio.create_task(self._open(head(self._target)))
        try:
            await self._opening
        except (OSError, asyncio.CancelledError) as error:
            code = CUT if self._is_ended else _code(error)
            self._end()
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise UploadFailed(code) from None

    def cut(self) -> None:
        """End it now: nothing is handed to the kernel any more, and what the kernel holds is dropped."""
        self._end()

    def begin(self, video: VideoFormat) -> None:
        """Send this format's init segment before the next fragment."""
        self._video = video
        self._is_init_due = True

    def feed(self, fragment: Fragment) -> None:
        """Send a fragment, or leave it out: before the first keyframe, and where the network is too slow."""
        if not self._is_open or self._video is None or not self._has_room(fragment):
            return
        if self._is_init_due:
            self._send(self._video.init)
            self._is_init_due = False
        if self._sequence == 0:
            self._zero = fragment.decode_time
        self._sequence += 1
        self._send(
            restamped(
                fragment.data,
                sequence=self._sequence,
                decode_time=fragment.decode_time - self._zero,
            )
        )

    @override
    def data_received(self, data: bytes) -> None:
        self._lose(ANSWERED)

    @override
    def eof_received(self) -> None:
        self._lose(CLOSED)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(CLOSED)

    @property
    def _is_open(self) -> bool:
        return self._tls is not None and not self._is_ended

    async def _open(self, request: bytes) -> None:
        """Hold the plain transport from the first moment: it is what `cut` ends, also during the handshake."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_OPEN_TIMEOUT):
            with ExitStack() as undo:
                wire = undo.enter_context(await self._dial(loop))
                raw, _ = await loop.create_connection(lambda: self, sock=wire)
                self._wire, self._raw = wire, raw
                undo.pop_all()
            tls = await loop.start_tls(
                raw, self, self._ssl, server_hostname=self._target.host
            )
        if tls is None:
            raise ConnectionAbortedError
        self._tls = tls
        tls.write(request)
        self._moved_at = loop.time()
        self._watch(loop)

    async def _dial(self, loop: asyncio.AbstractEventLoop) -> Wire:
        for family, address in endpoints(self._target):
            with ExitStack() as undo:
                wire = undo.enter_context(Wire(family))
                try:
                    async with asyncio.timeout(_DIAL_TIMEOUT):
                        await loop.sock_connect(wire, (address, self._target.port))
                except OSError:
                    continue
                undo.pop_all()
                return wire
        raise ConnectionRefusedError

    def _has_room(self, fragment: Fragment) -> bool:
        waiting = self._waiting()
        if waiting > _MOST_WAITING:
            self._is_dropping = True
        elif self._is_dropping and fragment.keyframe and waiting < _RESUME_BELOW:
            self._is_dropping = False
        return not self._is_dropping

    def _waiting(self) -> int:
        """Count what has not arrived: in TLS, in the transport, in the kernel."""
        if self._tls is None or self._raw is None or self._wire is None:
            return 0
        return (
            self._tls.get_write_buffer_size()
            + self._raw.get_write_buffer_size()
            + self._wire.unacknowledged
        )

    def _send(self, part: bytes) -> None:
        if self._tls is not None and not self._is_ended:
            self._tls.write(chunk(part))
            self.progress = self.progress.after(part)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give up on a hub that takes nothing although something waits."""
        if self._wire is None or not self._is_open:
            return
        confirmed = self._wire.taken - self._wire.unacknowledged
        if confirmed != self._confirmed or not self._waiting():
            self._confirmed, self._moved_at = confirmed, loop.time()
        if loop.time() - self._moved_at >= self._patience:
            self._lose(STALLED)
        else:
            self._watching = loop.call_later(self._patience / 10, self._watch, loop)

    def _lose(self, code: str) -> None:
        if self._is_open:
            self._end()
            self._on_lost(code)

    def _end(self) -> None:
        """End whatever has begun. The order counts: the transport lets go of the socket before it is closed."""
        self._is_ended = True
        if self._opening is not None:
            self._opening.cancel()
        if self._watching is not None:
            self._watching.cancel()
        if self._raw is not None:
            self._raw.abort()
        if self._wire is not None:
            self._wire.close()


def _code(error: BaseException) -> str:
    return (
        CERTIFICATE_INVALID
        if isinstance(error, SSLCertVerificationError)
        else UNREACHABLE
    )
