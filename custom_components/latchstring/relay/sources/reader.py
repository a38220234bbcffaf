"""The thread that reads one connection to a camera."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
import logging
import threading

from ..errors import UNREACHABLE, SourceUnusable
from ..mp4.packager import PackagedFragment
from ..mp4.timeline import Timeline
from .backlog import Backlog
from .rtsp import DEFAULT_LIMITS, OpenLimits, demux

_LOGGER = logging.getLogger(__name__)


class CameraReader:
    """Reads one connection on one thread, until the camera ends it or `stop` is called.

    `deliver` is called on the loop when there is something to `take`.
    """

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        name: str,
        timeline: Timeline,
        deliver: Callable[[], None],
        limits: OpenLimits = DEFAULT_LIMITS,
    ) -> None:
        self.ended = asyncio.Event()
        self.fault: str | None = None
        self.has_delivered = False
        self._loop = loop
        self._name = name
        self._timeline = timeline
        self._deliver = deliver
        self._limits = limits
        self._received = threading.Event()
        self._backlog = Backlog()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def has_received(self) -> bool:
        """Return whether video has arrived, be it a picture or not."""
        return self._received.is_set()

    def start(self, url: str) -> None:
        """Start the thread: a daemon, so that a frozen camera does not hold up Home Assistant's end."""
        self._thread = threading.Thread(
            target=self._run, args=(url,), name=f"camera {self._name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Signal the thread to end; `take` returns nothing from now on."""
        self._stopped.set()

    async def async_join(self) -> None:
        """Wait for the thread to end: `ended` is set just before that."""
        await self.ended.wait()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def take(self) -> deque[PackagedFragment]:
        """Remove and return what has arrived; nothing once stopped."""
        taken = self._backlog.take()
        return deque() if self._stopped.is_set() else taken

    def _run(self, url: str) -> None:
        try:
            self.fault = self._read(url)
        finally:
            self._on_loop(self.ended.set)

    def _read(self, url: str) -> str | None:
        try:
            fragments = demux(
                url,
                self._timeline,
                self._stopped,
                limits=self._limits,
                received=self._received,
            )
            with closing(fragments) as incoming:
                for packaged in incoming:
                    self.has_delivered = True
                    if self._backlog.put(packaged):
                        self._on_loop(self._deliver)
        except SourceUnusable as unusable:
            return unusable.code
        except Exception as error:  # noqa: BLE001  # whatever it is, its text could hold the address
            kind = type(error).__name__
            _LOGGER.warning("Reading camera %s failed: %s", self._name, kind)
            return UNREACHABLE
        return None

    def _on_loop(self, call: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to notify
            self._loop.call_soon_threadsafe(call)
