"""The check of this home's clock with a hub, where only that is missing to end the doubt."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback

from ..core.clock import Doubt
from ..core.errors import PairingError
from ..hub.timing import AttemptTiming, Backoff
from ..pairing.agreement import HubAddress, read_offer

if TYPE_CHECKING:
    from datetime import timedelta

    from homeassistant.config_entries import ConfigEntry

    from ..household.clock import HouseholdClock


class ClockCheck:
    """Compares the clock with one hub's, as often as it takes."""

    def __init__(
        self,
        entry: ConfigEntry,
        clock: HouseholdClock,
        *,
        on_agreed: Callable[[timedelta], None],
        spawn: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
    ) -> None:
        """`on_agreed` takes the lead that the hub agreed with; `spawn` starts a task that ends with the entry."""
        self._entry = entry
        self._clock = clock
        self._on_agreed = on_agreed
        self._spawn = spawn
        self._task: asyncio.Task[None] | None = None

    @callback
    def start_if_needed(self) -> None:
        """Start comparing, if that is needed and is not done already."""
        is_running = self._task is not None and not self._task.done()
        if self._clock.doubt is Doubt.LEAPED and not is_running:
            self._task = self._spawn(self._run(), "latchstring clock")

    async def _run(self) -> None:
        backoff = Backoff(AttemptTiming())
        while self._clock.doubt is Doubt.LEAPED:
            lead = self._clock.lead
            if await self._async_agrees():
                self._on_agreed(lead)
            if self._clock.doubt is Doubt.LEAPED:  # it may have been set meanwhile
                await asyncio.sleep(backoff.next())

    async def _async_agrees(self) -> bool:
        """Return whether the hub's offer can be read, which compares the clocks. The hub may be away, or another."""
        try:
            await read_offer(HubAddress.paired(self._entry))
        except PairingError:
            return False
        return True
