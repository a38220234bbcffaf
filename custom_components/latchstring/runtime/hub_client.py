"""The client of one hub: its control connection, and the targets of uploads."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..hub.address import SharedResolver
from ..hub.control import Control
from ..hub.timing import AttemptTiming
from ..pairing.agreement import HubAddress, hub_ingest, hub_session
from ..settings.hub import pairing_of
from .clock_check import ClockCheck

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.config_entries import ConfigEntry

    from ..core.messages import HomeMessage
    from ..household.household import Household
    from ..hub.handler import MessageHandler
    from ..relay import IngestTarget

READINGS: Final = 2
"""How often an attempt to connect reads the clock: to compare it with the hub's, and for its token."""


class HubClient:
    """Connects to one hub. Messages that are sent before `start` are dropped."""

    def __init__(
        self,
        entry: ConfigEntry,
        household: Household,
        *,
        spawn: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
    ) -> None:
        """`spawn` starts tasks that end with the config entry."""
        self._entry = entry
        self._household = household
        self._leads = (household.clock.lead,) * READINGS
        pairing = pairing_of(entry, household.hub_keys.of(entry))
        self._names = SharedResolver()
        self._session = hub_session(HubAddress.paired(entry), resolver=self._names)
        self._control = Control(
            session=self._session,
            pairing=pairing,
            spawn=spawn,
            timing=AttemptTiming(now=self._read_clock),
        )
        self._clock_check = ClockCheck(
            entry, household.clock, on_agreed=household.agree_on_clock, spawn=spawn
        )

    @callback
    def start(self, handler: MessageHandler) -> None:
        """Connect, and connect again whenever the connection is lost."""
        self._control.start(handler)

    @callback
    def send(self, message: HomeMessage) -> None:
        """Send a message, if the hub is connected."""
        self._control.send(message)

    async def async_disconnect(self) -> None:
        """Send what is still to be sent, and disconnect."""
        await self._control.async_close()

    async def async_close(self) -> None:
        """Close the HTTP session, which is there before anything is connected."""
        await self._session.close()

    async def async_ingest(self, url: str, token: str) -> IngestTarget:
        """Return the checked target for media; raises OSError where none may be connected to."""
        hub = HubAddress.paired(self._entry)
        return await hub_ingest(hub, url, token, resolver=self._names)

    @callback
    def agree_on_clock(self) -> None:
        """Let the hub agree with the clock, as it was when this connection compared them."""
        self._household.agree_on_clock(self._leads[0])

    @callback
    def compare_clocks(self) -> None:
        """Compare the clocks, if only that is missing to end the doubt."""
        self._clock_check.start_if_needed()

    def _read_clock(self) -> datetime:
        """Return the time, as each attempt to connect asks for it: first to compare it with the hub's."""
        self._leads = (*self._leads[1:], self._household.clock.lead)
        return dt_util.utcnow()
