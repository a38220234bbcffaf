"""When something is missing, broken or not yet known, nothing leaves, and the owner is told what it is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.hub import ReferenceHub, Refused

from .front_door import DOMAIN
from .watching import (
    HUB_SHARING,
    SHARING,
    VIEWABLE,
    is_on,
    turn_off,
    turn_on,
    watch,
)

CONSENT = "latchstring.consent"


@pytest.fixture
def record(hass: HomeAssistant) -> Path:
    """The file that must be writable for anything to be seen."""
    return Path(hass.config.path("latchstring", "record.db"))


@pytest.fixture
async def locked(record: Path) -> AsyncIterator[sqlite3.Connection]:
    """Another program that can hold the record; it lets go in the end."""
    connection = sqlite3.connect(record, isolation_level=None)
    yield connection
    connection.close()


def reason(hass: HomeAssistant) -> str:
    """Say why the camera can be seen or cannot."""
    viewable = hass.states.get(VIEWABLE)
    assert viewable is not None
    because: str = viewable.attributes["reason"]
    return because


async def refused(hub: ReferenceHub) -> bool:
    """Say whether the hub is refused the only camera."""
    (camera,) = hub.cameras()
    outcome = await hub.open_session(camera["camera"])
    return isinstance(outcome, Refused) and outcome.code == "not_available"


async def tick(hass: HomeAssistant) -> None:
    """Let the house look at its clock again; its timers went back with the clock."""
    async_fire_time_changed(hass, datetime.now(UTC) + timedelta(hours=2))
    await hass.async_block_till_done()


async def restart_hub_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Load the hub anew, from what is stored."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


async def test_a_reload_ends_every_session_and_keeps_standing_consent(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    opened = await watch(hub)

    await restart_hub_entry(hass, entry)

    assert (await hub.upload_ended(opened.session)).end == "reset"
    assert is_on(hass, SHARING)
    again = await watch(hub)
    assert again.carried_by == again.session


async def test_lost_consent_closes_until_the_owner_has_begun_anew(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> None:
    await turn_on(hass, user=owner)
    household = entry.runtime_data.household
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage.pop(CONSENT)
    household.consent.forget(entry.entry_id)
    await household.consent.async_load()

    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert reason(hass) == "store_unreadable"
    await hub.home_connected()
    assert await refused(hub)
    with pytest.raises(HomeAssistantError) as lost:
        await turn_on(hass, user=owner)
    assert lost.value.translation_key == "store_unreadable"
    issue = ir.async_get(hass).async_get_issue(
        DOMAIN, f"store_unreadable_{entry.entry_id}"
    )
    assert issue is not None
    assert issue.is_fixable


async def test_a_consent_that_does_not_parse_opens_nothing(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> None:
    await turn_on(hass, user=owner)
    household = entry.runtime_data.household
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[CONSENT]["data"]["hubs"][entry.entry_id]["shares"] = "all of them"
    household.consent.forget(entry.entry_id)
    await household.consent.async_load()

    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert reason(hass) == "store_unreadable"
    await hub.home_connected()
    assert await refused(hub)


async def test_a_record_that_cannot_be_written_closes_and_heals_by_itself(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    locked: sqlite3.Connection,
) -> None:
    await turn_on(hass, user=owner)
    await hub.camera_is("open")
    locked.execute("BEGIN IMMEDIATE")

    assert await refused(hub)

    assert reason(hass) == "record_unwritable"
    await hub.camera_is("closed")
    with pytest.raises(HomeAssistantError) as unwritten:
        await turn_on(hass, HUB_SHARING, user=owner)
    assert unwritten.value.translation_key == "record_unwritable"
    locked.execute("ROLLBACK")
    await hub.camera_is("open")
    await watch(hub)


async def test_a_record_that_fails_cuts_what_runs(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    locked: sqlite3.Connection,
) -> None:
    await turn_on(hass, user=owner)
    opened = await watch(hub)
    locked.execute("BEGIN IMMEDIATE")

    await turn_off(hass, HUB_SHARING)

    assert (await hub.upload_ended(opened.session)).end == "reset"
    locked.execute("ROLLBACK")


async def test_a_clock_before_the_last_entry_closes(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.move_to(datetime.now(UTC))
    await turn_on(hass, user=owner)
    assert is_on(hass, VIEWABLE)

    freezer.tick(timedelta(hours=-1))
    await tick(hass)

    assert reason(hass) == "clock_untrusted"
    freezer.tick(timedelta(hours=1))
    await tick(hass)
    assert is_on(hass, VIEWABLE)
