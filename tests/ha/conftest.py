"""A hub and cameras to go through the front door with."""

import asyncio
from collections.abc import AsyncIterator
import sqlite3
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from tests.cameras import Cameras, serve
from tests.reference_hub import Authority, ReferenceHub

from .front_door import pair
from .own_cameras import OwnCamera, install
from .phones import ALEX
from .repaired import nobody_named
from .watching import ask_the_owner, may_be_asked, turn_on


@pytest.fixture(autouse=True)
def _our_integration(enable_custom_integrations: None) -> None:
    """Let Home Assistant find what these tests are about."""


@pytest.fixture(autouse=True)
async def _hang_ups_are_the_callers_affair(
    hass: HomeAssistant,
) -> None:
    """Let a home hang up on a hub that runs on the same loop while both still shake hands.

    Home Assistant's test loop takes every such error for one of its own.
    """
    loop = asyncio.get_running_loop()
    report = loop.get_exception_handler()
    assert report is not None

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        is_hang_up = isinstance(context.get("exception"), ConnectionError)
        if not (is_hang_up and "incoming connection" in context["message"]):
            report(loop, context)

    loop.set_exception_handler(handle)


@pytest.fixture(autouse=True)
async def _no_repair_names_anybody(hass: HomeAssistant) -> AsyncIterator[None]:
    """See it in every test: there is one for each kind of repair."""
    async with nobody_named(hass):
        yield


@pytest.fixture
async def hub(authority: Authority) -> AsyncIterator[ReferenceHub]:
    """A hub that behaves."""
    async with ReferenceHub(authority) as hub:
        yield hub


@pytest.fixture
async def served() -> AsyncIterator[Cameras]:
    """Real cameras, drawn only while somebody looks."""
    async with serve() as cameras:
        yield cameras


@pytest.fixture
async def entry(hass: HomeAssistant, hub: ReferenceHub, served: Cameras) -> ConfigEntry:
    """A hub that knows of a porch, closed, and has said all that the home needs to admit anybody."""
    (porch,) = await install(
        hass, OwnCamera("Porch", served.url("porch"), device="Porch")
    )
    entry = await pair(hass, hub.invitation(), labels={porch: "Front door"})
    await hub.home_connected()
    await hub.home_admits()
    await hass.async_block_till_done()
    return entry


@pytest.fixture
def owner(hass_admin_user: MockUser) -> str:
    """The owner, an administrator, by user id."""
    return hass_admin_user.id


@pytest.fixture
async def asked_for(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> str:
    """A camera whose owner wants to be asked, and what the hub knows it by."""
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "notify": [ALEX]}
    )
    await ask_the_owner(hass, entry)
    await turn_on(hass, user=owner)
    return await may_be_asked(hub)


@pytest.fixture
async def other_program(hass: HomeAssistant) -> AsyncIterator[sqlite3.Connection]:
    """A tool that can hold the record's file; it lets go in the end."""
    record = hass.config.path("latchstring", "record.db")
    connection = sqlite3.connect(record, isolation_level=None)
    yield connection
    connection.close()


@pytest.fixture
async def member(hass: HomeAssistant) -> MockUser:
    """Somebody of the household who is no administrator but controls every entity."""
    group = await hass.auth.async_get_group("system-users")
    assert group is not None
    return MockUser(name="Sam", groups=[group]).add_to_hass(hass)
