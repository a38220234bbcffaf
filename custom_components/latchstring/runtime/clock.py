"""The timers of one hub: when it is decided anew because time alone may have changed a fact."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import (
    async_track_point_in_utc_time,
    async_track_time_interval,
)

if TYPE_CHECKING:
    from ..gate import Gate, HubLogWriter
    from ..household.household import Household
    from .hub_client import HubClient

TICK: Final = timedelta(seconds=10)
"""How often what only time changes is updated: the clock, and the progress of sessions."""

DAY: Final = timedelta(days=1)


class HubClock:
    """The timers of one hub."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        household: Household,
        client: HubClient,
        gate: Gate,
        hub_log: HubLogWriter,
        on_tick: Callable[[], None],
        on_change: Callable[[], None],
    ) -> None:
        """Both decide anew about every share: `on_tick` at regular intervals, `on_change` when a decision changes."""
        self._hass = hass
        self._household = household
        self._client = client
        self._gate = gate
        self._hub_log = hub_log
        self._on_tick = on_tick
        self._on_change = on_change
        self._next_change: CALLBACK_TYPE | None = None

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Start the timers. Return a callback to stop."""
        stop_ticking = async_track_time_interval(self._hass, self._async_tick, TICK)
        stop_days = async_track_time_interval(self._hass, self._async_day, DAY)

        @callback
        def stop() -> None:
            stop_ticking()
            stop_days()
            self.change_at(None)

        return stop

    @callback
    def change_at(self, moment: datetime | None) -> None:
        """Call `on_change` at this moment, instead of at one given before; None: never."""
        if self._next_change is not None:
            self._next_change()
            self._next_change = None
        if moment is not None:
            self._next_change = async_track_point_in_utc_time(
                self._hass, self._async_time_has_come, moment
            )

    @callback
    def _async_time_has_come(self, _now: datetime) -> None:
        self._next_change = None
        self._on_change()

    async def _async_tick(self, _now: datetime) -> None:
        try:
            self._on_tick()
            self._hub_log.offer_first_checkpoint()
            self._household.clock.update()
            self._client.compare_clocks()
        finally:
            await self._gate.async_save_progress()
            await self._household.async_keep_heads()

    @callback
    def _async_day(self, _now: datetime) -> None:
        self._hub_log.offer_checkpoint()
