"""Refusals, counted: a flood of them fills neither the disk nor the record."""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE

    from ..core.errors import ErrorCode

PERIOD_SECONDS: Final = 60


class Refusals:
    """Counts what was refused by code, and by the camera that was asked for, and hands both over once a minute."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        on_period: Callable[[Counter[str], Counter[str]], None],
    ) -> None:
        """`on_period` takes the counts by code, and by the hub's id of a camera, of the minute that is over."""
        self._hass = hass
        self._on_period = on_period
        self._codes: Counter[str] = Counter()
        self._cameras: Counter[str] = Counter()
        self._cancel: CALLBACK_TYPE | None = None

    def count(self, code: ErrorCode) -> None:
        """Count one refusal."""
        self._codes[code.value] += 1
        if self._cancel is None:
            self._cancel = async_call_later(
                self._hass, PERIOD_SECONDS, self._period_over
            )

    def asked_for(self, camera_id: str) -> None:
        """Note that the refusal about to be counted was of this listed camera.

        A hub may name as many others as it likes: the house would be told of each.
        """
        self._cameras[camera_id] += 1

    def flush(self) -> None:
        """Hand over what was counted so far."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        codes, self._codes = self._codes, Counter()
        cameras, self._cameras = self._cameras, Counter()
        if codes:
            self._on_period(codes, cameras)

    @callback
    def _period_over(self, _now: datetime) -> None:
        self._cancel = None
        self.flush()
