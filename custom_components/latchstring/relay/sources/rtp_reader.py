"""What readers have in common whose video comes in RTP packets: one task that reads, and one receiver."""

from abc import ABC, abstractmethod
import asyncio

from ..errors import SLOW, SourceUnusable
from .faults import fault_of_error, fault_unforeseen
from .reading import Reading
from .receiver import VideoReceiver


class RtpReader(ABC):
    """Reads one connection, on the loop, with no thread."""

    def __init__(self, reading: Reading) -> None:
        self.ended = asyncio.Event()
        self.fault: str | None = None
        self._reading = reading
        self._receiver: VideoReceiver | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False

    @abstractmethod
    async def _open_and_read(self) -> str | None:
        """Read until it is over, and return why: the code; None: the camera ended it. May raise anything."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of the connection, and set `ended` when it is gone."""

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
        self._stop_receiving()
        if self._task is not None:
            self._task.cancel()

    def flush(self) -> None:  # noqa: B027  # none of them has anything left to do
        """Deliver what has arrived: it was when it came, but for what waits for packets that are still missing."""

    async def async_join(self) -> None:
        """Wait until the connection is gone."""
        if self._task is not None:
            await self.ended.wait()

    async def _run(self) -> None:
        self.fault = await self._read()

    async def _read(self) -> str | None:
        try:
            return await self._open_and_read()
        except SourceUnusable as unusable:
            return unusable.code
        except Exception as error:  # noqa: BLE001  # whatever it is, its text could hold an address
            return fault_of_error(error) or fault_unforeseen(self._reading.name, error)

    def _end(self, _task: asyncio.Task[None]) -> None:
        """Close all, also where the task was cancelled before it began."""
        self._stop_receiving()
        self._close()

    def _stop_receiving(self) -> None:
        self._is_stopped = True
        if self._receiver is not None:
            self._receiver.close()  # a picture that it holds back is no more to come

    def _take_rtcp(self, packet: bytes) -> None:
        if self._receiver is not None and not self._is_stopped:
            self._receiver.take_rtcp(packet)
