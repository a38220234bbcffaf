"""A house whose owner sets rules."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.cameras import Cameras, serve
from tests.ha.front_door import pair
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.watching import turn_on
from tests.reference_hub import Authority, Options, ReferenceHub

from .clock import Clock, HouseLoop, wall_clock
from .house import House
from .scene import nothing_much

WEDNESDAY = datetime(2026, 11, 18, 18, tzinfo=UTC)
"""Ten in the morning where the house stands."""


def pytest_asyncio_loop_factories() -> dict[
    str, Callable[[], asyncio.AbstractEventLoop]
]:
    """Let every test here run in the house's time."""
    return {"house": HouseLoop}


@pytest.fixture
def begin() -> datetime:
    """When a test begins, by the clock on the wall."""
    return WEDNESDAY


@pytest.fixture
def _wall(begin: datetime) -> Iterator[FrozenDateTimeFactory]:
    with wall_clock(begin) as wall:
        yield wall


@pytest.fixture
async def clock(_wall: FrozenDateTimeFactory, hass: HomeAssistant) -> Clock:
    """The house's clocks."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HouseLoop)
    loop.set_debug(False)
    return Clock(hass, loop, _wall)


@pytest.fixture
async def hub(authority: Authority, clock: Clock) -> AsyncIterator[ReferenceHub]:
    """A hub that behaves, by the same clock."""
    async with ReferenceHub(authority, options=Options(keep_media=True)) as hub:
        yield hub


@pytest.fixture
async def served() -> AsyncIterator[Cameras]:
    """Two cameras that look at nothing much."""
    async with serve(scenes={"porch": nothing_much, "yard": nothing_much}) as cameras:
        yield cameras


@pytest.fixture
async def house(
    hass: HomeAssistant, clock: Clock, hub: ReferenceHub, served: Cameras, owner: str
) -> House:
    """Two cameras that are listed and switched on, and that nothing opens."""
    cameras = [
        OwnCamera(name, served.url(name.lower()), device=name)
        for name in ("Porch", "Yard")
    ]
    porch, yard = await install(hass, *cameras)
    labels = {porch: "Front door", yard: "Back yard"}
    entry = await pair(hass, hub.invitation(), labels=labels)
    await hub.home_connected()
    await hub.home_admits()
    house = House(hass=hass, hub=hub, entry=entry, clock=clock, owner=owner)
    for label in labels.values():
        await house.set_rules(label, openings=[])
        await turn_on(hass, house.entity("sharing", label), user=owner)
    return house
