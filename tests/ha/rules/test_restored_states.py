"""What Home Assistant remembers of an entity over its start is no word of now: a camera waits for one."""

from homeassistant.components.group import DOMAIN as GROUP
from homeassistant.components.person import DOMAIN as PERSON
from homeassistant.components.zone import DOMAIN as ZONE
from homeassistant.const import (
    EVENT_HOMEASSISTANT_START,
    EVENT_HOMEASSISTANT_STARTED,
)
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.helpers import restore_state
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_component import EntityComponent
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import mock_restore_cache

from tests.ha.repaired import details
from tests.ha.watching import text_of

from . import entities
from .house import YARD, House, key_of, rename
from .test_explain import explained

GATE = "binary_sensor.gate"
PHONE = "device_tracker.phone"
GUESTS = "input_boolean.guests"
HOUSE_ALARM = "alarm_control_panel.house"
CLEAR = {"person.sam": "not_home", "group.family": "not_home", "zone.home": "0"}
"""All that may be asked about Sam, whom a phone stands for."""


@pytest.fixture
def panel() -> str:
    """How the alarm panel stood before the start."""
    return "disarmed"


@pytest.fixture
def starting(hass: HomeAssistant, panel: str) -> None:
    """Home Assistant has not yet started, and remembers that all was quiet."""
    hass.set_state(CoreState.starting)
    quiet = {GATE: "off", PHONE: "not_home", GUESTS: "off", HOUSE_ALARM: panel}
    mock_restore_cache(hass, [State(each, state) for each, state in quiet.items()])


async def starts(house: House) -> None:
    """Let Home Assistant be done with its start."""
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_START)
    await house.hass.async_block_till_done()
    house.hass.set_state(CoreState.running)
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await house.hass.async_block_till_done()
    await house.clock.passes(seconds=1)


@pytest.mark.usefixtures("starting")
async def test_what_is_remembered_over_a_start_is_not_clear(house: House) -> None:
    gate = await entities.gate(house.hass)
    never = [{"entity": GATE, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    assert text_of(house.hass, GATE) == "off"
    assert house.why() == "never"

    await starts(house)
    assert house.why() == "never"
    assert (await explained(house))["never_while"] == [GATE]
    assert await house.refuses()

    gate.report(is_open=False)
    await house.watch()


@pytest.mark.usefixtures("starting")
async def test_what_was_said_since_a_start_is_still_said_after_a_reload(
    house: House,
) -> None:
    gate = await entities.gate(house.hass)
    never = [{"entity": GATE, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    await starts(house)

    for is_open in (True, False):
        gate.report(is_open=is_open)
    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()

    await house.hub.camera_is("ask", "Front door")
    await house.watch()


@pytest.mark.usefixtures("starting")
async def test_what_is_remembered_is_still_only_that_after_a_reload(
    house: House,
) -> None:
    await entities.gate(house.hass)
    never = [{"entity": GATE, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    await starts(house)

    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()

    await house.hub.home_connected()
    assert house.why() == "never"


@pytest.mark.usefixtures("starting")
@pytest.mark.parametrize("entity", CLEAR)
async def test_who_is_where_their_phone_was_may_be_home(
    house: House, entity: str
) -> None:
    phone = await entities.phone(house.hass)
    sam = {"id": "sam", "name": "Sam", "device_trackers": [PHONE]}
    assert await async_setup_component(house.hass, PERSON, {PERSON: [sam]})
    assert await async_setup_component(house.hass, ZONE, {})
    family = {"family": {"name": "Family", "entities": ["person.sam"]}}
    assert await async_setup_component(house.hass, GROUP, {GROUP: family})
    never = [{"entity": entity, "clear": [CLEAR[entity]]}]
    await house.set_rules(openings=["always"], never=never)

    await starts(house)
    assert text_of(house.hass, entity) == CLEAR[entity]
    assert (await explained(house))["never_while"] == [PHONE]
    assert await house.refuses()

    phone.report(home=False)
    opened = await house.watch()
    phone.report(home=True)
    await house.was_cut(opened)
    assert house.why() == "never"


@pytest.mark.usefixtures("starting")
async def test_what_the_owner_set_stands_over_a_start(house: House) -> None:
    config = {"input_boolean": {"guests": {"name": "Guests"}}}
    assert await async_setup_component(house.hass, "input_boolean", config)
    never = [{"entity": GUESTS, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)

    await starts(house)

    assert text_of(house.hass, GUESTS) == "off"
    await house.watch()


@pytest.mark.usefixtures("starting")
async def test_where_nobody_knows_who_restores_a_state_none_from_before_is_clear(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = await entities.door(house.hass)
    never = [{"entity": "binary_sensor.door", "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    await starts(house)
    assert house.why() == "always"

    with monkeypatch.context() as later:
        later.delattr(restore_state.async_get(house.hass), "entities")
        await house.clock.passes(seconds=10)
        assert house.why() == "never"
        door.report(is_open=True)
        door.report(is_open=False)
        await house.watch()


ALARM = {"openings": ["alarm"], "alarm_minutes": 5}


async def loses(house: House, entity_id: str) -> EntityComponent[Entity]:
    """Let an integration that is loaded anew take its entity away; give what it can be added to again."""
    domain = entity_id.partition(".")[0]
    component: EntityComponent[Entity] = house.hass.data[domain]
    await component.async_remove_entity(entity_id)
    await house.hass.async_block_till_done()
    return component


async def never_unless_shut(house: House) -> entities.Gate:
    """Let a gate, which has said that it is shut, keep the porch closed otherwise."""
    gate = await entities.gate(house.hass)
    for is_open in (True, False):
        gate.report(is_open=is_open)
    never = [{"entity": GATE, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    return gate


@pytest.mark.usefixtures("starting")
async def test_what_a_sensor_says_first_after_a_start_is_no_alarm(
    house: House,
) -> None:
    """The gate may have been opened days ago."""
    gate = await entities.gate(house.hass)
    await house.set_rules(alarms=[GATE], **ALARM)
    await starts(house)
    await house.clock.passes(hours=1)

    await alarms_by_all_but_its_first_word(house, gate, GATE)


async def alarms_by_all_but_its_first_word(
    house: House, gate: entities.Gate, alarm: str
) -> None:
    """Let a gate be opened, shut and opened again; only the last is news to the alarm."""
    gate.report(is_open=True)
    await house.hass.async_block_till_done()
    assert text_of(house.hass, alarm) == "on"
    assert house.why() == "no_opening"

    for is_open in (False, True):
        gate.report(is_open=is_open)
        await house.hass.async_block_till_done()
    assert house.why() == "alarm"


@pytest.mark.usefixtures("starting")
async def test_a_sensor_that_says_what_was_remembered_gives_alarms_from_then_on(
    house: House,
) -> None:
    gate = await entities.gate(house.hass)
    await house.set_rules(alarms=[GATE], **ALARM)
    await starts(house)
    gate.report(is_open=False)
    await house.clock.passes(seconds=1)

    gate.report(is_open=True)
    await house.hass.async_block_till_done()

    assert house.why() == "alarm"


@pytest.mark.usefixtures("starting")
async def test_a_group_gives_no_alarm_by_the_first_word_of_a_member(
    house: House,
) -> None:
    gate = await entities.gate(house.hass)
    alarm = await entities.group(house.hass, GATE)
    await house.set_rules(alarms=[alarm], **ALARM)
    await starts(house)

    await alarms_by_all_but_its_first_word(house, gate, alarm)


@pytest.mark.usefixtures("starting")
async def test_a_helper_gives_no_alarm_by_the_first_word_of_what_it_is_made_of(
    house: House,
) -> None:
    """A trend, for one, says what it makes of it, and restores nothing itself."""
    gate, alarm = await entities.gate(house.hass), "binary_sensor.trend"
    await house.says(alarm, "off", entity_id=GATE)
    await house.set_rules(alarms=[alarm], **ALARM)
    await starts(house)

    gate.report(is_open=True)
    await house.says(alarm, "on", entity_id=GATE)
    assert house.why() == "no_opening"

    for is_open in (False, True):
        gate.report(is_open=is_open)
        await house.says(alarm, "on" if is_open else "off", entity_id=GATE)
    assert house.why() == "alarm"


@pytest.mark.usefixtures("starting")
@pytest.mark.parametrize(
    ("panel", "opens"),
    [("armed_away", True), ("armed_home", True), ("disarmed", False)],
)
async def test_a_panel_that_was_armed_before_a_start_gives_alarms_after_it(
    house: House,
    panel: str,
    opens: bool,  # noqa: FBT001 - a parameter
) -> None:
    alarm = await entities.panel(house.hass)
    await house.set_rules(alarms=[HOUSE_ALARM], **ALARM)
    await starts(house)
    assert text_of(house.hass, HOUSE_ALARM) == panel

    alarm.goes_off()
    await house.hass.async_block_till_done()

    assert house.can_be_seen() is opens


async def test_what_an_integration_restores_when_it_is_loaded_anew_is_not_clear(
    house: House,
) -> None:
    await never_unless_shut(house)
    opened = await house.watch()

    component = await loses(house, GATE)
    await house.was_cut(opened)
    again = entities.Gate()
    await component.async_add_entities([again])
    await house.hass.async_block_till_done()

    assert text_of(house.hass, GATE) == "off"
    assert house.why() == "never"
    assert (await explained(house))["never_while"] == [GATE]
    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()
    await house.hub.home_connected()
    assert house.why() == "never"

    await house.clock.passes(seconds=1)
    again.report(is_open=False)
    await house.hub.camera_is("ask", "Front door")
    await house.watch()


async def test_what_an_integration_restores_is_not_clear_for_having_been_away_first(
    house: House,
) -> None:
    """It is there, but its device is not yet, and then it says what it remembers."""
    await never_unless_shut(house)

    component = await loses(house, GATE)
    again = entities.Gate()
    again.is_within_reach = False
    await component.async_add_entities([again])
    again.is_within_reach = True
    again.async_write_ha_state()
    await house.hass.async_block_till_done()

    assert text_of(house.hass, GATE) == "off"
    assert house.why() == "never"
    for is_open in (True, False):
        again.report(is_open=is_open)
    await house.watch()


async def test_a_member_that_is_added_again_keeps_its_group_from_being_clear(
    house: House,
) -> None:
    gate = await entities.gate(house.hass)
    for is_open in (True, False):
        gate.report(is_open=is_open)
    group = await entities.group(house.hass, GATE)
    never = [{"entity": group, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    assert house.why() == "always"

    component = await loses(house, GATE)
    await component.async_add_entities([entities.Gate()])
    await house.hass.async_block_till_done()

    assert text_of(house.hass, group) == "off"
    assert house.why() == "never"
    assert (await explained(house))["never_while"] == [GATE]


async def test_a_sensor_that_is_added_again_gives_no_alarm_by_its_first_word(
    house: House,
) -> None:
    gate = await entities.gate(house.hass)
    gate.report(is_open=False)
    await house.set_rules(alarms=[GATE], **ALARM)

    component = await loses(house, GATE)
    again = entities.Gate()
    await component.async_add_entities([again])
    await house.clock.passes(hours=1)
    again.report(is_open=True)
    await house.hass.async_block_till_done()

    assert house.why() == "no_opening"
    for is_open in (False, True):
        again.report(is_open=is_open)
    await house.hass.async_block_till_done()
    assert house.why() == "alarm"


async def test_what_says_something_new_when_it_is_there_again_is_heard(
    house: House,
) -> None:
    """A device that was only out of reach was never taken away."""
    gate = await never_unless_shut(house)

    gate.is_within_reach = False
    gate.async_write_ha_state()
    await house.hass.async_block_till_done()
    assert house.why() == "never"
    gate.is_within_reach = True
    gate.report(is_open=False)

    await house.watch()


async def repair(house: House) -> str | None:
    """Give the cameras that the owner is told to be waiting, in Repairs."""
    return (await details(house.hass, house.entry, "unheard")).get("cameras")


@pytest.mark.usefixtures("starting")
async def test_who_waits_for_an_hour_is_told_for_what(house: House) -> None:
    gate = await entities.gate(house.hass)
    never = [{"entity": GATE, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    await house.set_rules(YARD, alarms=[GATE], **ALARM)
    await starts(house)
    await house.clock.passes(minutes=59)
    assert await repair(house) is None

    await house.clock.passes(minutes=1, seconds=10)
    assert await repair(house) == "- Front door: Gate\n- Back yard: Gate"

    gate.report(is_open=False)
    await house.clock.passes(seconds=10)
    assert await repair(house) is None


async def test_who_waits_for_what_was_renamed_is_told_after_an_hour(
    house: House,
) -> None:
    door = await entities.door(house.hass)
    door.report(is_open=False)
    key = key_of(house.hass, door.entity_id)
    never = [{"entity": key, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    rename(house.hass, door.entity_id, "binary_sensor.front_door")
    await house.hass.async_block_till_done()
    assert house.why() == "never"

    await house.clock.passes(hours=1, seconds=10)
    assert await repair(house) == "- Front door: Door"

    door.report(is_open=False)
    await house.clock.passes(seconds=10)
    assert await repair(house) is None
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    assert await repair(house) is None
