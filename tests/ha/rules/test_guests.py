"""Who may see one lamp reads in Repairs that there is something to look at, and not what."""

from html import unescape
from http import HTTPStatus
import json
from string import Formatter

from homeassistant.components.persistent_notification import DOMAIN as NOTIFICATIONS
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from tests.ha.front_door import DOMAIN
from tests.ha.people import REPAIRS as FIX
from tests.ha.repaired import SAID_TO_ALL, details
from tests.ha.spoken import ENGLISH
from tests.reference_hub import Viewer

from . import entities
from .house import PORCH, YARD, House, key_of, rename

DOE = Viewer(officer="Officer J. Doe", purpose="burglary", case="26-001234")
DETAILED = {
    "cameras_changed": "- Back yard (camera.yard)",
    "openings_mixed": "- Front door",
    "own_entities": "- Front door: Yard Being watched by Jackson Police Department",
    "phones_untold": "- **sams old phone** is no longer registered",
    "unheard": "- Back yard: Door",
}
"""How what administrators read of each begins."""
NAMES = (
    *("Front door", "Back yard", "Porch", "Yard", "Door", "door", "Being watched"),
    *("sams old phone", "sams_old_phone", "Doe", "Burglary", "burglary", "26-001234"),
)


@pytest.fixture
async def token(house: House) -> str:
    """A guest's, who may see one lamp."""
    guest = MockUser(name="Guest", groups=[]).add_to_hass(house.hass)
    guest.mock_policy({"entities": {"entity_ids": {"light.lamp": True}}})
    refresh = await house.hass.auth.async_create_refresh_token(guest, CLIENT_ID)
    return house.hass.auth.async_create_access_token(refresh)


@pytest.fixture
async def troubled(house: House) -> House:
    """A house with a repair of each kind that is about cameras, entities, phones or viewers."""
    for component in (REPAIRS, NOTIFICATIONS, "http"):
        assert await async_setup_component(house.hass, component, {})
    door = await entities.door(house.hass)
    door.report(is_open=False)
    never = [{"entity": key_of(house.hass, door.entity_id), "clear": ["off"]}]
    await house.set_rules(YARD, openings=["always"], never=never)
    ours = key_of(house.hass, house.entity("being_watched", YARD))
    openings = ["always", "approval", "alarm"]
    await house.set_rules(PORCH, openings=openings, alarms=[ours])
    options = {**house.entry.options, "notify": ["mobile_app_sams_old_phone"]}
    house.hass.config_entries.async_update_entry(house.entry, options=options)
    rename(house.hass, door.entity_id, "binary_sensor.front_door")
    er.async_get(house.hass).async_remove("camera.yard")
    await house.clock.passes(hours=1, seconds=10)
    await house.hub.ask_to_watch(house.camera(PORCH)["camera"], viewer=DOE)
    await house.hass.async_block_till_done()
    return house


async def test_a_guest_reads_of_every_repair_that_it_is_there_and_opens_none(
    troubled: House,
    token: str,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    issues = ir.async_get(troubled.hass).issues.values()
    ours = {
        str(each.translation_key): each.issue_id
        for each in issues
        if each.domain == DOMAIN
    }
    assert set(ours) == {*DETAILED, "request"}
    commands = [
        {"type": "repairs/list_issues"},
        {"type": "persistent_notification/get"},
        *(
            {"type": "repairs/get_issue_data", "domain": DOMAIN, "issue_id": issue_id}
            for issue_id in ours.values()
        ),
    ]
    guest = await hass_ws_client(troubled.hass, token)
    read = []
    for command in commands:
        await guest.send_json_auto_id(command)
        answer = await guest.receive_json()
        assert answer["success"]
        read.append(json.dumps(answer["result"]))
    assert all(issue_id in read[0] for issue_id in ours.values())
    assert [name for name in NAMES if any(name in each for each in read)] == []

    browser = await hass_client(token)
    for issue_id in ours.values():
        asked = {"handler": DOMAIN, "issue_id": issue_id}
        async with browser.post(FIX, json=asked) as response:
            assert response.status == HTTPStatus.UNAUTHORIZED


async def test_an_administrator_reads_which(troubled: House) -> None:
    for key, lines in DETAILED.items():
        told = await details(troubled.hass, troubled.entry, key)
        assert told["hub"] == troubled.entry.title
        assert any(unescape(text).startswith(lines) for text in told.values())


@pytest.mark.parametrize("key", ENGLISH["issues"])
def test_what_all_read_of_a_repair_has_no_place_for_a_name(key: str) -> None:
    words = ENGLISH["issues"][key]
    for text in (words["title"], words.get("description", "")):
        assert {
            name for _, name, _, _ in Formatter().parse(text) if name
        } <= SAID_TO_ALL


async def test_the_dialog_says_what_is_so_by_now(
    troubled: House, hass_client: ClientSessionGenerator
) -> None:
    browser = await hass_client()
    issue_id = f"openings_mixed_{troubled.entry.entry_id}"
    async with browser.post(
        FIX, json={"handler": DOMAIN, "issue_id": issue_id}
    ) as response:
        step = await response.json()
    await troubled.set_rules(YARD, openings=["always", "approval"])

    async with browser.post(f"{FIX}/{step['flow_id']}", json={}) as response:
        again = await response.json()

    assert again["errors"] == {"base": "still_so"}
    cameras = again["description_placeholders"]["cameras"]
    assert cameras == "- Front door\n- Back yard"
    for label in (PORCH, YARD):
        await troubled.set_rules(label, openings=["approval"])
    async with browser.post(f"{FIX}/{step['flow_id']}", json={}) as response:
        assert (await response.json())["reason"] == "settled"
    assert ir.async_get(troubled.hass).async_get_issue(DOMAIN, issue_id) is None


async def test_the_dialog_of_a_hub_that_is_not_loaded_tells_nothing(
    troubled: House, hass_client: ClientSessionGenerator
) -> None:
    browser = await hass_client()
    asked = {
        "handler": DOMAIN,
        "issue_id": f"openings_mixed_{troubled.entry.entry_id}",
    }
    async with browser.post(FIX, json=asked) as response:
        step = await response.json()
    assert await troubled.hass.config_entries.async_unload(troubled.entry.entry_id)

    async with browser.post(f"{FIX}/{step['flow_id']}", json={}) as response:
        assert (await response.json())["reason"] == "settled"
