"""An alarm opens the cameras that its owner chose for it, and for no longer than that."""

from typing import Any

from homeassistant.components.alarm_control_panel import DOMAIN as PANEL
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from custom_components.latchstring.household.household import HOUSEHOLD_KEY, Household
from tests.ha.watching import text_of

from . import entities
from .house import PORCH, YARD, House, key_of, rename

DOOR = "binary_sensor.door"
WINDOW = "binary_sensor.window"
OTHER_PANEL = "alarm_control_panel.shed"
HOUSE_ALARM = "alarm_control_panel.house"


@pytest.fixture
async def door(house: House) -> str:
    """A door that is shut; the porch opens when it is opened."""
    await house.says(DOOR, "off")
    await house.set_rules(openings=["alarm"], alarms=[DOOR])
    return DOOR


@pytest.fixture
async def panel(house: House) -> str:
    """A real alarm panel, armed; the porch opens when it goes off."""
    manual = {
        "platform": "manual",
        "name": "House",
        "unique_id": "house",
        "arming_time": 0,
        "delay_time": 0,
        "trigger_time": 4 * 3600,
        "code_arm_required": False,
    }
    assert await async_setup_component(house.hass, PANEL, {PANEL: manual})
    await house.hass.async_block_till_done()
    await house.call(PANEL, "alarm_arm_away", HOUSE_ALARM)
    await house.set_rules(
        openings=["alarm"], alarms=[key_of(house.hass, HOUSE_ALARM)], alarm_minutes=30
    )
    return HOUSE_ALARM


async def test_an_alarm_opens_for_a_quarter_of_an_hour(house: House, door: str) -> None:
    assert await house.refuses()

    await house.says(door, "on")

    assert house.why() == "alarm"
    opened = await house.watch()
    await house.clock.passes(minutes=14, seconds=59)
    await house.goes_on(opened)
    await house.clock.passes(seconds=1)
    await house.was_cut(opened)
    assert await house.refuses()


async def test_an_alarm_opens_for_as_long_as_the_owner_chose(
    house: House, door: str
) -> None:
    await house.set_rules(alarm_minutes=3)
    await house.says(door, "on")
    opened = await house.watch()

    await house.clock.passes(minutes=2, seconds=59)

    await house.goes_on(opened)
    await house.clock.passes(seconds=1)
    await house.was_cut(opened)


RESTORED = {"restored": True}


@pytest.mark.parametrize(
    ("entity_id", "before", "now", "opens"),
    [
        (DOOR, ("off", {}), ("on", {}), True),
        (DOOR, ("on", {}), ("on", {"battery": 3}), False),
        (DOOR, ("on", {}), ("off", {}), False),
        (DOOR, ("unknown", {}), ("on", {}), False),
        (DOOR, ("unavailable", {}), ("on", {}), False),
        (DOOR, ("off", RESTORED), ("on", {}), False),
        (DOOR, None, ("on", {}), False),
        (OTHER_PANEL, ("armed_away", {}), ("triggered", {}), True),
        (OTHER_PANEL, ("pending", {}), ("triggered", {}), True),
        (OTHER_PANEL, ("disarmed", {}), ("triggered", {}), True),
        (OTHER_PANEL, ("triggered", {}), ("triggered", {"changed_by": "x"}), False),
        (OTHER_PANEL, ("armed_away", {}), ("pending", {}), False),
        (OTHER_PANEL, ("armed_away", {}), ("on", {}), False),
        (OTHER_PANEL, ("unknown", {}), ("triggered", {}), False),
        (OTHER_PANEL, ("unavailable", {}), ("triggered", {}), False),
        (OTHER_PANEL, ("armed_away", RESTORED), ("triggered", {}), False),
        (OTHER_PANEL, None, ("triggered", {}), False),
    ],
)
async def test_only_an_alarm_that_goes_off_now_opens(
    house: House,
    entity_id: str,
    before: tuple[str, dict[str, Any]] | None,
    now: tuple[str, dict[str, Any]],
    opens: bool,  # noqa: FBT001 - a parameter
) -> None:
    if before is not None:
        await house.says(entity_id, before[0], **before[1])
    await house.set_rules(openings=["alarm"], alarms=[entity_id])

    await house.says(entity_id, now[0], **now[1])

    assert house.can_be_seen() is opens


@pytest.fixture
async def doors(house: House) -> str:
    """A group of a door and a window, of which nothing is known; the porch opens by it."""
    doors = await entities.group(house.hass, DOOR, WINDOW)
    await house.set_rules(openings=["alarm"], alarms=[key_of(house.hass, doors)])
    return doors


async def test_what_turns_on_while_home_assistant_starts_is_no_alarm(
    house: House, doors: str
) -> None:
    house.hass.set_state(CoreState.starting)
    for door, state in ((DOOR, "off"), (WINDOW, "on")):
        await house.says(door, state)
        await house.hass.async_block_till_done()
    house.hass.set_state(CoreState.running)

    assert text_of(house.hass, doors) == "on"
    assert house.why() == "no_opening"
    for state in ("off", "on"):
        await house.says(WINDOW, state)
        await house.hass.async_block_till_done()
    assert house.why() == "alarm"


@pytest.mark.parametrize("lost", ["unavailable", "unknown", None])
async def test_a_group_that_turns_on_with_who_comes_back_is_no_alarm(
    house: House, doors: str, lost: str | None
) -> None:
    for before, now in ((lost, "on"), ("off", lost), (lost, "on")):
        house.say(DOOR, "off")
        await house.says(WINDOW, before)
        assert text_of(house.hass, doors) == "off"
        await house.says(WINDOW, now)
        assert text_of(house.hass, doors) == ("on" if now == "on" else "off")
        assert house.why() == "no_opening"
    await house.says(WINDOW, "off")
    assert text_of(house.hass, doors) == "off"

    await house.says(DOOR, "on")

    assert text_of(house.hass, doors) == "on"
    assert house.why() == "alarm"


async def test_a_group_in_a_group_gives_the_alarms_of_its_members(house: House) -> None:
    house.say(DOOR, "off")
    house.say("binary_sensor.inner", "off", entity_id=[DOOR])
    await house.says("binary_sensor.outer", "off", entity_id=["binary_sensor.inner"])
    await house.set_rules(openings=["alarm"], alarms=["binary_sensor.outer"])

    def turn(state: str, *members: str) -> None:
        house.say(DOOR, state)
        house.say("binary_sensor.inner", state, entity_id=members)
        house.say("binary_sensor.outer", state, entity_id=["binary_sensor.inner"])

    await house.says(WINDOW, "off")
    turn("off", DOOR, WINDOW)
    house.say(WINDOW, "unknown")
    house.say(WINDOW, "on")
    house.say("binary_sensor.inner", "on", entity_id=[DOOR, WINDOW])
    await house.says("binary_sensor.outer", "on", entity_id=["binary_sensor.inner"])
    assert house.why() == "no_opening"

    await house.says(WINDOW, "off")
    turn("off", DOOR, WINDOW)
    turn("on", DOOR, WINDOW)
    await house.hass.async_block_till_done()
    assert house.why() == "alarm"


async def test_another_alarm_extends_the_first_up_to_an_hour(
    house: House, panel: str
) -> None:
    await house.call(PANEL, "alarm_trigger", panel)
    opened = await house.watch()
    began = house.clock.now
    for _ in range(2):
        await house.clock.passes(minutes=25)
        await house.set_rules(disarm_ends=False)
        await house.call(PANEL, "alarm_disarm", panel)
        await house.call(PANEL, "alarm_arm_away", panel)
        await house.call(PANEL, "alarm_trigger", panel)
    await house.goes_on(opened)

    await house.clock.passes(minutes=9, seconds=59)

    await house.goes_on(opened)
    assert house.can_be_seen()
    await house.clock.passes(seconds=1)
    assert (house.clock.now - began).total_seconds() == 3600
    await house.was_cut(opened)
    assert not house.can_be_seen()


async def test_disarming_ends_it_where_the_owner_chose_that(
    house: House, panel: str
) -> None:
    await house.call(PANEL, "alarm_trigger", panel)
    opened = await house.watch()

    await house.call(PANEL, "alarm_disarm", panel)

    await house.was_cut(opened)
    assert not house.can_be_seen()


async def test_disarming_ends_nothing_where_the_owner_chose_that(
    house: House, panel: str
) -> None:
    await house.set_rules(disarm_ends=False)
    await house.call(PANEL, "alarm_trigger", panel)
    opened = await house.watch()

    await house.call(PANEL, "alarm_disarm", panel)

    await house.goes_on(opened)
    await house.clock.passes(minutes=30)
    await house.was_cut(opened)


async def test_an_alarm_opens_the_cameras_that_name_it_and_no_other(
    house: House, door: str
) -> None:
    await house.says("binary_sensor.window", "off")
    await house.set_rules(YARD, openings=["alarm"], alarms=["binary_sensor.window"])

    await house.says(door, "on")

    assert house.can_be_seen(PORCH)
    assert not house.can_be_seen(YARD)
    assert await house.refuses(YARD)


async def test_an_alarm_does_not_open_what_its_owner_no_longer_opens_by_it(
    house: House, door: str
) -> None:
    await house.says(door, "on")
    opened = await house.watch()

    await house.set_rules(openings=["approval"])

    await house.was_cut(opened)
    house.say(door, "off")
    await house.says(door, "on")
    assert not house.can_be_seen()


async def test_what_is_no_longer_opened_by_an_alarm_is_not_opened_by_the_last_one_later(
    house: House, door: str
) -> None:
    await house.says(door, "on")
    await house.set_rules(openings=["approval"])

    await house.set_rules(openings=["alarm"])

    assert house.why() == "no_opening"
    assert await house.refuses()


async def test_an_alarm_that_its_owner_takes_away_takes_along_what_it_opened(
    house: House, door: str
) -> None:
    await house.says("binary_sensor.window", "off")
    both = [door, "binary_sensor.window"]
    await house.set_rules(alarms=both)
    await house.says(door, "on")
    opened = await house.watch()

    await house.set_rules(alarms=["binary_sensor.window"])

    await house.was_cut(opened)
    assert house.why() == "no_opening"
    await house.set_rules(alarms=both)
    assert await house.refuses()


async def test_an_alarm_that_is_taken_away_leaves_what_another_one_keeps_open(
    house: House, door: str
) -> None:
    await house.says("binary_sensor.window", "off")
    await house.set_rules(alarms=[door, "binary_sensor.window"])
    house.say(door, "on")
    await house.says("binary_sensor.window", "on")
    opened = await house.watch()

    await house.set_rules(alarms=["binary_sensor.window"], alarm_minutes=3)

    await house.goes_on(opened)


async def test_an_alarm_panel_is_followed_under_its_new_name(
    house: House, panel: str
) -> None:
    await house.call(PANEL, "alarm_trigger", panel)
    opened = await house.watch()

    new = rename(house.hass, panel, "alarm_control_panel.home")
    await house.hass.async_block_till_done()

    await house.goes_on(opened)
    await house.call(PANEL, "alarm_disarm", new)
    await house.was_cut(opened)
    await house.clock.passes(seconds=10)
    await house.call(PANEL, "alarm_arm_away", new)
    await house.call(PANEL, "alarm_trigger", new)
    await house.watch()


async def test_a_sensor_that_is_added_again_under_its_new_name_is_no_alarm(
    house: House,
) -> None:
    door = await entities.door(house.hass)
    key = key_of(house.hass, door.entity_id)
    await house.set_rules(openings=["alarm"], alarms=[key])
    door.is_open = True

    rename(house.hass, door.entity_id, "binary_sensor.front_door")
    await house.hass.async_block_till_done()

    assert text_of(house.hass, "binary_sensor.front_door") == "on"
    assert await house.refuses()
    await house.clock.passes(seconds=10)
    door.report(is_open=False)
    door.report(is_open=True)
    await house.watch()


async def test_a_panel_that_comes_back_disarmed_under_its_new_name_ends_it(
    house: House,
) -> None:
    registry = er.async_get(house.hass)
    panel = registry.async_get_or_create(PANEL, "own", "house").entity_id
    await house.says(panel, "armed_away")
    await house.set_rules(openings=["alarm"], alarms=[key_of(house.hass, panel)])
    await house.says(panel, "triggered")
    opened = await house.watch()

    new = rename(house.hass, panel, "alarm_control_panel.home")
    await house.goes_on(opened)
    await house.says(new, "disarmed")

    await house.was_cut(opened)
    assert not house.can_be_seen()


async def test_what_takes_the_name_of_an_alarm_that_is_gone_is_no_alarm(
    house: House,
) -> None:
    registry = er.async_get(house.hass)
    door = registry.async_get_or_create("binary_sensor", "own", "door").entity_id
    await house.set_rules(openings=["alarm"], alarms=[key_of(house.hass, door)])

    registry.async_remove(door)
    registry.async_get_or_create(
        "binary_sensor", "other", "x", suggested_object_id=door.split(".")[1]
    )
    house.say(door, "off")
    await house.says(door, "on")

    assert house.why() == "no_opening"
    assert await house.refuses()


async def test_a_reload_in_mid_alarm_ends_it(house: House, panel: str) -> None:
    await house.call(PANEL, "alarm_trigger", panel)
    opened = await house.watch()

    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()

    await house.was_cut(opened)
    await house.hub.home_connected()
    assert await house.refuses()
    assert house.why() == "no_opening"


async def test_a_restart_in_mid_alarm_ends_it(
    hass: HomeAssistant, house: House, panel: str
) -> None:
    await house.call(PANEL, "alarm_trigger", panel)
    opened = await house.watch()

    assert await hass.config_entries.async_unload(house.entry.entry_id)
    await hass.data[HOUSEHOLD_KEY].async_close()
    hass.data[HOUSEHOLD_KEY] = await Household.async_open(hass)
    assert await hass.config_entries.async_setup(house.entry.entry_id)
    await hass.async_block_till_done()

    await house.was_cut(opened)
    await house.hub.home_connected()
    assert await house.refuses()
    assert house.why() == "no_opening"
