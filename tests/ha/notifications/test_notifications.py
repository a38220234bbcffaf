"""Phones are told who watches and when they stop, in plain text whatever the hub says."""

import json

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from tests.cameras import Cameras
from tests.ha.flows.test_options_flow import answer_options, begin_options
from tests.ha.flows.test_request_repair import asking
from tests.ha.front_door import DOMAIN, PEOPLE, pair
from tests.ha.gate.test_requests import PENDING, ask
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.phones import ALEX, register_phone
from tests.ha.watching import text_of, turn_on, watch
from tests.reference_hub import Agency, Authority, Officer, ReferenceHub

PHONE = "mobile_app_alex"
HOSTILE = "<img src=//spy.example> ![x](https://spy.example/x.png)"


def notify(hass: HomeAssistant, entry: ConfigEntry, *phones: str) -> None:
    """Choose phones, as the options dialog does."""
    options = {**entry.options, "notify": list(phones)}
    hass.config_entries.async_update_entry(entry, options=options)


async def test_the_chosen_phones_hear_of_a_viewer_before_and_after(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    phone = async_mock_service(hass, "notify", PHONE)
    other = async_mock_service(hass, "notify", "mobile_app_sam")
    notify(hass, entry, register_phone(hass, "Alex"))
    await turn_on(hass, user=owner)

    session = await watch(hub)
    await hass.async_block_till_done()
    assert [call.data["message"] for call in phone] == [
        "Officer J. Doe, Jackson PD is watching Front door: Burglary in progress."
    ]
    await hub.close_session(session.session)
    await hub.ended(session.session)
    await hass.async_block_till_done()

    ended = phone[-1].data
    assert ended["title"] == "Jackson Police Department"
    assert ended["message"].startswith(
        "Officer J. Doe, Jackson PD stopped watching Front door after "
    )
    assert ended["data"]["tag"] == phone[0].data["data"]["tag"]
    assert not other


async def test_a_phone_that_is_gone_keeps_nobody_from_watching(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    notify(hass, entry, "01JDXAEXPH0NE00000000G0NE0", "mobile_app_lost")
    await turn_on(hass, user=owner)

    await watch(hub)


async def test_what_a_hub_calls_its_viewers_is_text_on_a_phone(
    hass: HomeAssistant, authority: Authority, served: Cameras, owner: str
) -> None:
    phone = async_mock_service(hass, "notify", PHONE)
    agency = Agency(officers=(Officer(sub="badge-1", name=HOSTILE),))
    (porch,) = await install(hass, OwnCamera("Porch", served.url("porch"), device="P"))
    async with ReferenceHub(authority, agency) as hub:
        await pair(
            hass,
            hub.invitation(),
            labels={porch: "Front door"},
            people={**PEOPLE, "notify": [register_phone(hass, "Alex")]},
        )
        await turn_on(
            hass, "switch.p_sharing_with_jackson_police_department", user=owner
        )
        await watch(hub, officer=HOSTILE)
        await hass.async_block_till_done()

    (told,) = [call.data["message"] for call in phone][:1]
    assert "<" not in told
    assert "&lt;img src=//spy.example&gt;" in told


@pytest.mark.usefixtures("entry")
async def test_nobody_is_told_where_no_phone_is_chosen(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    phone = async_mock_service(hass, "notify", PHONE)
    await turn_on(hass, user=owner)

    await watch(hub)
    await hass.async_block_till_done()

    assert not phone


async def test_an_owner_may_have_phones_told_in_words_that_name_nobody(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    asked_for: str,
) -> None:
    register_phone(hass, "Alex")
    phone = async_mock_service(hass, "notify", PHONE)
    step = await begin_options(hass, entry)
    await answer_options(hass, step, {"notify": [ALEX], "push_words": "neutral"})

    await ask(hass, hub, asked_for)
    (share,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, share, data={**share.data, "openings": ["always"]}
    )
    await turn_on(hass, user=owner)
    session = await watch(hub)
    await hub.close_session(session.session)
    await hub.ended(session.session)
    await hass.async_block_till_done()

    told = [each.data for each in phone if each.data["message"] != "clear_notification"]
    assert [each["message"] for each in told] == [
        "Somebody asks to watch a camera. Open Home Assistant to read who, and to answer.",
        "Somebody is watching a camera.",
        "Somebody stopped watching a camera.",
    ]
    assert {each["title"] for each in told} == {"Latchstring"}
    titles = [each["title"] for each in told[0]["data"]["actions"]]
    assert titles == ["Refuse", "Open the app"]


async def test_what_everybody_in_the_home_may_read_says_only_that_somebody_asks(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    for component in ("repairs", "persistent_notification"):
        assert await async_setup_component(hass, component, {})
    request = await ask(hass, hub, asked_for)
    guest = await hass_ws_client(hass, hass_read_only_access_token)

    for command in ("repairs/list_issues", "persistent_notification/get"):
        await guest.send_json_auto_id({"type": command})
        answer = await guest.receive_json()
        assert answer["success"]
        read = json.dumps(answer["result"])
        assert "latchstring" in read
        for word in ("Doe", "Jackson PD", "Front door", "Burglary", request):
            assert word not in read


async def test_a_repair_that_a_guest_ignores_leaves_the_question_waiting(
    hass: HomeAssistant, hub: ReferenceHub, asked_for: str
) -> None:
    await ask(hass, hub, asked_for)
    (first,) = asking(hass)
    ir.async_ignore_issue(hass, DOMAIN, first.issue_id, ignore=True)

    await ask(hass, hub, asked_for)

    assert text_of(hass, PENDING) == "2"
    (second,) = (each for each in asking(hass) if each.issue_id != first.issue_id)
    assert second.dismissed_version is None
