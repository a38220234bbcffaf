"""The thread that reads one connection to a camera."""

import asyncio
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
import threading
from typing import Final

from ...errors import (
    ADDRESS_WRONG,
    REDIRECTED,
    SLOW,
    UNAUTHORIZED,
    UNREACHABLE,
    SourceUnusable,
)
from ...rtsp.url import MalformedAddressError
from ..address import CameraAddress
from ..faults import fault_unforeseen
from ..reading import Reading
from .backlog import Backlog
from .demux import Demuxer
from .forwarder import RtspForwarder
from .limits import DEFAULT_LIMITS, SLOW_LIMITS

_FORWARDED: Final = frozenset({"rtsp", "rtsps"})


class FFmpegReader:
    """Reads one connection by FFmpeg, on one thread: HLS, RTMP, FLV, MPEG-TS, and what our own client can't read."""

    def __init__(self, address: CameraAddress, reading: Reading) -> None:
        self.ended = asyncio.Event()
        self.fault: str | None = None
        self.has_delivered = False
        self._address = address
        self._reading = reading
        self._demuxer: Demuxer | None = None
        self._backlog = Backlog()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._forwarder: RtspForwarder | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def missing(self) -> str:
        """Return what is missing for a picture: the code."""
        return self._demuxer.missing if self._demuxer else SLOW

    def start(self) -> None:
        """Start the thread; for RTSP, what stands between it and the camera comes first."""
        if self._address.scheme in _FORWARDED:
            self._starting = self._reading.loop.create_task(self._start_forwarded())
        else:
            self._start(self._address)

    def stop(self) -> None:
        """Signal the thread to end; nothing is delivered from now on."""
        self._stopped.set()
        if self._forwarder is not None:
            self._forwarder.close()

    async def _start_forwarded(self) -> None:
        try:
            self._forwarder = RtspForwarder(self._address)
            self._start(await self._forwarder.open())
        except MalformedAddressError:
            self._end(ADDRESS_WRONG)
        except OSError, RuntimeError:  # no port, or no thread
            self._end(UNREACHABLE)

    def _start(self, address: CameraAddress) -> None:
        """Start the thread: a daemon, so that a frozen camera does not hold up Home Assistant's end."""
        self._thread = threading.Thread(
            target=self._run,
            args=(address,),
            name=f"camera {self._reading.name}",
            daemon=True,
        )
        self._thread.start()

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

    def request_keyframe(self) -> None:
        """FFmpeg has no way to ask for one."""

    def _run(self, address: CameraAddress) -> None:
        fault: str | None = UNREACHABLE
        try:
            fault = self._read(address)
        finally:
            self._on_loop(partial(self._end, fault))

    def _end(self, fault: str | None) -> None:
        if self._forwarder is not None:
            self._forwarder.close()
            fault = REDIRECTED if self._forwarder.is_redirected else fault
        if fault == UNAUTHORIZED:
            self._reading.refused_logins.add(self._address)
        self.fault = fault
        self.ended.set()

    def _read(self, address: CameraAddress) -> str | None:
        try:
            self._demuxer = Demuxer(
                address,
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
            return fault_unforeseen(self._reading.name, error)
        return None

    def _on_loop(self, call: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to notify
            self._reading.loop.call_soon_threadsafe(call)
