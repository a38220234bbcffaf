"""The record in the owner's hands: written by an action, and checked by anybody."""

import asyncio
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
import pytest

from custom_components.latchstring.household import HOUSEHOLD_KEY
from tests.hub import ReferenceHub
from tests.verifier.running import Said, verify

from .watching import turn_off, turn_on, watch


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
        (end,) = await record.entries(entry.entry_id, kinds=("session_ended",))
        while await record.cosigned_size(entry.entry_id) <= end.index:
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


def change(page: Path) -> None:
    page.write_bytes(page.read_bytes().replace(b"Front door", b"Front doof"))


async def checked(path: str, *options: str) -> Said:
    """Run the verifier, with the hub alive meanwhile."""
    return await asyncio.to_thread(verify, Path(path), *options)


async def test_an_export_holds_together(
    hass: HomeAssistant, hub: ReferenceHub, watched: ConfigEntry, owner: str
) -> None:
    exported = await export(hass, owner, format="folder")
    said = await checked(exported["path"])
    assert said.findings() == []
    assert (said.code, said.status) == (3, "self_consistent")


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
