"""Counts refusals, so that a flood of them fills neither the disk nor the record."""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..core import entries

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE

    from ..core.errors import ErrorCode

PERIOD_SECONDS: Final = 60


class RefusalCounter:
    """Counts refusals by code and by camera, and hands the counts over once a minute."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        on_period: Callable[[entries.Refusals], None],
    ) -> None:
        """`on_period` takes the counts of the last minute."""
        self._hass = hass
        self._on_period = on_period
        self._codes: Counter[str] = Counter()
        self._cameras: Counter[str] = Counter()
        self._unlisted = 0
        self._cancel: CALLBACK_TYPE | None = None

    def count(self, code: ErrorCode) -> None:
        """Count one refusal."""
        self._codes[code.value] += 1
        if self._cancel is None:
            self._cancel = async_call_later(
                self._hass, PERIOD_SECONDS, self._period_over
            )

    def asked_for(self, camera_id: str, *, is_listed: bool) -> None:
        """Count by camera the refusal that is about to be counted.

        Cameras that are not listed are counted together: a hub may make up as many as it likes.
        """
        if is_listed:
            self._cameras[camera_id] += 1
        else:
            self._unlisted += 1

    def flush(self) -> None:
        """Hand over the counts so far."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        codes, self._codes = self._codes, Counter()
        cameras, self._cameras = self._cameras, Counter()
        unlisted, self._unlisted = self._unlisted, 0
        if codes:
            self._on_period(
                entries.Refusals(
                    minute=dt_util.utcnow(),
                    counts=codes,
                    cameras=cameras or None,
                    unlisted=unlisted or None,
                )
            )

    @callback
    def _period_over(self, _now: datetime) -> None:
        self._cancel = None
        self.flush()
