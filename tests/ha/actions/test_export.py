"""The record in the owner's hands: written by an action, fetched by a link, and checked by anybody."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.ha.watching import recorded, turn_off, turn_on, watch
from tests.reference_hub import ReferenceHub
from tests.verifier.running import Said, verify


@pytest.fixture
async def watched(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> ConfigEntry:
    """A home in which somebody has watched, and whose hub has confirmed it."""
    await turn_on(hass, user=owner)
    session = await watch(hub)
    await turn_off(hass)
    await hub.ended(session.session)
    await confirmed(hass, entry)
    return entry


async def confirmed(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Wait until the hub has cosigned the end of what it watched."""
    record = hass.data[HOUSEHOLD_KEY].record
    async with asyncio.timeout(30):
        (end,) = await record.log(entry.entry_id).entries(kinds=("session_ended",))
        while await record.log(entry.entry_id).cosigned_size() <= end.index:
            pass  # each question goes behind what the record has to do


async def export(hass: HomeAssistant, user: str | None, **data: Any) -> dict[str, Any]:
    """Call the action."""
    exported = await hass.services.async_call(
        "latchstring",
        "export_record",
        data,
        blocking=True,
        context=Context(user_id=user),
        return_response=True,
    )
    assert exported is not None
    return dict(exported)


async def checked(path: str, *options: str) -> Said:
    """Run the verifier, with the hub alive meanwhile."""
    return await asyncio.to_thread(verify, Path(path), *options)


def change(page: Path) -> None:
    page.write_bytes(page.read_bytes().replace(b"Front door", b"Front doof"))


def entries_in(export: Path) -> str:
    return "".join(path.read_text() for path in export.glob("logs/*/entries.jsonl"))


def exports(hass: HomeAssistant) -> list[Path]:
    """Give all there is in the folder of exports."""
    return sorted(Path(hass.config.path("latchstring", "exports")).glob("*"))


async def test_an_export_holds_together_and_says_that_it_was_made(
    hass: HomeAssistant, watched: ConfigEntry, owner: str, hass_admin_user: MockUser
) -> None:
    progress: list[Event] = async_capture_events(hass, "latchstring_export")
    exported = await export(hass, owner, format="folder")
    said = await checked(exported["path"])
    assert said.findings() == []
    assert (said.code, said.status) == (3, "self_consistent")
    assert exported["entries"] == sum(log["entries"] for log in said.verdict["logs"])
    (entry,) = await recorded(hass, "exported")
    assert entry["actor"]["name"] == hass_admin_user.name
    assert entry["name"] == Path(exported["path"]).name
    assert entry["name"] in await asyncio.to_thread(entries_in, Path(exported["path"]))
    await hass.async_block_till_done()
    assert progress[-1].data == {"name": entry["name"], "percent": 100}


async def test_what_the_hub_has_confirmed_is_verified_by_its_key(
    hass: HomeAssistant, hub: ReferenceHub, watched: ConfigEntry, owner: str
) -> None:
    exported = await export(hass, owner, hub=watched.entry_id)
    said = await checked(exported["path"], "--hub-key", hub.hub_id)
    assert (said.findings(), said.code, said.status) == ([], 0, "verified")
    (log,) = said.verdict["logs"]
    assert log["confirmed"]["entries"] >= 4
    assert log["confirmed"]["by"].startswith("Jackson Police Department (")


async def test_a_changed_byte_is_named(
    hass: HomeAssistant, hub: ReferenceHub, watched: ConfigEntry, owner: str
) -> None:
    exported = await export(hass, owner, format="folder")
    await asyncio.to_thread(change, Path(exported["path"], "summary.html"))
    said = await checked(exported["path"], "--hub-key", hub.hub_id)
    assert (said.code, said.status) == (1, "tampered")
    assert [each["file"] for each in said.findings()] == ["summary.html"]


async def test_one_entry_is_proven_without_the_others(
    hass: HomeAssistant, hub: ReferenceHub, watched: ConfigEntry, owner: str
) -> None:
    record = hass.data[HOUSEHOLD_KEY].record
    (started,) = await record.log(watched.entry_id).entries(kinds=("session_started",))
    exported = await export(hass, owner, entry=started.id)
    said = await checked(exported["path"], "--hub-key", hub.hub_id)
    assert (said.code, said.status) == (0, "verified")
    shown = await asyncio.to_thread(Path(exported["path"]).read_bytes)
    assert json.loads(json.loads(shown)["content"]) == started.content | {
        "kind": "session_started",
        "at": json.loads(json.loads(shown)["content"])["at"],
    }


async def test_the_log_of_a_removed_hub_is_verified_too(
    hass: HomeAssistant, hub: ReferenceHub, watched: ConfigEntry, owner: str
) -> None:
    assert await hass.config_entries.async_remove(watched.entry_id)
    await hass.async_block_till_done()
    exported = await export(hass, owner, hub=watched.entry_id)
    said = await checked(exported["path"], "--hub-key", hub.hub_id)
    assert (said.findings(), said.code) == ([], 0)


async def test_the_link_fetches_the_file_for_ten_minutes(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    watched: ConfigEntry,
    owner: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    exported = await export(hass, owner)
    client = await hass_client_no_auth()
    fetched = await client.get(exported["download"])
    assert fetched.status == HTTPStatus.OK
    name = Path(exported["path"]).name
    assert fetched.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert await fetched.read() == await asyncio.to_thread(
        Path(exported["path"]).read_bytes
    )
    unsigned = await client.get(exported["download"].partition("?")[0])
    assert unsigned.status == HTTPStatus.UNAUTHORIZED
    freezer.tick(timedelta(minutes=10, seconds=1))
    late = await client.get(exported["download"])
    assert late.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}


async def test_only_an_administrator_takes_the_record_out(
    hass: HomeAssistant, watched: ConfigEntry, member: MockUser
) -> None:
    with pytest.raises(Unauthorized):
        await export(hass, member.id)
    assert exports(hass) == []
    assert await recorded(hass, "exported") == []


@pytest.mark.parametrize(
    "what",
    [
        {"hub": "nobody"},
        {"entry": "nobody:0:0"},
        {"entry": f"household:0:{10**30}"},
        {"entry": f"household:0:{'9' * 200}"},
    ],
)
async def test_what_is_not_there_is_not_exported(
    hass: HomeAssistant, watched: ConfigEntry, owner: str, what: dict[str, str]
) -> None:
    with pytest.raises(HomeAssistantError) as refused:
        await export(hass, owner, **what)
    assert refused.value.translation_key == "nothing_to_export"
    assert exports(hass) == []


async def test_an_export_that_cannot_be_written_leaves_nothing(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    place = Path(hass.config.path("latchstring", "exports"))
    await asyncio.to_thread(place.write_text, "no folder")
    with pytest.raises(HomeAssistantError) as refused:
        await export(hass, owner)
    assert refused.value.translation_key == "export_failed"
    assert await asyncio.to_thread(place.read_text) == "no folder"


async def test_an_export_ends_with_home_assistant(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    with pytest.raises(HomeAssistantError) as refused:
        await export(hass, owner)
    assert refused.value.translation_key == "export_stopped"
    assert exports(hass) == []


async def test_a_record_that_cannot_be_read_is_said_to_be_so(
    hass: HomeAssistant, watched: ConfigEntry, owner: str
) -> None:
    file = Path(hass.config.path("latchstring", "record.db"))
    await asyncio.to_thread(file.unlink)
    with pytest.raises(HomeAssistantError) as refused:
        await export(hass, owner)
    assert refused.value.translation_key == "record_unreadable"
    assert exports(hass) == []
