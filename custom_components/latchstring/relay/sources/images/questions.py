"""A camera asked for one image after the other: never two at once, and never sooner than it says."""

import asyncio
from typing import Final

from ..reading import Reading
from .source import SHORTEST_INTERVAL, ImageSource

_ANSWER_SECONDS: Final = 10.0
"""As long as Home Assistant waits for an image."""
_LONGEST_PAUSE: Final = 30.0
_PARTING_SECONDS: Final = 5.0
"""How long other people's code may take to end that was told to."""


class NoImageError(Exception):
    """The camera gave no image."""


class Questions:
    """Asks one camera. It keeps how long it waits even where another reader asked before."""

    def __init__(self, source: ImageSource, reading: Reading) -> None:
        self._source = source
        self._loop = reading.loop
        self._traits = reading.traits
        self._interval = max(SHORTEST_INTERVAL, source.interval)
        self._asking: asyncio.Task[bytes] | None = None

    async def turn(self, failures: int) -> float:
        """Wait until the camera may be asked again, longer with each failure in a row; return that moment."""
        asked_at = self._traits.image_asked_at
        if asked_at is not None:
            longer = min(self._interval * 2**failures, _LONGEST_PAUSE)
            pause = max(self._interval, longer)
            await asyncio.sleep(max(0.0, asked_at + pause - self._loop.time()))
        self._traits.image_asked_at = now = self._loop.time()
        return now

    async def ask(self) -> bytes:
        """Return the image that the camera gives now; NoImageError, whatever is wrong."""
        if self._asking is None or self._asking.done():
            self._asking = self._loop.create_task(self._fetch())
            self._asking.add_done_callback(_note)
        # Else the last question was ended and has not: nothing is asked while it is out.
        asking = self._asking
        try:
            await asyncio.wait({asking}, timeout=_ANSWER_SECONDS)
        finally:
            asking.cancel()
        return _image(asking)

    async def close(self) -> None:
        """Wait for what is asked to end, within reason."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking}, timeout=_PARTING_SECONDS)

    async def _fetch(self) -> bytes:
        return await self._source.fetch()


def _note(asking: asyncio.Task[bytes]) -> None:
    """Take note of an error, which asyncio would log otherwise: its text could hold an address."""
    if not asking.cancelled():
        asking.exception()


def _image(asking: asyncio.Task[bytes]) -> bytes:
    """Return what was answered; NoImageError where that is nothing, or was not in time."""
    if not asking.done() or asking.cancelled() or asking.exception() is not None:
        raise NoImageError
    image: object = asking.result()
    if not isinstance(image, bytes) or not image:
        raise NoImageError
    return image
