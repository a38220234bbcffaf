"""Whether a picture comes from a camera, or why not; logged once each time it changes to the worse."""

import asyncio
from collections.abc import Callable
import logging

from .errors import UNREACHABLE

_LOGGER = logging.getLogger(__name__)


class PictureStatus:
    """`on_change` is called on a later turn of the loop after `has_picture` or `no_picture` has changed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        name: Callable[[], str],
        on_change: Callable[[], None],
    ) -> None:
        self.has_picture = False
        self.no_picture: str | None = None
        """The code of why there is none."""
        self.missed: str | None = None
        """The code of why whoever asked last saw none at all; None: they saw one, or nobody has asked."""
        self._was_seen = False
        self._loop = loop
        self._name = name
        self._on_change = on_change
        self._is_away = False

    def clear(self) -> None:
        """Forget it, except what was missed: nobody asks for a picture."""
        self._was_seen = False
        self._set(None)

    def forget_missed(self) -> None:
        """Forget what was missed: its owner looks after it."""
        self.missed = None

    def report_picture(self) -> None:
        """Take note that a picture came."""
        if self._is_away:
            _LOGGER.info("Camera %s is back", self._name())
        self._is_away = False
        self._set(None, has_picture=True)

    def report_no_picture(self, why: str) -> None:
        """Take note that no picture has come yet, for this reason."""
        self._set(why)

    def report_loss(self, why: str = UNREACHABLE, error: str = "") -> None:
        """Take note that the camera could not be read, and will be tried again."""
        if not self._is_away:
            _LOGGER.warning(
                "Camera %s cannot be read (%s)",
                self._name(),
                error or why,
            )
        self._is_away = True
        self._set(why)

    def _set(self, no_picture: str | None, *, has_picture: bool = False) -> None:
        self._was_seen |= has_picture
        if self._was_seen or no_picture:
            self.missed = None if self._was_seen else no_picture
        if (no_picture, has_picture) != (self.no_picture, self.has_picture):
            self.no_picture, self.has_picture = no_picture, has_picture
            self._loop.call_soon(self._on_change)
