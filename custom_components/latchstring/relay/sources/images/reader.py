"""The reader of a camera that gives images only: it asks for one after the other, and encodes those that are new."""

import asyncio
import time
from typing import Final

from ...codec.access_unit import AccessUnit
from ...codec.nal import Codec
from ...encode.encoder import Encoder
from ...encode.image import UnreadableImageError, picture_of
from ...errors import IMAGE_UNSUPPORTED, NO_IMAGE, SLOW
from ...mp4.init_segment import TIMESCALE
from ...mp4.packager import Packager
from ..faults import fault_unforeseen
from ..reading import NewImage, Reading
from .questions import NoImageError, Questions
from .source import ImageSource

_MOST_FAILURES: Final = 3
"""After so many in a row it is over: who reads it waits longer and longer before the next try."""


class ImageReader:
    """Asks until it is stopped. An image that is the same as the last one is no news, and makes no fragment.

    Except for somebody who has come since: they are shown what the camera gives then.
    """

    def __init__(self, source: ImageSource, reading: Reading) -> None:
        self.ended = asyncio.Event()
        self.fault: str | None = None
        self.has_delivered = False
        self.missing = SLOW
        self._reading = reading
        self._questions = Questions(source, reading)
        self._packager = Packager(Codec.H264, (), reading.timeline)
        self._encoder = Encoder()
        self._image: bytes | None = None
        self._wanted_since: list[float] = []
        self._encoding: asyncio.Future[list[bytes]] | None = None
        self._is_stopped = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Ask for the first image."""
        self._task = self._reading.loop.create_task(self._run())
        self._task.add_done_callback(self._end)

    def stop(self) -> None:
        """End; nothing is delivered from now on."""
        if self._task is not None and not self._is_stopped:
            self._task.cancel()  # once: what is left to wait for would be cancelled as well
        self._is_stopped = True

    def flush(self) -> None:
        """Deliver what has arrived: it was delivered when it came."""

    def request_keyframe(self) -> None:
        """Have the next image delivered that is asked for from now on, be it new or not."""
        self._wanted_since.append(self._reading.loop.time())

    async def async_join(self) -> None:
        """Wait until no image is asked for any more, and none encoded."""
        if self._task is not None:
            await self.ended.wait()

    async def _run(self) -> None:
        try:
            self.fault = await self._read()
        finally:
            self._is_stopped = True
            await self._leave()

    async def _leave(self) -> None:
        """Wait for what could not be ended at once."""
        await self._questions.close()
        if self._encoding is not None:
            await asyncio.wait({self._encoding})
        self._encoder.close()

    def _end(self, _task: asyncio.Task[None]) -> None:
        """End also where the task was cancelled before it began."""
        self.ended.set()

    async def _read(self) -> str:
        """Ask again and again; return why it is over."""
        failures = 0
        while failures < _MOST_FAILURES:
            asked_at = await self._questions.turn(failures)
            missing = await self._try(asked_at)
            failures = failures + 1 if missing else 0
            self.missing = missing or self.missing
        return self.missing

    async def _try(self, asked_at: float) -> str | None:
        """Ask once; return what is missing for a picture: the code; None: nothing."""
        try:
            await self._take(await self._questions.ask(), asked_at)
        except NoImageError:
            return NO_IMAGE
        except UnreadableImageError:
            return IMAGE_UNSUPPORTED
        except Exception as error:  # noqa: BLE001  # whatever it is, the camera is asked again
            return fault_unforeseen(self._reading.name, error)
        return None

    async def _take(self, image: bytes, asked_at: float) -> None:
        """Deliver an image of which nothing had come when it was asked for, if it is new or somebody wants it."""
        came_at, at = self._reading.loop.time(), time.monotonic()
        is_new = image != self._image
        if not is_new and not any(since <= asked_at for since in self._wanted_since):
            return
        units = await self._encoded(image)
        if is_new:
            is_first = self._image is None
            self._image = image
            self._reading.on_image(NewImage(at=came_at, is_first=is_first))
        self._wanted_since = [since for since in self._wanted_since if since > asked_at]
        self._deliver(
            AccessUnit(units=units, pts=round(at * TIMESCALE), at=at, after=asked_at)
        )

    async def _encoded(self, image: bytes) -> list[bytes]:
        """Encode on a thread, which goes on where this is cancelled."""
        self._encoding = self._reading.loop.run_in_executor(None, self._encode, image)
        self._encoding.add_done_callback(_note)
        await asyncio.wait({self._encoding})
        return self._encoding.result()

    def _encode(self, image: bytes) -> list[bytes]:
        return self._encoder.encode(picture_of(image))

    def _deliver(self, unit: AccessUnit) -> None:
        packaged = self._packager.add(unit)
        if packaged is not None:
            self.has_delivered = True
            self._reading.deliver(packaged)


def _note(encoding: asyncio.Future[list[bytes]]) -> None:
    """Take note of an error where nobody waits for it any more."""
    if not encoding.cancelled():
        encoding.exception()
