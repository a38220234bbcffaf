"""An answer means what was read: this hub's viewer, this purpose and case, so many minutes, so many sessions."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_mock_service,
)

from custom_components.latchstring.core.model import Approval
from tests.ha.entities import entity_of
from tests.ha.everything import SHERIFF
from tests.ha.front_door import pair
from tests.ha.gate.test_requests import (
    ALLOW,
    ALLOW_ONCE,
    PENDING,
    PHONE,
    actions,
    ask,
    press,
    questions,
)
from tests.ha.phones import ALEX, register_phone
from tests.ha.runtime.test_order import locked
from tests.ha.watching import SHARING, ask_the_owner, may_be_asked, recorded, turn_on
from tests.reference_hub import (
    Authority,
    Forgery,
    Opened,
    ReferenceHub,
    Refused,
    Viewer,
)

DOE = Viewer(officer="Officer J. Doe", purpose="welfare-check", case="A-1")
A_REQUEST = "a-request-of-both"


async def answer(
    hass: HomeAssistant, action: str, request: str, user: str, /, **said: Any
) -> None:
    """Answer a request by an action."""
    await hass.services.async_call(
        "latchstring",
        action,
        {"request": request, **said},
        blocking=True,
        context=Context(user_id=user),
    )


async def opens(hub: ReferenceHub, camera: str, viewer: Viewer) -> Opened | Refused:
    """Let a viewer try to watch."""
    return await hub.open_session(
        camera, officer=viewer.officer, purpose=viewer.purpose, case=viewer.case
    )


def approved(entry: ConfigEntry) -> Approval:
    """Give the one answer that lets somebody in."""
    (share_id,) = entry.subentries
    approval: Approval
    (approval,) = entry.runtime_data.openings.of(share_id).approvals
    return approval


def allowed_for(entry: ConfigEntry) -> timedelta:
    """Give how long the one answer that there is lets somebody in."""
    window = approved(entry).window
    return window.end - window.start


@pytest.mark.parametrize(
    "other",
    [
        Viewer(officer=DOE.officer, purpose="burglary", case=DOE.case),
        Viewer(officer=DOE.officer, purpose=DOE.purpose, case="another"),
        Viewer(officer=DOE.officer, purpose=DOE.purpose, case=None),
    ],
    ids=["another purpose", "another case", "no case"],
)
async def test_a_yes_is_to_the_purpose_and_the_case_that_were_read(
    hass: HomeAssistant, hub: ReferenceHub, asked_for: str, owner: str, other: Viewer
) -> None:
    request = await ask(hass, hub, asked_for, DOE)
    await answer(hass, "allow_request", request, owner)

    refused = await opens(hub, asked_for, other)

    assert isinstance(refused, Refused)
    assert refused.code == "not_available"
    assert isinstance(await opens(hub, asked_for, DOE), Opened)


@pytest.mark.parametrize("once", [True, False])
async def test_a_yes_is_for_the_minutes_that_were_asked_for(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    owner: str,
    *,
    once: bool,
) -> None:
    request, _ = await hub.ask_to_watch(asked_for, viewer=DOE, minutes=3)

    await answer(hass, "allow_request", request, owner, once=once)

    assert allowed_for(entry) == timedelta(minutes=3)


@pytest.mark.parametrize("button", [ALLOW_ONCE, ALLOW])
async def test_a_phone_says_for_how_long_and_means_it(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    owner: str,
    button: int,
) -> None:
    register_phone(hass, "Alex", "Apple")
    phone: list[ServiceCall] = async_mock_service(hass, "notify", PHONE)
    await hub.ask_to_watch(asked_for, viewer=DOE, minutes=3)
    await hass.async_block_till_done()
    said = [each["title"] for each in actions(phone)]
    assert said == ["Allow once", "Allow 3 minutes", "Refuse"]

    await press(hass, actions(phone)[button]["action"], owner)

    assert allowed_for(entry) == timedelta(minutes=3)


async def test_the_owner_may_say_another_time(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    owner: str,
) -> None:
    request, _ = await hub.ask_to_watch(asked_for, viewer=DOE, minutes=3)

    await answer(hass, "allow_request", request, owner, duration={"minutes": 40})

    assert allowed_for(entry) == timedelta(minutes=40)


async def test_one_look_is_one_session(
    hass: HomeAssistant, hub: ReferenceHub, asked_for: str, owner: str
) -> None:
    request = await ask(hass, hub, asked_for, DOE)
    await answer(hass, "allow_request", request, owner, once=True)

    outcomes = await asyncio.gather(*(opens(hub, asked_for, DOE) for _ in range(3)))

    (watching,) = (each for each in outcomes if isinstance(each, Opened))
    refusals = [each for each in outcomes if isinstance(each, Refused)]
    assert [each.code for each in refusals] == ["not_available"] * 2
    await hub.fragments(watching.session, 3)
    await turn_on(hass, user=owner)  # it is asked again whether all this may go on
    more = hub.seen(watching.session).fragments + 3
    assert (await hub.fragments(watching.session, more)).ended is None
    await hub.close_session(watching.session)
    await hub.ended(watching.session)
    assert isinstance(await opens(hub, asked_for, DOE), Refused)


async def test_a_look_that_never_began_can_still_be_had(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    owner: str,
) -> None:
    request = await ask(hass, hub, asked_for, DOE)
    await answer(hass, "allow_request", request, owner, once=True)
    with locked(Path(hass.config.path("latchstring", "record.db"))):
        opening = hass.async_create_task(opens(hub, asked_for, DOE))
        while approved(entry).used_by is None:  # noqa: ASYNC110 - nothing tells of it yet
            await asyncio.sleep(0)
        await hub.disconnect()
        assert isinstance(await opening, Refused)
    await hub.home_connected()

    assert isinstance(await opens(hub, asked_for, DOE), Opened)


async def test_a_yes_that_the_limits_would_not_let_in_is_not_given(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    owner: str,
) -> None:
    request = await ask(hass, hub, asked_for, DOE)
    (share,) = entry.subentries.values()
    rules = {**share.data, "limits": {"purposes": ["burglary"]}}
    hass.config_entries.async_update_subentry(entry, share, data=rules)
    await hass.async_block_till_done()

    with pytest.raises(ServiceValidationError) as beyond:
        await answer(hass, "allow_request", request, owner)

    assert beyond.value.translation_key == "request_beyond_limits"
    assert not await recorded(hass, "request_answered")
    rules = {**share.data, "limits": {"purposes": None}}
    hass.config_entries.async_update_subentry(entry, share, data=rules)
    await hass.async_block_till_done()
    await answer(hass, "allow_request", request, owner)
    assert await hub.decided(request)


async def test_whoever_may_not_control_the_camera_s_sharing_lets_nobody_in(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    hass_read_only_user: MockUser,
) -> None:
    user = hass_read_only_user
    register_phone(hass, "Alex")
    phone: list[ServiceCall] = async_mock_service(hass, "notify", PHONE)
    register_phone(hass, "Alex", "Apple")
    options = {**entry.options, "openers": [user.id]}
    hass.config_entries.async_update_entry(entry, options=options)
    request = await ask(hass, hub, asked_for, DOE)

    for action in ("allow_request", "refuse_request"):
        with pytest.raises(Unauthorized) as denied:
            await answer(hass, action, request, user.id)
        assert (denied.value.entity_id, denied.value.permission) == (
            SHARING,
            POLICY_CONTROL,
        )
    await press(hass, actions(phone)[ALLOW]["action"], user.id)

    assert not await recorded(hass, "request_answered")
    assert isinstance(await opens(hub, asked_for, DOE), Refused)
    user.mock_policy({"entities": {"entity_ids": {SHARING: True}}})
    await answer(hass, "allow_request", request, user.id)
    assert await hub.decided(request)


@pytest.fixture
async def sheriff(authority: Authority) -> AsyncIterator[ReferenceHub]:
    """Another agency."""
    async with ReferenceHub(authority, SHERIFF) as hub:
        yield hub


@pytest.fixture
async def second(
    hass: HomeAssistant,
    sheriff: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    owner: str,
) -> ConfigEntry:
    """The other agency knows of the same camera, and its owner wants to be asked there too."""
    options = {"notify": [ALEX]}
    second = await pair(hass, sheriff.invitation(), labels={"camera.porch": "Crib"})
    await sheriff.home_connected()
    hass.config_entries.async_update_entry(
        second, options={**second.options, **options}
    )
    await ask_the_owner(hass, second)
    await turn_on(hass, entity_of(hass, second, "sharing"), user=owner)
    await may_be_asked(sheriff, "Crib")
    return second


async def both_ask(
    hass: HomeAssistant, hub: ReferenceHub, sheriff: ReferenceHub
) -> None:
    """Let each hub ask by the id that the other chose too."""
    forgery = Forgery(params={"request": A_REQUEST})
    purpose = sheriff.agency.agreement.terms["purposes"][0]["purpose"]
    theirs = Viewer(officer=sheriff.agency.officers[0].name, purpose=purpose)
    (ours,), (crib,) = hub.cameras(), sheriff.cameras()
    await hub.ask_to_watch(ours["camera"], viewer=DOE, forgery=forgery)
    await sheriff.ask_to_watch(crib["camera"], viewer=theirs, forgery=forgery)
    await hass.async_block_till_done()


async def test_of_two_hubs_with_one_request_id_the_one_that_is_named_is_answered(
    hass: HomeAssistant,
    hub: ReferenceHub,
    sheriff: ReferenceHub,
    entry: ConfigEntry,
    second: ConfigEntry,
    owner: str,
) -> None:
    await both_ask(hass, hub, sheriff)

    for action in ("allow_request", "refuse_request"):
        with pytest.raises(ServiceValidationError) as ambiguous:
            await answer(hass, action, A_REQUEST, owner)
        assert ambiguous.value.translation_key == "request_ambiguous"
    state = hass.states.get(PENDING)
    assert state is not None
    (waiting,) = state.attributes["requests"]
    assert (waiting["hub"], waiting["request"]) == (entry.entry_id, A_REQUEST)
    await answer(hass, "allow_request", A_REQUEST, owner, hub=waiting["hub"])

    assert await hub.decided(A_REQUEST)
    assert allowed_for(entry)
    (share_id,) = second.subentries
    assert not second.runtime_data.openings.of(share_id).approvals
    (still,) = second.runtime_data.requests.waiting
    assert still.request_id == A_REQUEST
    # The other one is the only one by that id now, and needs no hub to be named.
    await answer(hass, "refuse_request", A_REQUEST, owner)
    assert not second.runtime_data.requests.waiting


async def test_two_hubs_with_one_request_id_are_two_questions_everywhere(
    hass: HomeAssistant,
    hub: ReferenceHub,
    sheriff: ReferenceHub,
    entry: ConfigEntry,
    second: ConfigEntry,
    owner: str,
) -> None:
    register_phone(hass, "Alex")
    phone: list[ServiceCall] = async_mock_service(hass, "notify", PHONE)

    await both_ask(hass, hub, sheriff)

    ours, theirs = questions(phone)
    assert ours["tag"] != theirs["tag"]
    issues = [
        each.data
        for each in ir.async_get(hass).issues.values()
        if each.translation_key == "request"
    ]
    assert [each and each["entry_id"] for each in issues] == [
        entry.entry_id,
        second.entry_id,
    ]
    await answer(hass, "refuse_request", A_REQUEST, owner, hub=entry.entry_id)
    assert phone[-1].data["message"] == "clear_notification"
    assert phone[-1].data["data"]["tag"] == ours["tag"]
    (left,) = (
        each.data
        for each in ir.async_get(hass).issues.values()
        if each.translation_key == "request"
    )
    assert left is not None
    assert left["entry_id"] == second.entry_id


async def test_no_session_of_a_hub_s_choice_takes_a_question_off_a_phone(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    owner: str,
) -> None:
    register_phone(hass, "Alex")
    phone: list[ServiceCall] = async_mock_service(hass, "notify", PHONE)
    first = await ask(hass, hub, asked_for, DOE)
    await answer(hass, "allow_request", first, owner)
    forgery = Forgery(params={"request": A_REQUEST})
    await hub.ask_to_watch(asked_for, viewer=DOE, forgery=forgery)
    await hass.async_block_till_done()
    asked = questions(phone)[-1]["tag"]

    opened = await hub.open_session(
        asked_for,
        officer=DOE.officer,
        purpose=DOE.purpose,
        case=DOE.case,
        forgery=Forgery(params={"session": A_REQUEST}),
    )

    assert isinstance(opened, Opened)
    await hass.async_block_till_done()
    tags = {
        each.data["data"]["tag"] for each in phone if "watching" in each.data["message"]
    }
    assert tags
    assert asked not in tags
