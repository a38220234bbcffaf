"""Only permitted people open; whoever may control the switch may close."""

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_AREA_ID, SERVICE_TURN_ON
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from tests.ha.gate.test_requests import ask
from tests.ha.watching import (
    HUB_SHARING,
    SHARING,
    VIEWABLE,
    is_on,
    recorded,
    text_of,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import ReferenceHub, Viewer

pytestmark = pytest.mark.usefixtures("entry")

DOE = Viewer(officer="Officer J. Doe", purpose="welfare-check", case="A-1")


def let_open(hass: HomeAssistant, entry: ConfigEntry, **options: object) -> None:
    """Change who may open, as the options dialog does."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, **options})


@pytest.mark.parametrize("switch", [SHARING, HUB_SHARING])
async def test_a_user_who_may_not_open_opens_nothing(
    hass: HomeAssistant, member: MockUser, switch: str
) -> None:
    await turn_off(hass, switch)
    before = await recorded(hass, "switch_turned")

    with pytest.raises(ServiceValidationError) as refused:
        await turn_on(hass, switch, user=member.id)

    assert refused.value.translation_key == "may_not_open_user"
    assert not is_on(hass, switch)
    assert not is_on(hass, VIEWABLE)
    assert await recorded(hass, "switch_turned") == before


async def test_a_user_whom_the_owner_names_may_open(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, member: MockUser
) -> None:
    let_open(hass, entry, openers=[member.id])

    await turn_on(hass, user=member.id)

    assert is_on(hass, VIEWABLE)
    await watch(hub)
    (turned,) = await recorded(hass, "switch_turned")
    assert turned["actor"] == {"kind": "user", "name": "Sam", "user_id": member.id}


async def test_a_user_who_may_not_control_the_entity_is_refused_by_home_assistant(
    hass: HomeAssistant, entry: ConfigEntry, hass_read_only_user: MockUser
) -> None:
    let_open(hass, entry, openers=[hass_read_only_user.id])

    with pytest.raises(Unauthorized):
        await turn_on(hass, user=hass_read_only_user.id)

    assert not is_on(hass, SHARING)


async def test_a_user_that_was_deactivated_opens_nothing(
    hass: HomeAssistant, entry: ConfigEntry, member: MockUser
) -> None:
    let_open(hass, entry, openers=[member.id])
    member.is_active = False

    with pytest.raises(ServiceValidationError):
        await turn_on(hass, user=member.id)

    assert not is_on(hass, SHARING)


async def test_automations_open_only_while_the_owner_lets_them(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await turn_on(hass, user=None)
    assert refused.value.translation_key == "may_not_open_automation"
    assert not is_on(hass, VIEWABLE)

    let_open(hass, entry, automations_may_open=True)
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": {"trigger": "event", "event_type": "burglary"},
                "actions": {
                    "action": "switch.turn_on",
                    "target": {"entity_id": SHARING},
                },
            }
        },
    )
    hass.bus.async_fire("burglary")
    await hass.async_block_till_done()

    await watch(hub)
    (turned,) = await recorded(hass, "switch_turned")
    assert turned["actor"]["kind"] == "automation"
    let_open(hass, entry, automations_may_open=False)
    await turn_off(hass)
    hass.bus.async_fire("burglary")
    await hass.async_block_till_done()
    assert not is_on(hass, SHARING)


async def test_whom_home_assistant_made_for_itself_is_no_person(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    cloud = await hass.auth.async_create_system_user(
        "Home Assistant Cloud", group_ids=[GROUP_ID_ADMIN]
    )

    with pytest.raises(ServiceValidationError) as refused:
        await turn_on(hass, user=cloud.id)
    assert refused.value.translation_key == "may_not_open_automation"
    assert not is_on(hass, SHARING)

    let_open(hass, entry, automations_may_open=True)
    await turn_on(hass, user=cloud.id)
    assert is_on(hass, SHARING)
    (turned,) = await recorded(hass, "switch_turned")
    assert turned["actor"]["kind"] == "automation"


async def test_an_area_as_target_reaches_no_sharing_switch(
    hass: HomeAssistant, owner: str
) -> None:
    area = ar.async_get(hass).async_create("Outside")
    switch = er.async_get(hass).async_get(SHARING)
    assert switch is not None
    assert switch.device_id is not None
    dr.async_get(hass).async_update_device(switch.device_id, area_id=area.id)

    await hass.services.async_call(
        "switch",
        SERVICE_TURN_ON,
        {ATTR_AREA_ID: area.id},
        blocking=True,
        context=Context(user_id=owner),
    )

    assert not is_on(hass, SHARING)


@pytest.mark.parametrize("assistant", ["conversation", "cloud.alexa"])
async def test_voice_assistants_are_not_offered_the_switches(
    hass: HomeAssistant, assistant: str
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})

    assert not async_should_expose(hass, assistant, SHARING)
    assert not async_should_expose(hass, assistant, HUB_SHARING)


@pytest.mark.parametrize("switch", [SHARING, HUB_SHARING])
async def test_whoever_controls_a_switch_closes_it_also_with_the_hub_offline(
    hass: HomeAssistant,
    hub: ReferenceHub,
    owner: str,
    member: MockUser,
    switch: str,
) -> None:
    await turn_on(hass, user=owner)
    opened = await watch(hub)
    await hub.stop()

    await turn_off(hass, switch, user=member.id)

    assert not is_on(hass, switch)
    assert not is_on(hass, VIEWABLE)
    assert text_of(hass, switch) == "off"
    await hass.async_block_till_done()
    ended = await recorded(hass, "session_ended")
    assert [each["session"] for each in ended] == [opened.session]


async def test_every_switch_stays_within_reach_while_the_hub_is_offline(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    await hub.stop()

    await turn_on(hass, user=owner)
    assert is_on(hass, SHARING)
    await turn_off(hass, user=owner)
    assert not is_on(hass, SHARING)


async def test_closing_wins_over_an_opening_that_is_still_under_way(
    hass: HomeAssistant, owner: str
) -> None:
    opening = hass.async_create_task(turn_on(hass, user=owner))
    await turn_off(hass, user=owner)
    with pytest.raises(HomeAssistantError) as lost:
        await opening

    assert lost.value.translation_key == "closed_meanwhile"
    assert not is_on(hass, SHARING)
    assert not is_on(hass, VIEWABLE)


async def automations(hass: HomeAssistant, *actions: str) -> None:
    """Write an automation for each: it never does this by itself, and is run only by hand."""
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": [
                {
                    "alias": f"Automation {number}",
                    "triggers": {"trigger": "event", "event_type": "burglary"},
                    "conditions": "{{ false }}",
                    "actions": {"action": action, "target": {"entity_id": target}},
                }
                for number, (action, target) in enumerate(
                    each.split() for each in actions
                )
            ]
        },
    )


async def run_by_hand(
    hass: HomeAssistant, user: str | None, automation: str = "automation.automation_0"
) -> None:
    """Press "Run actions" on an automation."""
    await hass.services.async_call(
        "automation",
        "trigger",
        {"entity_id": automation},
        blocking=True,
        context=Context(user_id=user),
    )
    await hass.async_block_till_done()


async def test_who_runs_an_automation_by_hand_opens_by_their_own_right(
    hass: HomeAssistant, entry: ConfigEntry, member: MockUser
) -> None:
    let_open(hass, entry, automations_may_open=True)
    await automations(hass, f"switch.turn_on {SHARING}")

    await run_by_hand(hass, member.id)
    assert not is_on(hass, SHARING)

    let_open(hass, entry, openers=[member.id], automations_may_open=False)
    await run_by_hand(hass, member.id)
    assert is_on(hass, SHARING)
    (turned,) = await recorded(hass, "switch_turned")
    assert turned["actor"] == {"kind": "user", "name": "Sam", "user_id": member.id}


async def test_who_runs_an_automation_by_hand_answers_by_their_own_right(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    asked_for: str,
    hass_read_only_user: MockUser,
) -> None:
    """They may open, and may run the automation; but the camera's sharing is not theirs to control."""
    user = hass_read_only_user
    let_open(hass, entry, openers=[user.id], automations_may_open=True)
    request = await ask(hass, hub, asked_for, DOE)
    lets_in = {"action": "latchstring.allow_request", "data": {"request": request}}
    automation = {
        "alias": "Automation 0",
        "triggers": {"trigger": "event", "event_type": "burglary"},
        "actions": lets_in,
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    may_run = {"automation.automation_0": True}

    user.mock_policy({"entities": {"entity_ids": may_run}})
    await run_by_hand(hass, user.id)
    assert not await recorded(hass, "request_answered")

    user.mock_policy({"entities": {"entity_ids": {**may_run, SHARING: True}}})
    await run_by_hand(hass, user.id)
    (answered,) = await recorded(hass, "request_answered")
    assert answered["actor"]["user_id"] == user.id


async def test_who_runs_what_runs_an_automation_opens_by_their_own_right(
    hass: HomeAssistant, entry: ConfigEntry, member: MockUser
) -> None:
    """However many of them run one another, and though a script stands in between."""
    let_open(hass, entry, automations_may_open=True)
    runs = {
        "action": "automation.trigger",
        "target": {"entity_id": "automation.automation_1"},
    }
    script = {"script": {"run": {"sequence": [runs]}}}
    assert await async_setup_component(hass, "script", script)
    await automations(hass, "script.turn_on script.run", f"switch.turn_on {SHARING}")

    await run_by_hand(hass, member.id)

    assert not is_on(hass, SHARING)
    await run_by_hand(hass, None)
    assert is_on(hass, SHARING)
    (turned,) = await recorded(hass, "switch_turned")
    assert turned["actor"]["kind"] == "automation"


async def test_who_runs_an_automation_by_hand_closes_whoever_they_are(
    hass: HomeAssistant, owner: str, member: MockUser
) -> None:
    await turn_on(hass, user=owner)
    await automations(hass, f"switch.turn_off {SHARING}")

    await run_by_hand(hass, member.id)

    assert not is_on(hass, SHARING)
    turned = (await recorded(hass, "switch_turned"))[-1]
    assert turned["actor"] == {"kind": "user", "name": "Sam", "user_id": member.id}


async def test_what_somebody_sets_going_is_still_done_by_the_automation(
    hass: HomeAssistant, entry: ConfigEntry, member: MockUser
) -> None:
    """Whoever wrote the automation has said what it goes by; so says the option, too."""
    let_open(hass, entry, automations_may_open=True)
    helper = {"input_boolean": {"evening": {"initial": False}}}
    assert await async_setup_component(hass, "input_boolean", helper)
    opens = {"action": "switch.turn_on", "target": {"entity_id": SHARING}}
    trigger = {"trigger": "state", "entity_id": "input_boolean.evening", "to": "on"}
    automation = {"triggers": trigger, "actions": opens}
    assert await async_setup_component(hass, "automation", {"automation": automation})

    await hass.services.async_call(
        "input_boolean",
        "turn_on",
        {"entity_id": "input_boolean.evening"},
        blocking=True,
        context=Context(user_id=member.id),
    )
    await hass.async_block_till_done()

    assert is_on(hass, SHARING)
    (turned,) = await recorded(hass, "switch_turned")
    assert turned["actor"]["kind"] == "automation"
