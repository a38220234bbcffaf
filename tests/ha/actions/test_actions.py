"""The actions of automations and dashboards: they target cameras, and each checks by itself who calls."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_mock_service,
)
import voluptuous as vol

from tests.cameras import Cameras
from tests.ha.everything import SHERIFF
from tests.ha.front_door import pair
from tests.ha.own_cameras import registered
from tests.ha.phones import ALEX, register_phone
from tests.ha.rules.house import PORCH, set_rules
from tests.ha.two_cameras import YARD_SHARING, YARD_VIEWABLE, minutes_pass, two_cameras
from tests.ha.watching import (
    HUB_SHARING,
    SHARE_NOW,
    SHARING,
    VIEWABLE,
    is_on,
    may_be_asked,
    recorded,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import Authority, Opened, ReferenceHub, Refused, Viewer

FRONT = "camera.porch"
BACK = "camera.yard"
LEE = Viewer(officer="Officer R. Lee")
SHERIFFS_VIEWABLE = "binary_sensor.porch_viewable_by_hinds_county_sheriff"


@pytest.fixture(autouse=True)
async def house(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> ConfigEntry:
    """A porch and a yard that open only on occasion."""
    return await two_cameras(hass, hub, served, owner)


@pytest.fixture
async def sheriff(
    hass: HomeAssistant, authority: Authority, house: ConfigEntry, owner: str
) -> AsyncIterator[ConfigEntry]:
    """A second hub, which knows of the porch too."""
    async with ReferenceHub(authority, SHERIFF) as hub:
        entry = await pair(hass, hub.invitation(), labels={FRONT: "Gate"})
        await set_rules(hass, entry, "Gate", openings=[])
        await turn_on(
            hass, "switch.porch_sharing_with_hinds_county_sheriff", user=owner
        )
        await hub.home_connected()
        await hub.home_admits()
        await hass.async_block_till_done()
        yield entry


async def call(
    hass: HomeAssistant,
    action: str,
    /,
    *,
    user: str | None,
    target: Mapping[str, Any] | None = None,
    **data: Any,
) -> Any:
    """Call one of our actions on the porch, or on this target."""
    return await hass.services.async_call(
        "latchstring",
        action,
        data,
        blocking=True,
        context=Context(user_id=user),
        target=dict(target or {"entity_id": FRONT}),
        return_response=action == "explain",
    )


async def explain(
    hass: HomeAssistant, *, user: str | None, **data: Any
) -> list[dict[str, Any]]:
    """Have the porch, or another target, explained."""
    shares: list[dict[str, Any]] = (await call(hass, "explain", user=user, **data))[
        "shares"
    ]
    return shares


def porch_device(hass: HomeAssistant) -> str:
    """The device that the porch's camera stands on."""
    device_id = registered(er.async_get(hass), FRONT).device_id
    assert device_id is not None
    return device_id


def on_its_device(hass: HomeAssistant) -> dict[str, str]:
    return {"device_id": porch_device(hass)}


def in_its_area(hass: HomeAssistant) -> dict[str, str]:
    area = ar.async_get(hass).async_create("Outside")
    dr.async_get(hass).async_update_device(porch_device(hass), area_id=area.id)
    return {"area_id": area.id}


def on_its_floor(hass: HomeAssistant) -> dict[str, str]:
    floor = fr.async_get(hass).async_create("Ground floor")
    area_id = in_its_area(hass)["area_id"]
    ar.async_get(hass).async_update(area_id, floor_id=floor.floor_id)
    return {"floor_id": floor.floor_id}


def under_its_label(hass: HomeAssistant) -> dict[str, str]:
    label = lr.async_get(hass).async_create("Street side")
    er.async_get(hass).async_update_entity(FRONT, labels={label.label_id})
    return {"label_id": label.label_id}


async def test_a_camera_is_shared_for_as_long_as_the_call_says(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    await call(hass, "share_now", user=owner, duration={"minutes": 5})

    session = await watch(hub, PORCH)
    assert not is_on(hass, YARD_VIEWABLE)
    await minutes_pass(hass, 4.9)
    assert is_on(hass, SHARE_NOW)
    await minutes_pass(hass, 5.1)
    assert not is_on(hass, SHARE_NOW)
    assert (await hub.upload_ended(session.session)).end == "reset"
    turned = (await recorded(hass, "switch_turned"))[-1]
    assert (turned["switch"], turned["label"], turned["actor"]["user_id"]) == (
        "share_now",
        PORCH,
        owner,
    )


@pytest.mark.parametrize("duration", [{"minutes": 61}, {"seconds": 0}, -60])
async def test_nothing_is_shared_for_longer_than_an_hour_or_for_no_time(
    hass: HomeAssistant, owner: str, duration: Any
) -> None:
    with pytest.raises(vol.Invalid):
        await call(hass, "share_now", user=owner, duration=duration)

    assert not is_on(hass, VIEWABLE)


async def test_without_a_duration_it_is_that_of_the_hubs_options(
    hass: HomeAssistant, house: ConfigEntry, owner: str
) -> None:
    hass.config_entries.async_update_entry(
        house, options={**house.options, "share_now_minutes": 3}
    )

    await call(hass, "share_now", user=owner)

    viewable = hass.states.get(VIEWABLE)
    assert viewable is not None
    left = viewable.attributes["until"] - datetime.now(UTC)
    assert timedelta(minutes=2) < left <= timedelta(minutes=3)


@pytest.mark.parametrize(
    "place", [on_its_device, in_its_area, on_its_floor, under_its_label]
)
async def test_a_camera_is_found_by_where_it_is(
    hass: HomeAssistant, owner: str, place: Callable[[HomeAssistant], dict[str, str]]
) -> None:
    target = place(hass)

    await call(hass, "share_now", user=owner, target=target)

    assert is_on(hass, VIEWABLE)
    assert not is_on(hass, YARD_VIEWABLE)
    await call(hass, "stop_sharing", user=owner, target=target)
    assert not is_on(hass, VIEWABLE)


async def test_all_means_every_camera_that_is_shared(
    hass: HomeAssistant, owner: str
) -> None:
    hass.states.async_set("camera.own", "idle")

    await call(hass, "share_now", user=owner, target={"entity_id": "all"})
    assert is_on(hass, VIEWABLE)
    assert is_on(hass, YARD_VIEWABLE)
    await call(hass, "stop_sharing", user=owner, target={"entity_id": "all"})

    assert not is_on(hass, VIEWABLE)
    assert not is_on(hass, YARD_VIEWABLE)


@pytest.mark.parametrize(
    ("target", "key"),
    [
        ({"entity_id": "camera.attic"}, "cameras_unknown"),
        ({"entity_id": SHARING}, "cameras_unknown"),
        ({"area_id": "attic"}, "cameras_unknown"),
        # what a template yields that finds nothing
        ({"entity_id": FRONT, "area_id": ""}, "cameras_unknown"),
        ({"entity_id": [FRONT, "camera.own"]}, "cameras_not_shared"),
        ({"entity_id": "none"}, "nothing_shared_there"),
    ],
)
@pytest.mark.parametrize("action", ["share_now", "explain"])
async def test_what_cannot_be_found_is_named_and_nothing_else_is_done(
    hass: HomeAssistant, owner: str, action: str, target: dict[str, Any], key: str
) -> None:
    hass.states.async_set("camera.own", "idle")

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, action, user=owner, target=target)

    assert refused.value.translation_key == key
    assert not is_on(hass, VIEWABLE)


async def test_a_place_without_a_shared_camera_is_said_to_have_none(
    hass: HomeAssistant, owner: str
) -> None:
    area = ar.async_get(hass).async_create("Attic")

    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "share_now", user=owner, target={"area_id": area.id})

    assert refused.value.translation_key == "nothing_shared_there"


async def test_only_permitted_people_and_automations_share(
    hass: HomeAssistant, house: ConfigEntry, member: MockUser
) -> None:
    for user, key in (
        (member.id, "may_not_open_user"),
        (None, "may_not_open_automation"),
    ):
        with pytest.raises(ServiceValidationError) as refused:
            await call(hass, "share_now", user=user)
        assert refused.value.translation_key == key
        assert not is_on(hass, VIEWABLE)

    options = {"openers": [member.id], "automations_may_open": True}
    hass.config_entries.async_update_entry(house, options={**house.options, **options})
    await call(hass, "share_now", user=member.id)
    assert is_on(hass, VIEWABLE)
    await call(hass, "stop_sharing", user=None)
    assert not is_on(hass, VIEWABLE)
    await call(hass, "share_now", user=None)
    assert is_on(hass, VIEWABLE)


async def test_who_may_not_control_the_switch_may_not_go_round_it(
    hass: HomeAssistant,
    house: ConfigEntry,
    owner: str,
    hass_read_only_user: MockUser,
) -> None:
    hass.config_entries.async_update_entry(
        house, options={**house.options, "openers": [hass_read_only_user.id]}
    )
    with pytest.raises(Unauthorized):
        await call(hass, "share_now", user=hass_read_only_user.id)
    assert not is_on(hass, VIEWABLE)

    await call(hass, "share_now", user=owner)
    with pytest.raises(Unauthorized):
        await call(hass, "stop_sharing", user=hass_read_only_user.id)
    assert is_on(hass, VIEWABLE)


async def test_a_caller_whom_nobody_knows_is_refused(hass: HomeAssistant) -> None:
    with pytest.raises(Unauthorized):
        await call(hass, "stop_sharing", user="nobody")


async def test_what_is_blocked_is_named_and_the_rest_is_opened(
    hass: HomeAssistant, owner: str
) -> None:
    await turn_off(hass, YARD_SHARING)

    with pytest.raises(ServiceValidationError) as blocked:
        await call(hass, "share_now", user=owner, target={"entity_id": [FRONT, BACK]})

    assert blocked.value.translation_key == "cameras_blocked"
    assert blocked.value.translation_placeholders == {
        "cameras": "Back yard: Sharing of this camera is off"
    }
    assert is_on(hass, VIEWABLE)
    assert not is_on(hass, YARD_VIEWABLE)


async def test_to_stop_ends_whatever_opened_a_camera_for_a_while(
    hass: HomeAssistant,
    hub: ReferenceHub,
    house: ConfigEntry,
    owner: str,
    member: MockUser,
) -> None:
    hass.states.async_set("binary_sensor.glass", "off")
    rules = {"openings": ["alarm"], "alarms": ["binary_sensor.glass"]}
    await set_rules(hass, house, PORCH, **rules)
    hass.states.async_set("binary_sensor.glass", "on")
    await call(hass, "share_now", user=owner)
    session = await watch(hub, PORCH)

    await call(hass, "stop_sharing", user=member.id)

    assert (await hub.upload_ended(session.session)).end == "reset"
    assert not is_on(hass, VIEWABLE)
    assert not is_on(hass, SHARE_NOW)
    assert is_on(hass, SHARING)
    (ended,) = await recorded(hass, "openings_ended")
    assert (ended["actor"]["user_id"], ended["label"]) == (member.id, PORCH)


async def test_to_stop_leaves_what_the_owner_lets_stand_open_unless_told_otherwise(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    await set_rules(hass, house, PORCH, openings=["always"])
    session = await watch(hub, PORCH)

    await call(hass, "stop_sharing", user=owner)
    more = hub.seen(session.session).fragments + 3
    assert (await hub.fragments(session.session, more)).ended is None
    await call(hass, "stop_sharing", user=owner, also_switch_off=True)

    assert (await hub.upload_ended(session.session)).end == "reset"
    assert not is_on(hass, SHARING)
    turned = (await recorded(hass, "switch_turned"))[-1]
    assert (turned["switch"], turned["on"]) == ("sharing", False)


async def test_what_cannot_be_found_does_not_keep_the_rest_from_closing(
    hass: HomeAssistant, owner: str
) -> None:
    await call(hass, "share_now", user=owner)

    with pytest.raises(ServiceValidationError) as unknown:
        await call(
            hass,
            "stop_sharing",
            user=owner,
            target={"entity_id": [FRONT, "camera.attic"]},
        )

    assert unknown.value.translation_key == "cameras_unknown"
    assert not is_on(hass, VIEWABLE)


async def test_closing_wins_over_an_action_that_is_still_under_way(
    hass: HomeAssistant, owner: str
) -> None:
    opening = hass.async_create_task(call(hass, "share_now", user=owner))
    await call(hass, "stop_sharing", user=owner)
    with pytest.raises(HomeAssistantError) as lost:
        await opening

    assert lost.value.translation_key == "closed_meanwhile"
    assert not is_on(hass, VIEWABLE)


async def test_a_camera_is_shared_with_every_hub_that_knows_it_or_with_the_one_named(
    hass: HomeAssistant, sheriff: ConfigEntry, owner: str
) -> None:
    await call(hass, "share_now", user=owner, hub=sheriff.entry_id)
    assert is_on(hass, SHERIFFS_VIEWABLE)
    assert not is_on(hass, VIEWABLE)

    await call(hass, "share_now", user=owner)
    assert is_on(hass, SHERIFFS_VIEWABLE)
    assert is_on(hass, VIEWABLE)
    assert [each["hub"] for each in await explain(hass, user=owner)] == [
        "Jackson Police Department",
        "Hinds County Sheriff",
    ]

    await call(hass, "stop_sharing", user=owner, hub=sheriff.entry_id)
    assert not is_on(hass, SHERIFFS_VIEWABLE)
    assert is_on(hass, VIEWABLE)


async def test_who_may_open_for_one_hub_only_opens_for_none_unless_it_is_named(
    hass: HomeAssistant, house: ConfigEntry, sheriff: ConfigEntry, member: MockUser
) -> None:
    hass.config_entries.async_update_entry(
        house, options={**house.options, "openers": [member.id]}
    )

    with pytest.raises(ServiceValidationError):
        await call(hass, "share_now", user=member.id)

    assert not is_on(hass, VIEWABLE)
    assert not is_on(hass, SHERIFFS_VIEWABLE)
    await call(hass, "share_now", user=member.id, hub=house.entry_id)
    assert is_on(hass, VIEWABLE)


async def test_a_hub_that_is_not_loaded_or_not_there_is_named(
    hass: HomeAssistant, house: ConfigEntry, owner: str
) -> None:
    assert await hass.config_entries.async_unload(house.entry_id)

    for hub in (house.entry_id, "elsewhere"):
        with pytest.raises(ServiceValidationError):
            await call(hass, "share_now", user=owner, hub=hub)
    with pytest.raises(ServiceValidationError) as refused:
        await call(hass, "share_now", user=owner)
    assert refused.value.translation_key == "cameras_not_shared"


async def test_the_owner_reads_why_a_camera_is_open_and_until_when(
    hass: HomeAssistant, owner: str
) -> None:
    await call(hass, "share_now", user=owner)

    (told,) = await explain(hass, user=owner)

    assert (told["camera"], told["label"]) == (FRONT, PORCH)
    assert (told["open"], told["reason"]) == (True, "owner")
    assert told["words"] == "It was opened for a while"
    first, second = told["windows"]
    assert told["until"] == told["next_change"] == first["end"] == second["start"]
    assert (second["open"], second["reason"]) == (False, "no_opening")
    week = datetime.fromisoformat(second["end"]) - datetime.fromisoformat(
        first["start"]
    )
    assert week == timedelta(days=7)


async def test_a_block_is_what_explains_a_camera_that_it_closes(
    hass: HomeAssistant, owner: str
) -> None:
    await call(hass, "share_now", user=owner)
    await turn_off(hass, HUB_SHARING)

    (told,) = await explain(hass, user=owner)

    assert (told["open"], told["reason"]) == (False, "hub_paused")
    (window,) = told["windows"]
    assert window["words"] == "Sharing with this hub is off"


async def test_a_moment_of_the_coming_week_can_be_asked_about_and_no_other(
    hass: HomeAssistant, owner: str
) -> None:
    await call(hass, "share_now", user=owner)
    now = dt_util.now()

    (soon,) = await explain(hass, user=owner, at=now + timedelta(minutes=14))
    (later,) = await explain(hass, user=owner, at=now + timedelta(minutes=16))
    (just_now,) = await explain(hass, user=owner, at=now - timedelta(seconds=5))

    assert soon["open"]
    assert not later["open"]
    assert just_now["open"]
    for at in (now - timedelta(hours=1), now + timedelta(days=7, minutes=1)):
        with pytest.raises(ServiceValidationError) as refused:
            await explain(hass, user=owner, at=at)
        assert refused.value.translation_key == "moment_out_of_reach"


async def test_who_may_read_is_told_and_nobody_else(
    hass: HomeAssistant, hass_read_only_user: MockUser
) -> None:
    stranger = MockUser(name="Guest").add_to_hass(hass)
    stranger.mock_policy({})

    assert await explain(hass, user=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await explain(hass, user=stranger.id)


@pytest.fixture
def phone(hass: HomeAssistant, house: ConfigEntry) -> list[ServiceCall]:
    """What the owner's phone is told."""
    register_phone(hass, "Alex", "Apple")
    hass.config_entries.async_update_entry(
        house, options={**house.options, "notify": [ALEX]}
    )
    return async_mock_service(hass, "notify", "mobile_app_alex")


@pytest.fixture
async def asked_for(hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry) -> str:
    """A porch whose owner wants to be asked, as the hub knows it."""
    await set_rules(hass, house, PORCH, openings=["approval"])
    return await may_be_asked(hub, PORCH)


async def ask(
    hass: HomeAssistant, hub: ReferenceHub, camera: str, phone: Sequence[ServiceCall]
) -> tuple[str, str]:
    """Let Officer R. Lee ask; give the request, and what the phone answers to allow it."""
    request, _ = await hub.ask_to_watch(camera, viewer=LEE)
    await hass.async_block_till_done()
    _once, allow, _refuse = phone[-1].data["data"]["actions"]
    return request, allow["action"]


def press(hass: HomeAssistant, action: str, owner: str) -> None:
    """Answer as a phone does."""
    hass.bus.async_fire(
        "mobile_app_notification_action",
        {"action": action},
        context=Context(user_id=owner),
    )


async def test_closing_wins_over_an_answer_that_is_still_under_way(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
) -> None:
    _, allow = await ask(hass, hub, asked_for, phone)

    press(hass, allow, owner)
    await call(hass, "stop_sharing", user=owner)
    await hass.async_block_till_done()

    (told,) = await explain(hass, user=owner)
    assert told["allowed"] == {}
    refused = await hub.open_session(asked_for, officer="Officer R. Lee")
    assert isinstance(refused, Refused)


async def test_whom_an_answer_lets_in_is_named_though_nobody_else_may(
    hass: HomeAssistant,
    hub: ReferenceHub,
    asked_for: str,
    owner: str,
    phone: list[ServiceCall],
) -> None:
    request, allow = await ask(hass, hub, asked_for, phone)
    press(hass, allow, owner)
    assert await hub.decided(request)

    (told,) = await explain(hass, user=owner)

    assert not told["open"]
    assert list(told["allowed"]) == ["Officer R. Lee, Jackson PD"]
    later = dt_util.utcnow() + timedelta(minutes=16)
    assert (await explain(hass, user=owner, at=later))[0]["allowed"] == {}
    opened = await hub.open_session(asked_for, officer="Officer R. Lee")
    assert isinstance(opened, Opened)
    await call(hass, "stop_sharing", user=owner)
    (told,) = await explain(hass, user=owner)
    assert told["allowed"] == {}
    refused = await hub.open_session(asked_for, officer="Officer R. Lee")
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("action", ["explain", "share_now"])
async def test_an_action_that_is_about_nothing_says_so(
    hass: HomeAssistant, house: ConfigEntry, owner: str, action: str
) -> None:
    with pytest.raises(ServiceValidationError) as about_nothing:
        await hass.services.async_call(
            "latchstring",
            action,
            blocking=True,
            context=Context(user_id=owner),
            return_response=action == "explain",
        )

    assert about_nothing.value.translation_key == "no_target"


async def test_stopping_without_a_target_stops_everything(
    hass: HomeAssistant, house: ConfigEntry, owner: str
) -> None:
    await call(hass, "share_now", user=owner, target={"entity_id": "all"})

    await hass.services.async_call(
        "latchstring", "stop_sharing", blocking=True, context=Context(user_id=owner)
    )

    opened = house.runtime_data.openings
    assert not any(opened.of(share_id).owner for share_id in house.subentries)
