"""When something is missing, broken or not yet known, nothing leaves, and the owner is told what it is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.ha.front_door import DOMAIN
from tests.ha.restarting import start, stop
from tests.ha.watching import (
    HUB_SHARING,
    SHARING,
    VIEWABLE,
    is_on,
    reason,
    recorded,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import ReferenceHub, Refused

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
    assert [each["reason"] for each in await recorded(hass, "closed")] == [
        "home_stopping"
    ]


async def test_lost_consent_closes_until_the_owner_has_begun_anew(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    hass_storage.pop(CONSENT)

    await start(hass, entry)

    assert reason(hass) == "store_unreadable"
    await hub.home_connected()
    assert await refused(hub)
    with pytest.raises(HomeAssistantError) as lost:
        await turn_on(hass, user=owner)
    assert lost.value.translation_key == "store_unreadable"
    assert len(await recorded(hass, "switch_turned")) == 1
    issue = ir.async_get(hass).async_get_issue(
        DOMAIN, f"store_unreadable_{entry.entry_id}"
    )
    assert issue is not None
    assert issue.is_fixable


@pytest.mark.parametrize(
    "damage",
    [
        lambda stored, entry_id: stored["hubs"][entry_id].update(shares="all of them"),
        lambda stored, _entry_id: stored.update(hubs=["all of them"]),
        lambda stored, _entry_id: stored.clear(),
    ],
    ids=["shares", "hubs", "everything"],
)
async def test_a_consent_that_does_not_parse_opens_nothing(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    damage: Callable[[dict[str, Any], str], object],
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    damage(hass_storage[CONSENT]["data"], entry.entry_id)

    await start(hass, entry)

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
    freezer: FrozenDateTimeFactory,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> None:
    await turn_on(hass, user=owner)
    assert is_on(hass, VIEWABLE)

    freezer.tick(timedelta(hours=-1))
    await tick(hass)

    assert reason(hass) == "clock_untrusted"
    freezer.tick(timedelta(hours=1))
    await tick(hass)
    assert is_on(hass, VIEWABLE)


@pytest.mark.parametrize("savings", ["many", None, [7]])
async def test_a_consent_that_cannot_say_how_often_it_was_saved_is_not_believed(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: ConfigEntry,
    owner: str,
    savings: object,
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    hass_storage[CONSENT]["data"]["savings"] = savings

    await start(hass, entry)

    assert reason(hass) == "restored"


async def test_a_record_that_cannot_be_read_at_the_start_closes_until_it_can(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    record: Path,
    tmp_path: Path,
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    sound = tmp_path / "record.db"
    await hass.async_add_executor_job(spoil, record, sound)

    await start(hass, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert reason(hass) == "record_unwritable"
    await hub.home_connected()
    assert await refused(hub)
    await turn_off(hass, HUB_SHARING)
    assert not is_on(hass, HUB_SHARING)

    await healed(hass, sound, record)

    await turn_on(hass, HUB_SHARING, user=owner)
    await watch(hub)


async def test_what_was_left_open_is_ended_as_soon_as_the_record_can_be_read(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    record: Path,
    tmp_path: Path,
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)
    mid_session = tmp_path / "record.db"
    await hass.async_add_executor_job(copy, record, mid_session)
    await stop(hass, entry)
    await hass.async_add_executor_job(forget_heads, hass)
    await hass.async_add_executor_job(spoil, record, tmp_path / "ended.db")
    await start(hass, entry)

    await healed(hass, mid_session, record)

    cut = (await recorded(hass, "session_cut"))[-1]
    assert (cut["session"], cut["how"]) == (session.session, "interrupted")


def copy(record: Path, to: Path) -> None:
    """Copy a record that is being written."""
    with closing(sqlite3.connect(record)) as live, closing(sqlite3.connect(to)) as kept:
        live.backup(kept)


def forget_heads(hass: HomeAssistant) -> None:
    """Know no more how far the record had come, as after a crash."""
    Path(hass.config.path(".cache", "latchstring.heads")).unlink()


def spoil(record: Path, sound: Path) -> None:
    """Put what is no record in place of a sound one, which is kept."""
    record.rename(sound)
    record.write_bytes(b"no record at all" * 512)


async def healed(hass: HomeAssistant, sound: Path, record: Path) -> None:
    """Put a sound record in place of a broken one, and wait until the house has noticed."""
    noticed = asyncio.Event()

    @callback
    def look(_event: Event[EventStateChangedData]) -> None:
        if reason(hass) != "record_unwritable":
            noticed.set()

    stop_looking = async_track_state_change_event(hass, VIEWABLE, look)
    await hass.async_add_executor_job(sound.replace, record)
    async with asyncio.timeout(40):
        await noticed.wait()
    stop_looking()
