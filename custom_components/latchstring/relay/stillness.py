"""Whether the image of a camera that gives images only has been the same for a while, and since when."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..core.protocol import STILL_SECONDS
from .sources.reading import NewImage


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """Since when an image has been the same; `or_longer`: no other one came before it, so it may be older."""

    since: datetime
    or_longer: bool


class Stillness:
    """Live video is never still. `on_change` is called on a later turn of the loop after `still` has changed."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, on_change: Callable[[], None]
    ) -> None:
        self.still: Still | None = None
        """None: the image has just changed, or nobody asks for any."""
        self._loop = loop
        self._on_change = on_change
        self._timer: asyncio.TimerHandle | None = None

    def take(self, image: NewImage) -> None:
        """Take note of an image that is not the one before."""
        self.clear()
        self._timer = self._loop.call_at(image.at + STILL_SECONDS, self._report, image)

    def clear(self) -> None:
        """Forget the image."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._set(None)

    def _report(self, image: NewImage) -> None:
        self._timer = None
        lasted = timedelta(seconds=self._loop.time() - image.at)
        self._set(Still(since=datetime.now(UTC) - lasted, or_longer=image.is_first))

    def _set(self, still: Still | None) -> None:
        if still != self.still:
            self.still = still
            self._loop.call_soon(self._on_change)
