"""The thread that reads one connection to a camera."""

import asyncio
from collections.abc import Callable
from contextlib import closing, suppress
import logging
import threading

from ...errors import SLOW, UNREACHABLE, SourceUnusable
from ..reading import Reading
from .backlog import Backlog
from .demux import Demuxer
from .limits import DEFAULT_LIMITS, SLOW_LIMITS

_LOGGER = logging.getLogger(__name__)


class FFmpegReader:
    """Reads one connection by FFmpeg, on one thread: HLS, RTMP, FLV, MPEG-TS, and what our own client can't read."""

    def __init__(self, reading: Reading) -> None:
        self.ended = asyncio.Event()
        self.fault: str | None = None
        self.has_delivered = False
        self._reading = reading
        self._demuxer: Demuxer | None = None
        self._backlog = Backlog()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def lack(self) -> str:
        """Return what is missing for a picture: the code."""
        return self._demuxer.lack if self._demuxer else SLOW

    def start(self) -> None:
        """Start the thread: a daemon, so that a frozen camera does not hold up Home Assistant's end."""
        self._thread = threading.Thread(
            target=self._run, name=f"camera {self._reading.name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Signal the thread to end; nothing is delivered from now on."""
        self._stopped.set()

    async def async_join(self) -> None:
        """Wait for the thread to end: `ended` is set just before that."""
        await self.ended.wait()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def flush(self) -> None:
        """Deliver what has arrived."""
        for packaged in self._backlog.take():
            if not self._stopped.is_set():
                self._reading.deliver(packaged)

    def _run(self) -> None:
        try:
            self.fault = self._read()
        finally:
            self._on_loop(self.ended.set)

    def _read(self) -> str | None:
        try:
            self._demuxer = Demuxer(
                self._reading.address,
                self._reading.timeline,
                self._stopped,
                time=self._reading.loop.time,
                limits=SLOW_LIMITS if self._reading.traits.is_slow else DEFAULT_LIMITS,
            )
            with closing(self._demuxer.fragments()) as incoming:
                for packaged in incoming:
                    self.has_delivered = True
                    if self._backlog.put(packaged):
                        self._on_loop(self.flush)
        except SourceUnusable as unusable:
            return unusable.code
        except Exception as error:  # noqa: BLE001  # whatever it is, its text could hold the address
            kind = type(error).__name__
            _LOGGER.warning("Reading camera %s failed: %s", self._reading.name, kind)
            return UNREACHABLE
        return None

    def _on_loop(self, call: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to notify
            self._reading.loop.call_soon_threadsafe(call)
