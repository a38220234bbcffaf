"""Sharing now: a camera, or by the panic button all of them, for a while that ends by itself."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import persistent_notification
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.components.persistent_notification import Notification, UpdateType
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_AREA_ID, SERVICE_TURN_ON
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.data_entry_flow import InvalidData
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import area_registry as ar, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from tests.cameras import Cameras
from tests.ha.front_door import PEOPLE, open_dialog, pair, submit
from tests.ha.rules.house import PORCH, YARD, set_rules
from tests.ha.two_cameras import (
    YARD_SHARE_NOW,
    YARD_SHARING,
    alarm,
    alarms,
    minutes_pass,
    two_cameras,
)
from tests.ha.watching import (
    HUB_SHARING,
    SHARE_ALL,
    SHARE_NOW,
    SHARING,
    VIEWABLE,
    is_on,
    opened,
    recorded,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import ReferenceHub, Refused


@pytest.fixture
async def porch(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> ConfigEntry:
    """A porch that opens only when somebody shares it now."""
    await set_rules(hass, entry, PORCH, openings=[])
    await turn_on(hass, SHARING, user=owner)
    await hub.camera_is("closed", PORCH)
    return entry


@pytest.fixture
async def house(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> ConfigEntry:
    """A porch and a yard that open only when somebody shares them now."""
    return await two_cameras(hass, hub, served, owner)


@pytest.fixture
def shown(hass: HomeAssistant) -> dict[str, Notification]:
    """The notifications that Home Assistant shows."""
    shown: dict[str, Notification] = {}

    @callback
    def note(update: UpdateType, notifications: Mapping[str, Notification]) -> None:
        for notification_id, notification in notifications.items():
            if update is UpdateType.REMOVED:
                shown.pop(notification_id)
            else:
                shown[notification_id] = notification

    persistent_notification.async_register_callback(hass, note)
    return shown


def viewable(hass: HomeAssistant) -> Mapping[str, Any]:
    """What the owner reads of the porch: why it can be seen or not, and until when."""
    state = hass.states.get(VIEWABLE)
    assert state is not None
    return state.attributes


def minutes_left(hass: HomeAssistant) -> float:
    """How long the porch stays open."""
    left = viewable(hass)["until"] - datetime.now(UTC)
    return float(left / timedelta(minutes=1))


async def test_a_shared_camera_opens_and_closes_again_by_itself(
    hass: HomeAssistant, hub: ReferenceHub, porch: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_NOW, user=owner)

    assert is_on(hass, SHARE_NOW)
    assert viewable(hass)["reason"] == "owner"
    assert 14 < minutes_left(hass) <= 15
    session = await watch(hub)
    await minutes_pass(hass, 14)
    assert is_on(hass, SHARE_NOW)
    await minutes_pass(hass, 15.1)

    assert (await hub.upload_ended(session.session)).end == "reset"
    assert not is_on(hass, SHARE_NOW)
    assert not is_on(hass, VIEWABLE)
    await hub.camera_is("closed", PORCH)
    (cut,) = await recorded(hass, "session_cut")
    assert cut["how"] == "no_opening"


async def choose(hass: HomeAssistant, entry: ConfigEntry, minutes: float) -> None:
    """Choose in the hub's options how long sharing now lasts."""
    options = hass.config_entries.options
    step = await open_dialog(options, entry.entry_id, None, ["options"])
    answers = {**PEOPLE, "share_now_minutes": minutes}
    await submit(hass, options, step, answers, ["options"])


@pytest.mark.parametrize("minutes", [1, 60])
async def test_the_owner_chooses_how_long_it_lasts(
    hass: HomeAssistant, porch: ConfigEntry, owner: str, minutes: int
) -> None:
    await choose(hass, porch, minutes)

    await turn_on(hass, SHARE_NOW, user=owner)

    assert minutes - 1 < minutes_left(hass) <= minutes


@pytest.mark.parametrize("minutes", [0, 61])
async def test_it_lasts_an_hour_at_most_and_a_minute_at_least(
    hass: HomeAssistant, porch: ConfigEntry, minutes: int
) -> None:
    with pytest.raises(InvalidData):
        await choose(hass, porch, minutes)


async def test_turning_it_off_cuts_at_once_and_is_open_to_whoever_controls_the_switch(
    hass: HomeAssistant,
    hub: ReferenceHub,
    porch: ConfigEntry,
    owner: str,
    member: MockUser,
) -> None:
    await turn_on(hass, SHARE_NOW, user=owner)
    session = await watch(hub)

    with pytest.raises(ServiceValidationError) as refused:
        await turn_on(hass, SHARE_NOW, user=member.id)
    await turn_off(hass, SHARE_NOW, user=member.id)

    assert refused.value.translation_key == "may_not_open_user"
    assert (await hub.upload_ended(session.session)).end == "reset"
    assert not is_on(hass, SHARE_NOW)
    assert [
        (turned["on"], turned["actor"]["user_id"], turned["label"])
        for turned in await recorded(hass, "switch_turned")
        if turned["switch"] == "share_now"
    ] == [(True, owner, PORCH), (False, member.id, PORCH)]


async def test_automations_share_only_while_the_owner_lets_them(
    hass: HomeAssistant, porch: ConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await turn_on(hass, SHARE_NOW, user=None)

    assert refused.value.translation_key == "may_not_open_automation"
    assert not is_on(hass, VIEWABLE)


async def test_the_record_says_who_opens_before_it_says_that_it_is_open(
    hass: HomeAssistant, porch: ConfigEntry, owner: str
) -> None:
    before = len(await recorded(hass))

    await turn_on(hass, SHARE_NOW, user=owner)
    await turn_off(hass, SHARE_NOW, user=owner)

    entries = (await recorded(hass))[before:]
    assert [each["kind"] for each in entries] == [
        "switch_turned",
        "opened",
        "closed",
        "switch_turned",
    ]
    assert entries[1]["reason"] == "owner"


@pytest.mark.parametrize("switch", [SHARE_NOW, SHARE_ALL])
async def test_neither_a_place_as_target_nor_a_voice_assistant_shares(
    hass: HomeAssistant, porch: ConfigEntry, owner: str, switch: str
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    area = ar.async_get(hass).async_create("Outside")
    er.async_get(hass).async_update_entity(switch, area_id=area.id)

    await hass.services.async_call(
        "switch",
        SERVICE_TURN_ON,
        {ATTR_AREA_ID: area.id},
        blocking=True,
        context=Context(user_id=owner),
    )

    assert not is_on(hass, switch)
    assert not async_should_expose(hass, "conversation", switch)


async def test_closing_wins_over_sharing_that_is_still_under_way(
    hass: HomeAssistant, porch: ConfigEntry, owner: str
) -> None:
    opening = hass.async_create_task(turn_on(hass, SHARE_NOW, user=owner))
    await turn_off(hass, SHARE_NOW)
    with pytest.raises(HomeAssistantError) as lost:
        await opening

    assert lost.value.translation_key == "closed_meanwhile"
    assert not is_on(hass, SHARE_NOW)
    assert not is_on(hass, VIEWABLE)


async def test_a_blocked_camera_is_not_shared_and_its_owner_reads_why(
    hass: HomeAssistant, porch: ConfigEntry, owner: str
) -> None:
    await turn_off(hass, HUB_SHARING)

    with pytest.raises(ServiceValidationError) as blocked:
        await turn_on(hass, SHARE_NOW, user=owner)

    assert blocked.value.translation_key == "cameras_blocked"
    assert blocked.value.translation_placeholders == {
        "cameras": "Front door: Sharing with this hub is off"
    }
    assert not is_on(hass, SHARE_NOW)
    await turn_on(hass, HUB_SHARING, user=owner)
    assert not is_on(hass, VIEWABLE)
    assert not [
        turned
        for turned in await recorded(hass, "switch_turned")
        if turned["switch"] == "share_now"
    ]


async def test_a_block_closes_what_is_shared_now_and_leaves_the_rest_of_its_time(
    hass: HomeAssistant, hub: ReferenceHub, porch: ConfigEntry, owner: str
) -> None:
    hass.states.async_set("input_boolean.guests", "off")
    never = [{"entity": "input_boolean.guests", "clear": ["off"]}]
    await set_rules(hass, porch, PORCH, never=never)
    await turn_on(hass, SHARE_NOW, user=owner)
    until = viewable(hass)["until"]
    camera = await hub.camera_is("ask", PORCH)

    hass.states.async_set("input_boolean.guests", "on")
    await hass.async_block_till_done()
    assert viewable(hass)["reason"] == "never"
    assert isinstance(await hub.open_session(camera["camera"]), Refused)
    with pytest.raises(ServiceValidationError):
        await turn_on(hass, SHARE_NOW, user=owner)
    hass.states.async_set("input_boolean.guests", "off")
    await hass.async_block_till_done()

    assert viewable(hass)["reason"] == "owner"
    assert viewable(hass)["until"] == until


async def test_turned_on_again_it_begins_anew(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, porch: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_NOW, user=owner)
    freezer.tick(timedelta(minutes=10))

    await turn_on(hass, SHARE_NOW, user=owner)

    assert minutes_left(hass) == 15
    assert (await recorded(hass, "switch_turned"))[-1]["on"]


async def test_a_reload_ends_it(
    hass: HomeAssistant, hub: ReferenceHub, porch: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_NOW, user=owner)
    await turn_on(hass, SHARE_ALL, user=owner)
    session = await watch(hub)

    assert await hass.config_entries.async_reload(porch.entry_id)
    await hass.async_block_till_done()

    assert (await hub.upload_ended(session.session)).end == "reset"
    assert is_on(hass, SHARING)
    assert not is_on(hass, SHARE_NOW)
    assert not is_on(hass, SHARE_ALL)
    assert viewable(hass)["reason"] == "no_opening"


async def test_taking_the_switch_away_takes_with_it_what_it_opened(
    hass: HomeAssistant, hub: ReferenceHub, porch: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_NOW, user=owner)
    session = await watch(hub)

    er.async_get(hass).async_update_entity(
        SHARE_NOW, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()

    assert (await hub.upload_ended(session.session)).end == "reset"
    assert not is_on(hass, VIEWABLE)


async def test_the_panic_button_opens_every_camera_and_tells_the_hub_until_it_is_over(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_ALL, user=owner)

    began = await alarm(hub, "began")
    listed = {camera["camera"] for camera in hub.cameras()}
    assert set(began["cameras"]) == listed
    assert len(listed) == 2
    assert is_on(hass, SHARE_ALL)
    assert is_on(hass, SHARE_NOW)
    assert is_on(hass, YARD_SHARE_NOW)
    first = await watch(hub, PORCH)
    second = await watch(hub, YARD, officer="Officer R. Lee")
    await turn_off(hass, SHARE_ALL)

    for session in (first, second):
        assert (await hub.upload_ended(session.session)).end == "reset"
    ended = await alarm(hub, "ended")
    assert (ended["alarm"], ended["cameras"]) == (began["alarm"], began["cameras"])
    assert not is_on(hass, SHARE_ALL)
    assert not is_on(hass, SHARE_NOW)
    assert len(alarms(hub)) == 2
    assert [
        (turned["on"], turned["camera"])
        for turned in await recorded(hass, "switch_turned")
        if turned["switch"] == "share_all"
    ] == [(True, None), (False, None)]
    assert not hub.faults


async def test_the_panic_button_turns_itself_off(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_ALL, user=owner)
    await alarm(hub, "began")

    await minutes_pass(hass, 15.1)

    assert not is_on(hass, SHARE_ALL)
    assert not is_on(hass, SHARE_NOW)


async def test_a_camera_shared_anew_by_hand_stays_part_of_the_alarm(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_ALL, user=owner)
    await turn_off(hass, YARD_SHARE_NOW)
    await turn_on(hass, SHARE_NOW, user=owner)

    assert is_on(hass, SHARE_ALL)
    await turn_off(hass, SHARE_NOW)
    await alarm(hub, "ended")
    await turn_on(hass, SHARE_NOW, user=owner)
    assert not is_on(hass, SHARE_ALL)
    await hub.camera_is("open", PORCH)
    assert len(alarms(hub)) == 2


async def test_pressed_twice_it_is_one_alarm(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_ALL, user=owner)
    await turn_on(hass, SHARE_ALL, user=owner)
    await turn_off(hass, YARD_SHARE_NOW)
    assert is_on(hass, SHARE_ALL)
    await turn_off(hass, SHARE_NOW)
    assert not is_on(hass, SHARE_ALL)

    await alarm(hub, "ended")
    assert [each["state"] for each in alarms(hub)] == ["began", "ended"]


async def test_what_is_shared_by_hand_is_no_alarm(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_NOW, user=owner)
    await opened(hub, PORCH)
    assert not is_on(hass, SHARE_ALL)
    await turn_on(hass, SHARE_ALL, user=owner)

    assert len((await alarm(hub, "began"))["cameras"]) == 2
    assert len(alarms(hub)) == 1


async def test_the_panic_button_opens_what_it_can_and_names_the_rest(
    hass: HomeAssistant,
    hub: ReferenceHub,
    house: ConfigEntry,
    owner: str,
    shown: dict[str, Notification],
) -> None:
    await turn_off(hass, YARD_SHARING)

    await turn_on(hass, SHARE_ALL, user=owner)

    began = await alarm(hub, "began")
    front_door = await hub.camera_is("open", PORCH)
    assert began["cameras"] == [front_door["camera"]]
    await hub.camera_is("closed", YARD)
    assert not is_on(hass, YARD_SHARE_NOW)
    (notification,) = shown.values()
    assert "stay closed: 1." in notification["message"]
    for name in ("Back yard", "Yard", "Jackson"):  # guests read it too
        assert name not in f"{notification}"
    await turn_off(hass, SHARE_ALL, user=owner)
    assert not shown
    await turn_on(hass, SHARE_ALL, user=owner)
    assert shown
    await turn_on(hass, YARD_SHARING, user=owner)
    await turn_on(hass, SHARE_ALL, user=owner)
    assert is_on(hass, YARD_SHARE_NOW)
    assert not shown
    assert (await alarm(hub, "began", 3))["alarm"] != began["alarm"]


async def test_the_panic_button_fails_where_it_can_open_nothing(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    await turn_off(hass, HUB_SHARING)

    with pytest.raises(ServiceValidationError) as blocked:
        await turn_on(hass, SHARE_ALL, user=owner)

    assert blocked.value.translation_key == "cameras_blocked"
    assert not is_on(hass, SHARE_ALL)
    assert alarms(hub) == []


async def test_the_panic_button_of_a_hub_without_cameras_says_so(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    await pair(hass, hub.invitation())

    with pytest.raises(ServiceValidationError) as nothing:
        await turn_on(hass, SHARE_ALL, user=owner)

    assert nothing.value.translation_key == "no_camera_listed"


@pytest.mark.parametrize("guests", ["off", "on"])
async def test_a_camera_with_a_never_rule_is_never_named_in_an_alarm(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str, guests: str
) -> None:
    hass.states.async_set("input_boolean.guests", guests)
    never = [{"entity": "input_boolean.guests", "clear": ["off"]}]
    await set_rules(hass, house, YARD, never=never)

    await turn_on(hass, SHARE_ALL, user=owner)

    front_door = await hub.camera_is("open", PORCH)
    assert (await alarm(hub, "began"))["cameras"] == [front_door["camera"]]
    assert is_on(hass, YARD_SHARE_NOW) == (guests == "off")
    await turn_off(hass, SHARE_NOW)
    await alarm(hub, "ended")
    assert len(alarms(hub)) == 2


@pytest.mark.parametrize("guests", ["off", "on"])
async def test_whoever_chose_that_has_the_hub_alerted_despite_a_never_rule(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str, guests: str
) -> None:
    """While the rule lets it open; so the hub can tell from an alarm whether it does, as the dialog says."""
    hass.states.async_set("input_boolean.guests", guests)
    never = [{"entity": "input_boolean.guests", "clear": ["off"]}]
    await set_rules(hass, house, YARD, never=never, alerts_anyway=True)

    await turn_on(hass, SHARE_ALL, user=owner)

    front_door = await hub.camera_is("open", PORCH)
    yard = await hub.camera_is("ask", YARD)
    named = [front_door["camera"]] + [yard["camera"]] * (guests == "off")
    began = await alarm(hub, "began")
    assert sorted(began["cameras"]) == sorted(named)
    assert began.keys() == {"alarm", "state", "at", "cameras"}


async def test_an_alarm_of_cameras_with_never_rules_alone_says_nothing(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    hass.states.async_set("input_boolean.guests", "off")
    never = [{"entity": "input_boolean.guests", "clear": ["off"]}]
    for label in (PORCH, YARD):
        await set_rules(hass, house, label, never=never)
    await turn_on(hass, SHARE_ALL, user=owner)
    await turn_off(hass, SHARE_ALL)
    await set_rules(hass, house, PORCH, never=[])

    await turn_on(hass, SHARE_ALL, user=owner)

    await alarm(hub, "began")
    assert len(alarms(hub)) == 1


async def test_an_alarm_that_opens_two_cameras_is_told_as_one(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry
) -> None:
    hass.states.async_set("alarm_control_panel.home", "armed_away")
    for label in (PORCH, YARD):
        alarms_it = {"openings": ["alarm"], "alarms": ["alarm_control_panel.home"]}
        await set_rules(hass, house, label, **alarms_it)

    hass.states.async_set("alarm_control_panel.home", "triggered")
    began = await alarm(hub, "began")
    hass.states.async_set("alarm_control_panel.home", "disarmed")
    ended = await alarm(hub, "ended")

    assert len(began["cameras"]) == 2
    assert ended["alarm"] == began["alarm"]
    assert [each["state"] for each in alarms(hub)] == ["began", "ended"]
    assert not is_on(hass, SHARE_ALL)


async def test_an_alarm_names_a_camera_only_while_it_can_be_seen(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    hass.states.async_set("binary_sensor.glass", "off")
    on_alarm = {"openings": ["alarm"], "alarms": ["binary_sensor.glass"]}
    for label in (PORCH, YARD):
        await set_rules(hass, house, label, **on_alarm)
    await turn_off(hass, YARD_SHARING)

    hass.states.async_set("binary_sensor.glass", "on")
    front_door = await hub.camera_is("open", PORCH)
    assert (await alarm(hub, "began"))["cameras"] == [front_door["camera"]]
    await turn_on(hass, YARD_SHARING, user=owner)

    back_yard = await hub.camera_is("open", YARD)
    assert (await alarm(hub, "began", 2))["cameras"] == [back_yard["camera"]]


async def test_a_hub_that_comes_back_is_told_of_an_alarm_that_goes_on(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_ALL, user=owner)
    began = await alarm(hub, "began")

    await hub.disconnect()

    assert await alarm(hub, "began", 2) == began
    await turn_off(hass, SHARE_ALL)
    await alarm(hub, "ended")


async def test_a_reload_ends_the_alarm_for_the_hub_too(
    hass: HomeAssistant, hub: ReferenceHub, house: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, SHARE_ALL, user=owner)
    began = await alarm(hub, "began")

    assert await hass.config_entries.async_reload(house.entry_id)

    assert (await alarm(hub, "ended"))["alarm"] == began["alarm"]
    await hub.home_connected()
    assert len(alarms(hub)) == 2
