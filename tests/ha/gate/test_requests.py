"""A viewer asks; the owner answers, or doesn't; the hub is told the same whenever it is no."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_fire_time_changed,
    async_mock_service,
)

from tests.ha.phones import register_phone
from tests.ha.watching import (
    ACCESS,
    HUB_SHARING,
    recorded,
    text_of,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import Opened, ReferenceHub, Refused, Viewer

PENDING = "sensor.jackson_police_department_pending_requests"
PHONE = "mobile_app_alex"
DOE = Viewer(officer="Officer J. Doe")
LEE = Viewer(officer="Officer R. Lee")
ALLOW_ONCE, ALLOW, REFUSE = range(3)
"""The buttons, in their order on the phone."""


@pytest.fixture
def phone(hass: HomeAssistant) -> list[ServiceCall]:
    """What the owner's phone was told; it asks to be unlocked before it answers."""
    register_phone(hass, "Alex", "Apple")
    return async_mock_service(hass, "notify", PHONE)


def questions(phone: Sequence[ServiceCall]) -> list[dict[str, Any]]:
    """Give what the phone was asked, without what it was only told."""
    told = [each.data["data"] for each in phone]
    return [each for each in told if "actions" in each]


def actions(phone: Sequence[ServiceCall]) -> list[dict[str, Any]]:
    """Give the buttons of the newest question."""
    buttons: list[dict[str, Any]] = questions(phone)[-1]["actions"]
    return buttons


async def press(hass: HomeAssistant, action: str, user: str | None) -> None:
    """Answer as a phone does."""
    hass.bus.async_fire(
        "mobile_app_notification_action",
        {"action": action},
        context=Context(user_id=user),
    )
    await hass.async_block_till_done()


async def time_is_over(hass: HomeAssistant) -> None:
    """Let the two minutes pass."""
    async_fire_time_changed(hass, datetime.now(UTC) + timedelta(seconds=121))
    await hass.async_block_till_done()


async def ask(
    hass: HomeAssistant, hub: ReferenceHub, camera: str, viewer: Viewer = DOE
) -> str:
    """Ask to watch a camera; the home takes it, whatever it is."""
    request, answer = await hub.ask_to_watch(camera, viewer=viewer)
    assert answer["result"] == {}
    await hass.async_block_till_done()
    return request


async def let_in(
    hass: HomeAssistant,
    hub: ReferenceHub,
    camera: str,
    phone: Sequence[ServiceCall],
    user: str,
    *,
    viewer: Viewer = DOE,
    button: int = ALLOW,
) -> tuple[str, Opened]:
    """Ask, be allowed by a button on the phone, and watch; give the request and the session."""
    request = await ask(hass, hub, camera, viewer)
    await press(hass, actions(phone)[button]["action"], user)
    assert await hub.decided(request)
    opened = await hub.open_session(camera, officer=viewer.officer)
    assert isinstance(opened, Opened)
    await hub.fragments(opened.session, 3)
    return request, opened


async def test_a_yes_lets_this_viewer_in_and_nobody_else(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
) -> None:
    assert isinstance(await hub.open_session(asked_for), Refused)
    request = await ask(hass, hub, asked_for)
    assert text_of(hass, PENDING) == "1"
    once, allow, refuse = actions(phone)
    assert once["authenticationRequired"]
    assert allow["authenticationRequired"]
    assert "authenticationRequired" not in refuse

    await press(hass, allow["action"], owner)

    assert await hub.decided(request)
    assert text_of(hass, PENDING) == "0"
    access = hass.states.get(ACCESS)
    assert access is not None
    assert access.attributes["event_type"] == "allowed"
    opened = await hub.open_session(asked_for, officer="Officer J. Doe")
    assert isinstance(opened, Opened)
    await hub.fragments(opened.session, 3)
    other = await hub.open_session(asked_for, officer="Officer R. Lee")
    assert isinstance(other, Refused)
    (answered,) = await recorded(hass, "request_answered")
    assert answered["actor"]["user_id"] == owner


async def test_one_look_is_one_look(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
) -> None:
    _, opened = await let_in(hass, hub, asked_for, phone, owner, button=ALLOW_ONCE)

    await hub.close_session(opened.session)
    await hub.ended(opened.session)

    assert isinstance(await hub.open_session(asked_for), Refused)


async def test_ending_one_answer_ends_exactly_its_viewer(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
) -> None:
    request, first = await let_in(hass, hub, asked_for, phone, owner, viewer=DOE)
    _, second = await let_in(hass, hub, asked_for, phone, owner, viewer=LEE)
    assert second.carried_by == second.session
    (share_id,) = entry.subentries

    entry.runtime_data.openings.close_approval(share_id, request)

    assert (await hub.upload_ended(first.session)).end == "reset"
    more = hub.seen(second.session).fragments + 5
    assert (await hub.fragments(second.session, more)).ended is None


async def test_an_answer_ends_by_itself(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
) -> None:
    _, opened = await let_in(hass, hub, asked_for, phone, owner)

    async_fire_time_changed(hass, datetime.now(UTC) + timedelta(minutes=15, seconds=1))
    await hass.async_block_till_done()

    assert (await hub.upload_ended(opened.session)).end == "reset"


async def test_no_and_no_answer_and_nobody_to_ask_tell_the_hub_the_same(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
) -> None:
    refused = await ask(hass, hub, asked_for)
    await press(hass, actions(phone)[REFUSE]["action"], owner)
    ignored = await ask(hass, hub, asked_for)
    unlisted = await ask(hass, hub, "x" * 22)
    closed = await ask(hass, hub, asked_for)
    await turn_off(hass, HUB_SHARING)
    await press(hass, actions(phone)[ALLOW]["action"], owner)
    blocked = await ask(hass, hub, asked_for)
    assert len(questions(phone)) == 3

    await time_is_over(hass)

    for request in (refused, ignored, unlisted, closed, blocked):
        assert not await hub.decided(request)


@pytest.mark.parametrize("answer", [ALLOW_ONCE, ALLOW])
async def test_an_answer_counts_once_in_time_and_from_who_may_open(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
    member: MockUser,
    answer: int,
) -> None:
    late = await ask(hass, hub, asked_for)
    action = actions(phone)[answer]["action"]

    await press(hass, "latchstring_invented", owner)
    await press(hass, action, member.id)
    await press(hass, action, None)
    assert isinstance(await hub.open_session(asked_for), Refused)
    await time_is_over(hass)
    await press(hass, action, owner)
    assert not await hub.decided(late)
    assert isinstance(await hub.open_session(asked_for), Refused)

    await ask(hass, hub, asked_for)
    await press(hass, action, owner)

    assert isinstance(await hub.open_session(asked_for), Refused)
    assert not await recorded(hass, "request_answered")


async def test_a_phone_that_need_not_be_unlocked_can_only_refuse(
    hass: HomeAssistant, hub: ReferenceHub, asked_for: str, owner: str
) -> None:
    register_phone(hass, "Alex", "Google")
    phone = async_mock_service(hass, "notify", PHONE)

    await ask(hass, hub, asked_for)

    refuse, app = actions(phone)
    assert refuse["title"] == "Refuse"
    assert (app["action"], app["uri"]) == ("URI", "/config/repairs")
    assert questions(phone)[-1]["clickAction"] == "/config/repairs"


async def test_who_may_not_switch_the_camera_off_may_not_refuse_either(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
    hass_read_only_user: MockUser,
) -> None:
    request = await ask(hass, hub, asked_for)
    once, _allow, refuse = actions(phone)

    await press(hass, refuse["action"], hass_read_only_user.id)

    assert text_of(hass, PENDING) == "1"
    await press(hass, once["action"], owner)
    assert await hub.decided(request)


async def test_who_was_allowed_loses_it_when_the_camera_is_switched_off(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
) -> None:
    request = await ask(hass, hub, asked_for)
    await press(hass, actions(phone)[ALLOW]["action"], owner)
    assert await hub.decided(request)

    await turn_off(hass)
    await turn_on(hass, user=owner)

    assert isinstance(await hub.open_session(asked_for), Refused)


async def test_a_camera_whose_owner_does_not_want_to_be_asked_asks_nobody(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    phone: list[ServiceCall],
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)
    (camera,) = hub.cameras()

    await ask(hass, hub, camera["camera"])

    assert text_of(hass, PENDING) == "0"
    assert not questions(phone)
    await hub.close_session(session.session)


async def test_the_actions_answer_like_a_phone(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
    member: MockUser,
) -> None:
    refused = await ask(hass, hub, asked_for)
    await act(hass, "refuse_request", refused, member.id)
    with pytest.raises(ServiceValidationError) as over:
        await act(hass, "allow_request", refused, owner)
    assert over.value.translation_key == "request_over"
    assert phone[-1].data["message"] == "clear_notification"
    assert phone[-1].data["data"]["tag"] == questions(phone)[-1]["tag"]
    request = await ask(hass, hub, asked_for)
    with pytest.raises(ServiceValidationError) as not_permitted:
        await act(hass, "allow_request", request, member.id)
    assert not_permitted.value.translation_key == "may_not_open_user"

    await act(hass, "allow_request", request, owner)

    assert await hub.decided(request)
    assert isinstance(await hub.open_session(asked_for), Opened)


async def test_nobody_is_let_in_to_a_camera_that_is_taken_off_the_list(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
) -> None:
    request = await ask(hass, hub, asked_for)
    (share_id,) = entry.subentries

    hass.config_entries.async_remove_subentry(entry, share_id)
    await hass.async_block_till_done()

    assert text_of(hass, PENDING) == "0"
    assert phone[-1].data["message"] == "clear_notification"
    assert not ir.async_get(hass).issues
    with pytest.raises(ServiceValidationError) as over:
        await act(hass, "allow_request", request, owner)
    assert over.value.translation_key == "request_over"


async def act(hass: HomeAssistant, action: str, request: str, user: str) -> None:
    """Answer a request by an action."""
    await hass.services.async_call(
        "latchstring",
        action,
        {"request": request},
        blocking=True,
        context=Context(user_id=user),
    )
