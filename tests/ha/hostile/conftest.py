"""A house under attack."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from tests.ha.watching import turn_on
from tests.loop_clock import LoopClock
from tests.reference_hub import Authority

from .house import House
from .hub import HostileHub


def pytest_asyncio_loop_factories() -> dict[
    str, Callable[[], asyncio.AbstractEventLoop]
]:
    """Let every test here run by a clock that it can turn."""
    return {"turned": LoopClock}


@pytest.fixture
async def clock(configure_event_loop: None, enable_event_loop_debug: None) -> LoopClock:
    """The clock that everything goes by; Home Assistant, for speed, has put the system's in its place."""
    clock = asyncio.get_running_loop()
    assert isinstance(clock, LoopClock)
    del vars(clock)["time"]
    clock.set_debug(False)  # it would take every turning of the clock for a slow step
    return clock


@pytest.fixture
async def hub(authority: Authority) -> AsyncIterator[HostileHub]:
    """A hub that says what a test says."""
    async with HostileHub(authority) as hub:
        yield hub


@pytest.fixture
async def house(
    clock: LoopClock,
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: ConfigEntry,
    hub: HostileHub,
    owner: str,
    caplog: pytest.LogCaptureFixture,
) -> House:
    """A house whose porch is shared and open, and that has nothing more to say by itself."""
    await turn_on(hass, user=owner)
    camera = await hub.camera_is("open")
    await hub.said_by_home(lambda message: message.get("method") == "checkpoint")
    return House(
        hass=hass,
        storage=hass_storage,
        entry=entry,
        hub=hub,
        clock=clock,
        log=caplog,
        camera=camera["camera"],
    )
