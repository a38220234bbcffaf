"""Who may not open opens nothing either by turning by hand what a rule names; who may does, and a device does."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.alarm_control_panel.const import DOMAIN as PANEL
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.latchstring.tracking.causes import MOST_CONTEXTS
from tests.ha.front_door import pair
from tests.ha.watching import text_of, turn_on
from tests.reference_hub import Authority, Options, ReferenceHub

from . import entities
from .house import PORCH, YARD, House
from .test_explain import explained

GUESTS = "input_boolean.guests"
DOOR = "binary_sensor.door"
WINDOW = "binary_sensor.window"
PANEL_ID = "alarm_control_panel.house"
ALARM = {"openings": ["alarm"], "alarm_minutes": 5}


async def user(hass: HomeAssistant, name: str = "Sam", *, group: str = "users") -> str:
    """Add somebody to the household, as its owner does; give their id."""
    added = await hass.auth.async_create_user(name, group_ids=[f"system-{group}"])
    return added.id


async def turned(
    house: House, who: str | None, service: str, entity_id: str = GUESTS
) -> None:
    """Let somebody (None: nobody whom Home Assistant knows) turn something."""
    await house.hass.services.async_call(
        entity_id.partition(".")[0],
        service,
        {"entity_id": entity_id},
        blocking=True,
        context=Context(user_id=who),
    )
    await house.hass.async_block_till_done()


def say_by_hand(house: House, who: str, entity_id: str, state: str) -> None:
    """Let an entity say something because somebody turned it."""
    house.hass.states.async_set(entity_id, state, context=Context(user_id=who))


@pytest.fixture
async def sam(house: House) -> str:
    """A member who may not open."""
    return await user(house.hass)


@pytest.fixture
async def guests(house: House) -> str:
    """A helper that is on; the porch never opens while it is."""
    config = {"input_boolean": {"guests": {"initial": True}}}
    assert await async_setup_component(house.hass, "input_boolean", config)
    never = [{"entity": GUESTS, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    return GUESTS


@pytest.mark.usefixtures("guests")
async def test_what_a_member_clears_by_hand_is_not_clear(
    house: House, sam: str
) -> None:
    await turned(house, sam, "turn_off")

    assert text_of(house.hass, GUESTS) == STATE_OFF
    assert house.why() == "never"
    assert (await explained(house))["never_while"] == [GUESTS]
    assert await house.refuses()

    await turned(house, house.owner, "turn_on")
    await turned(house, house.owner, "turn_off")
    await house.watch()


@pytest.mark.usefixtures("guests")
@pytest.mark.parametrize("who", ["owner", None])
async def test_what_an_administrator_or_a_device_clears_is_clear(
    house: House, who: str | None
) -> None:
    await turned(house, who and house.owner, "turn_off")

    await house.watch()


@pytest.mark.usefixtures("guests")
async def test_whoever_turns_it_closes_at_once(house: House, sam: str) -> None:
    await turned(house, None, "turn_off")
    opened = await house.watch()

    say_by_hand(house, sam, GUESTS, STATE_ON)

    assert house.entry.runtime_data.gate.sessions() == ()
    await house.was_cut(opened)


@pytest.mark.usefixtures("guests")
async def test_whoever_may_open_is_asked_now_and_not_then(
    house: House, sam: str
) -> None:
    """Named by the owner, a member opens by what they have turned; no longer named or deactivated, they do not."""
    hass, entry = house.hass, house.entry
    await turned(house, sam, "turn_off")
    assert house.why() == "never"

    def let_open(*openers: str) -> None:
        options = {**entry.options, "openers": [*openers]}
        hass.config_entries.async_update_entry(entry, options=options)

    let_open(sam)
    await hass.async_block_till_done()
    opened = await house.watch()
    let_open()
    assert entry.runtime_data.gate.sessions() == ()
    await house.was_cut(opened)

    let_open(sam)
    await hass.async_block_till_done()
    opened = await house.watch()
    them = await hass.auth.async_get_user(sam)
    assert them is not None
    await hass.auth.async_update_user(them, is_active=False)
    assert entry.runtime_data.gate.sessions() == ()
    await house.was_cut(opened)

    await hass.auth.async_update_user(them, is_active=True)
    opened = await house.watch()
    await hass.auth.async_remove_user(them)
    assert entry.runtime_data.gate.sessions() == ()
    await house.was_cut(opened)
    assert await house.refuses()


@pytest.mark.usefixtures("guests")
async def test_who_is_made_an_administrator_later_opens_from_then_on(
    house: House, sam: str
) -> None:
    await turned(house, sam, "turn_off")
    them = await house.hass.auth.async_get_user(sam)
    assert them is not None

    await house.hass.auth.async_update_user(them, group_ids=["system-admin"])

    await house.hass.async_block_till_done()
    await house.watch()


@pytest.mark.usefixtures("guests")
async def test_what_a_member_cleared_is_not_clear_after_a_reload_or_an_edit(
    house: House, sam: str
) -> None:
    await turned(house, sam, "turn_off")
    house.say(GUESTS, "unavailable")
    await house.says(GUESTS, STATE_OFF)
    assert house.why() == "never"

    await house.set_rules(YARD, alarms=[DOOR])
    assert house.why() == "never"
    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()

    assert house.why() == "never"


@pytest.mark.usefixtures("guests")
async def test_an_automation_that_a_member_runs_by_hand_is_their_hand(
    house: House, sam: str
) -> None:
    """One that starts by itself is its author's, whoever turned what it waits for."""
    clears = {"action": "input_boolean.turn_off", "target": {"entity_id": GUESTS}}
    trigger = {"trigger": "state", "entity_id": "input_boolean.bell", "to": "on"}
    await entities.automations(house.hass, {"triggers": trigger, "actions": clears})

    await turned(house, sam, "trigger", "automation.a_0")
    assert text_of(house.hass, GUESTS) == STATE_OFF
    assert house.why() == "never"

    await turned(house, None, "turn_on")
    say_by_hand(house, sam, "input_boolean.bell", STATE_OFF)
    say_by_hand(house, sam, "input_boolean.bell", STATE_ON)
    await house.hass.async_block_till_done()
    assert text_of(house.hass, GUESTS) == STATE_OFF
    assert house.why() == "always"


async def test_a_group_is_not_clear_while_a_member_of_it_was_cleared_by_who_may_not(
    house: House, sam: str
) -> None:
    house.say(DOOR, STATE_ON)
    await house.says("group.busy", STATE_ON, entity_id=[DOOR])
    never = [{"entity": "group.busy", "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)

    say_by_hand(house, sam, DOOR, STATE_OFF)
    await house.says("group.busy", STATE_OFF, entity_id=[DOOR])

    assert house.why() == "never"
    assert (await explained(house))["never_while"] == [DOOR]


async def test_a_template_that_a_member_clears_is_not_clear(
    house: House, sam: str
) -> None:
    await house.says(GUESTS, STATE_ON)
    template = await entities.template(
        house.hass, f"{{{{ is_state('{GUESTS}', 'on') }}}}"
    )
    never = [{"entity": template, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)

    say_by_hand(house, sam, GUESTS, STATE_OFF)
    await house.hass.async_block_till_done()

    assert text_of(house.hass, template) == STATE_OFF
    assert house.why() == "never"


async def test_a_timer_that_a_member_cuts_short_is_not_clear(
    house: House, sam: str
) -> None:
    config = {"timer": {"quiet": {"duration": 3600}}}
    assert await async_setup_component(house.hass, "timer", config)
    never = [{"entity": "timer.quiet", "clear": ["idle"]}]
    await house.set_rules(openings=["always"], never=never)
    await turned(house, None, "start", "timer.quiet")

    await house.hass.services.async_call(
        "timer",
        "start",
        {"entity_id": "timer.quiet", "duration": 60},
        blocking=True,
        context=Context(user_id=sam),
    )
    await house.clock.passes(minutes=1, seconds=5)

    assert text_of(house.hass, "timer.quiet") == "idle"
    assert house.why() == "never"
    await turned(house, None, "start", "timer.quiet")
    await house.clock.passes(hours=1, seconds=5)
    assert text_of(house.hass, "timer.quiet") == "idle"
    assert house.why() == "always"


async def test_a_sensor_that_a_member_turns_on_gives_no_alarm(
    house: House, sam: str
) -> None:
    await house.says(DOOR, STATE_OFF)
    await house.set_rules(alarms=[DOOR], **ALARM)

    say_by_hand(house, sam, DOOR, STATE_ON)
    await house.hass.async_block_till_done()

    assert house.why() == "no_opening"
    assert await house.refuses()
    for who in (house.owner, None):
        house.say(DOOR, STATE_OFF)
        house.hass.states.async_set(DOOR, STATE_ON, context=Context(user_id=who))
        await house.hass.async_block_till_done()
        assert house.why() == "alarm"
        await house.clock.passes(minutes=5)
        assert house.why() == "no_opening"


async def test_a_group_gives_alarms_of_devices_and_none_of_a_member(
    house: House, sam: str
) -> None:
    for each in (DOOR, WINDOW):
        await house.says(each, STATE_OFF)
    doors = await entities.group(house.hass, DOOR, WINDOW)
    await house.set_rules(alarms=[doors], **ALARM)

    say_by_hand(house, sam, DOOR, STATE_ON)
    await house.hass.async_block_till_done()
    assert text_of(house.hass, doors) == STATE_ON
    assert house.why() == "no_opening"

    await house.says(DOOR, STATE_OFF)
    await house.says(WINDOW, STATE_ON)
    assert house.why() == "alarm"


async def test_a_panel_that_goes_off_opens_whoever_set_it_off(
    house: House, sam: str
) -> None:
    manual = {"platform": "manual", "name": "House", "trigger_time": 3600}
    config = {PANEL: {**manual, "delay_time": 0, "code_arm_required": False}}
    assert await async_setup_component(house.hass, PANEL, config)
    await house.hass.async_block_till_done()
    await house.set_rules(alarms=[PANEL_ID], **ALARM)

    await turned(house, sam, "alarm_trigger", PANEL_ID)

    assert text_of(house.hass, PANEL_ID) == "triggered"
    assert house.why() == "alarm"
    await house.watch()


async def test_whoever_disarms_a_panel_closes(house: House, sam: str) -> None:
    await house.says(PANEL_ID, "armed_away")
    await house.set_rules(alarms=[PANEL_ID], **ALARM)
    await house.says(PANEL_ID, "triggered")
    opened = await house.watch()

    say_by_hand(house, sam, PANEL_ID, "disarmed")

    await house.was_cut(opened)


async def test_a_schedule_that_a_member_turns_on_opens_nothing_now(
    house: House, sam: str
) -> None:
    hours = await entities.all_day(house.hass)
    await house.set_rules(openings=["schedule"], schedule=hours)
    assert house.why() == "schedule"

    for state in (STATE_OFF, STATE_ON):
        say_by_hand(house, sam, "schedule.hours", state)
        await house.hass.async_block_till_done()
    assert house.why() == "no_opening"

    for state in (STATE_OFF, STATE_ON):
        await house.says("schedule.hours", state)
    assert house.why() == "schedule"


async def test_what_an_add_on_turns_is_turned_by_nobody(house: House) -> None:
    """Home Assistant made a user for it; it acts as automations do."""
    add_on = await house.hass.auth.async_create_system_user("Supervisor")
    await house.says(DOOR, STATE_OFF)
    await house.set_rules(alarms=[DOOR], **ALARM)

    say_by_hand(house, add_on.id, DOOR, STATE_ON)
    await house.hass.async_block_till_done()

    assert house.why() == "alarm"


async def test_who_is_known_to_nobody_opens_nothing(house: House) -> None:
    await house.says(DOOR, STATE_OFF)
    await house.set_rules(alarms=[DOOR], **ALARM)

    say_by_hand(house, "0" * 32, DOOR, STATE_ON)
    await house.hass.async_block_till_done()

    assert house.why() == "no_opening"


async def test_who_may_open_to_one_hub_opens_to_no_other(
    house: House, sam: str, authority: Authority
) -> None:
    """Each hub has its own openers; what Sam has turned counts for one of them."""
    hass = house.hass
    async with ReferenceHub(authority, options=Options(keep_media=True)) as hub:
        entry = await pair(hass, hub.invitation(), labels={"camera.porch": PORCH})
        await hub.home_connected()
        await hub.home_admits()
        other = House(
            hass=hass, hub=hub, entry=entry, clock=house.clock, owner=house.owner
        )
        await turn_on(hass, other.entity("sharing"), user=house.owner)
        openers = {**entry.options, "openers": [sam]}
        hass.config_entries.async_update_entry(entry, options=openers)
        await house.says(DOOR, STATE_OFF)
        await house.says(GUESTS, STATE_ON)
        never = [{"entity": GUESTS, "clear": ["off"]}]
        for each in (house, other):
            await each.set_rules(never=never, alarms=[DOOR], **ALARM)

        for entity_id, state in ((GUESTS, STATE_OFF), (DOOR, STATE_ON)):
            say_by_hand(house, sam, entity_id, state)
        await hass.async_block_till_done()

        assert (house.why(), other.why()) == ("never", "alarm")
        assert await house.refuses()
        await other.watch()
        for state in (STATE_ON, STATE_OFF):
            await house.says(GUESTS, state)
        assert (house.why(), other.why()) == ("no_opening", "alarm")


async def bell_rings_late(house: House, who: str, action: Mapping[str, Any]) -> None:
    """Somebody runs what waits for the bell and then does this, and very much else, before the bell rings."""
    waits = {"wait_for_trigger": {"trigger": "event", "event_type": "bell"}}
    await entities.automations(house.hass, {"triggers": [], "actions": [waits, action]})
    run = {"domain": "automation", "service": "trigger"}
    await house.hass.services.async_call(
        "automation",
        "trigger",
        {"entity_id": "automation.a_0"},
        context=Context(user_id=who),
    )
    for _ in range(MOST_CONTEXTS):
        house.hass.bus.async_fire("call_service", run, context=Context(user_id=who))

    house.hass.bus.async_fire("bell")
    await house.hass.async_block_till_done()


@pytest.mark.usefixtures("guests")
async def test_what_a_member_clears_by_what_waits_is_not_clear_whatever_else_they_run(
    house: House, sam: str
) -> None:
    clears = {"action": "input_boolean.turn_off", "target": {"entity_id": GUESTS}}

    await bell_rings_late(house, sam, clears)

    assert text_of(house.hass, GUESTS) == STATE_OFF
    assert house.why() == "never"
    await house.clock.passes(seconds=1)
    await turned(house, None, "turn_on")
    await turned(house, None, "turn_off")
    assert house.why() == "always"


async def test_what_waits_opens_nothing_whatever_else_a_member_runs(
    house: House, sam: str
) -> None:
    options = {**house.entry.options, "automations_may_open": True}
    house.hass.config_entries.async_update_entry(house.entry, options=options)
    await house.set_rules(openings=["alarm"], alarms=[DOOR])
    camera = {"entity_id": "camera.porch"}

    await bell_rings_late(
        house, sam, {"action": "latchstring.share_now", "target": camera}
    )
    assert house.why() == "no_opening"


async def test_what_waits_still_closes_whatever_else_a_member_runs(
    house: House, sam: str
) -> None:
    await house.set_rules(openings=["always"])
    opened = await house.watch()
    closes = {"also_switch_off": True}

    await bell_rings_late(
        house, sam, {"action": "latchstring.stop_sharing", "data": closes}
    )

    await house.was_cut(opened)


GROUP = "group.busy"


async def sets_group(house: House, who: str | None, **of: Any) -> None:
    """Somebody says what the group is made of, as anybody can; None: an automation does."""
    await house.hass.services.async_call(
        "group",
        "set",
        {"object_id": "busy", **of},
        blocking=True,
        context=Context(user_id=who),
    )
    await house.hass.async_block_till_done()


@pytest.fixture
async def group(house: House) -> str:
    """A group from the owner's YAML; the door in it is open, and the window not in it is shut."""
    for each, state in ((DOOR, STATE_ON), (WINDOW, STATE_OFF)):
        await house.says(each, state)
    config = {"group": {"busy": {"entities": [DOOR]}}}
    assert await async_setup_component(house.hass, "group", config)
    await house.hass.async_block_till_done()
    return GROUP


@pytest.mark.parametrize(
    "changes", [[{"entities": [WINDOW]}], [{"add_entities": [WINDOW]}, {"all": True}]]
)
async def test_a_group_that_a_member_composes_is_not_clear_whatever_turns_it(
    house: House, sam: str, group: str, changes: list[dict[str, Any]]
) -> None:
    never = [{"entity": group, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)

    for each in changes:
        await sets_group(house, sam, **each)
    for state in (STATE_ON, STATE_OFF):
        await house.says(WINDOW, state)

    assert text_of(house.hass, group) == STATE_OFF
    assert house.why() == "never"
    assert (await explained(house))["never_while"] == [group]
    await sets_group(house, house.owner, entities=[WINDOW], all=False)
    await house.says(WINDOW, STATE_ON)
    await house.says(WINDOW, STATE_OFF)
    await house.watch()


@pytest.mark.parametrize(
    ("theirs", "later"),
    [
        ({"entities": [WINDOW]}, {"icon": "mdi:door"}),
        ({"entities": [WINDOW]}, {"add_entities": ["binary_sensor.gate"]}),
        ({"entities": [WINDOW]}, {"all": False}),
        ({"add_entities": [WINDOW], "all": True}, {"entities": [DOOR, WINDOW]}),
    ],
)
async def test_what_a_member_composed_stays_theirs_where_others_change_something_else(
    house: House,
    sam: str,
    group: str,
    theirs: dict[str, Any],
    later: dict[str, Any],
) -> None:
    await house.says("binary_sensor.gate", STATE_OFF)
    never = [{"entity": group, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    await sets_group(house, sam, **theirs)

    for who in (house.owner, None):
        await sets_group(house, who, **later)
        await house.says(WINDOW, STATE_ON)
        await house.says(WINDOW, STATE_OFF)

        assert text_of(house.hass, group) == STATE_OFF
        assert house.why() == "never"


async def test_a_group_that_a_member_composes_gives_no_alarm(
    house: House, sam: str, group: str
) -> None:
    await house.says(DOOR, STATE_OFF)
    await house.set_rules(alarms=[group], **ALARM)

    await sets_group(house, sam, add_entities=[WINDOW])
    await house.says(WINDOW, STATE_ON)

    assert text_of(house.hass, group) == STATE_ON
    assert house.why() == "no_opening"
    await house.says(WINDOW, STATE_OFF)
    await sets_group(house, house.owner, entities=[DOOR])
    await house.says(DOOR, STATE_ON)
    assert house.why() == "alarm"
