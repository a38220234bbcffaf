"""While something of the owner's choice says anything but that it is clear, nothing opens."""

from homeassistant.components.group import DOMAIN as GROUP
from homeassistant.components.person import DOMAIN as PERSON
from homeassistant.components.zone import DOMAIN as ZONE
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from tests.ha.watching import text_of

from . import entities
from .house import House, key_of, rename
from .test_explain import explained

TRACKER = "device_tracker.sam"
SAM = "person.sam"
GUESTS = "input_boolean.guests"
HOME = "zone.home"
LOST = (STATE_UNKNOWN, STATE_UNAVAILABLE, None)
"""What is no word of an entity; None: it is gone."""


@pytest.fixture
async def sam(hass: HomeAssistant, house: House) -> str:
    """A resident who is away, and while whose presence the porch stays closed, whatever opens it."""
    await house.says(TRACKER, "not_home")
    person = {"id": "sam", "name": "Sam", "device_trackers": [TRACKER]}
    assert await async_setup_component(hass, PERSON, {PERSON: [person]})
    await hass.async_block_till_done()
    never = [{"entity": key_of(hass, SAM), "clear": ["not_home"]}]
    await house.set_rules(openings=["always"], never=never)
    return SAM


@pytest.fixture
async def guests(hass: HomeAssistant, house: House) -> str:
    """A switch for guests that is off, beside the resident."""
    config = {"input_boolean": {"guests": {"name": "Guests", "initial": False}}}
    assert await async_setup_component(hass, "input_boolean", config)
    await hass.async_block_till_done()
    return GUESTS


async def comes_to(house: House, place: str) -> None:
    """Let the resident go somewhere."""
    await house.says(TRACKER, place)
    await house.hass.async_block_till_done()


@pytest.mark.parametrize("place", ["home", "Work", STATE_UNKNOWN, STATE_UNAVAILABLE])
async def test_only_what_the_owner_calls_clear_is_clear(
    house: House, sam: str, place: str
) -> None:
    opened = await house.watch()

    await comes_to(house, place)

    await house.was_cut(opened)
    assert house.why() == "never"
    assert await house.refuses()
    await comes_to(house, "not_home")
    await house.watch()


@pytest.mark.parametrize(
    ("state", "attributes"),
    [
        ("home", {}),
        (STATE_UNKNOWN, {}),
        (STATE_UNAVAILABLE, {}),
        ("not_home", {"restored": True}),
        (None, {}),
    ],
)
async def test_it_cuts_before_anything_else_happens(
    house: House, state: str | None, attributes: dict[str, bool]
) -> None:
    await house.says(SAM, "not_home")
    never = [{"entity": SAM, "clear": ["not_home"]}]
    await house.set_rules(openings=["always"], never=never)
    opened = await house.watch()

    house.say(SAM, state, **attributes)

    assert house.entry.runtime_data.gate.sessions() == ()
    await house.hass.async_block_till_done()
    assert not house.can_be_seen()
    await house.was_cut(opened)


async def test_what_is_not_there_is_not_clear(house: House) -> None:
    never = [{"entity": "person.nobody", "clear": ["not_home"]}]

    await house.set_rules(openings=["always"], never=never)

    assert house.why() == "never"
    assert await house.refuses()


async def test_each_of_them_blocks_by_itself(
    house: House, sam: str, guests: str
) -> None:
    never = [
        {"entity": key_of(house.hass, sam), "clear": ["not_home"]},
        {"entity": key_of(house.hass, guests), "clear": ["off"]},
    ]
    await house.set_rules(never=never)
    opened = await house.watch()

    await house.call("input_boolean", "turn_on", guests)

    await house.was_cut(opened)
    await comes_to(house, "home")
    await house.call("input_boolean", "turn_off", guests)
    assert await house.refuses()


async def test_nothing_that_opens_beats_it(house: House, sam: str) -> None:
    await house.says("binary_sensor.door", "off")
    await house.set_rules(openings=["always", "alarm"], alarms=["binary_sensor.door"])
    await comes_to(house, "home")

    await house.says("binary_sensor.door", "on")

    assert house.why() == "never"
    assert await house.refuses()


async def test_the_hub_can_never_tell_by_the_list_who_is_home(
    house: House, sam: str
) -> None:
    assert house.camera()["state"] == "ask"
    lists = said(house)

    for place in ("home", "not_home", STATE_UNKNOWN):
        await comes_to(house, place)
    assert await house.hub.request("session.close", {"session": "s-" + "0" * 16})

    assert house.camera()["state"] == "ask"
    assert said(house) == lists


def said(house: House) -> int:
    """Count how often the hub was sent the list of cameras."""
    return sum(
        each.message.get("method") == "cameras"
        for each in house.hub.transcript
        if each.direction == "from home"
    )


async def test_who_is_renamed_is_not_clear_until_they_are_heard_of(
    house: House, sam: str
) -> None:
    for name in ("person.samantha", "person.sammy"):
        opened = await house.watch()

        rename(house.hass, sam, name)
        assert house.entry.runtime_data.gate.sessions() == ()
        await house.hass.async_block_till_done()

        await house.was_cut(opened)
        assert text_of(house.hass, name) == "not_home"
        assert house.why() == "never"
        assert await house.refuses()
        await house.clock.passes(minutes=5)
        assert house.why() == "never"
        await comes_to(house, "home")
        await comes_to(house, "not_home")
        sam = name
    await house.watch()


async def test_what_is_written_while_it_is_added_again_is_no_word_of_it(
    house: House,
) -> None:
    door = await entities.door(house.hass)
    never = [{"entity": key_of(house.hass, door.entity_id), "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)

    rename(house.hass, door.entity_id, "binary_sensor.front_door")
    await house.hass.async_block_till_done()
    assert text_of(house.hass, "binary_sensor.front_door") == "off"
    assert house.why() == "never"
    door.report(is_open=False)
    assert house.why() == "never"

    await house.clock.passes(seconds=10)
    assert house.why() == "never"
    door.report(is_open=False)
    await house.watch()


async def test_an_edit_does_not_make_clear_what_was_renamed(
    house: House, sam: str, guests: str
) -> None:
    rename(house.hass, sam, "person.samantha")
    await house.hass.async_block_till_done()

    never = [
        {"entity": key_of(house.hass, "person.samantha"), "clear": ["not_home"]},
        {"entity": key_of(house.hass, guests), "clear": ["off"]},
    ]
    await house.set_rules(never=never)

    assert house.why() == "never"
    assert await house.refuses()


async def test_who_takes_the_name_of_another_is_not_that_other(
    house: House, sam: str
) -> None:
    rename(house.hass, sam, "person.samantha")
    await comes_to(house, "home")

    house.say(sam, "home")
    await house.says(sam, "not_home")

    assert await house.refuses()


async def test_what_is_removed_is_not_clear(house: House, guests: str) -> None:
    never = [{"entity": key_of(house.hass, guests), "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    opened = await house.watch()

    er.async_get(house.hass).async_remove(guests)
    await house.hass.async_block_till_done()

    await house.was_cut(opened)
    assert house.why() == "never"


async def test_what_is_added_again_closes_at_once_whatever_its_name(
    house: House,
) -> None:
    registry = er.async_get(house.hass)
    door = registry.async_get_or_create("binary_sensor", "own", "door").entity_id
    never = [{"entity": key_of(house.hass, door), "clear": ["off"]}]
    registry.async_remove(door)
    await house.says(door, "off")  # another entity, of the same name
    await house.set_rules(openings=["always"], never=never)
    assert house.why() == "never"

    again = registry.async_get_or_create("binary_sensor", "own", "door").entity_id
    assert again != door
    await house.says(again, "off")
    opened = await house.watch()
    await house.says(again, "on")

    assert house.entry.runtime_data.gate.sessions() == ()
    await house.was_cut(opened)


async def test_a_reload_asks_again(house: House, sam: str) -> None:
    await comes_to(house, "home")

    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()

    await house.hub.home_connected()
    assert house.why() == "never"
    assert await house.refuses()


@pytest.fixture
async def doors(hass: HomeAssistant, house: House) -> str:
    """Two doors that are shut, and a group of them in a group."""
    front, back = "binary_sensor.front", "binary_sensor.back"
    for door in (front, back):
        await house.says(door, "off")
    outer = {"outside": {"name": "Outside", "entities": ["binary_sensor.doors"]}}
    assert await async_setup_component(hass, GROUP, {GROUP: outer})
    await entities.group(hass, front, back)
    return front


@pytest.mark.parametrize("state", LOST)
@pytest.mark.parametrize("group", ["binary_sensor.doors", "group.outside"])
async def test_a_group_is_not_clear_while_nothing_is_known_of_a_member(
    house: House, doors: str, group: str, state: str | None
) -> None:
    never = [{"entity": group, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    opened = await house.watch()

    await house.says(doors, state)

    assert house.entry.runtime_data.gate.sessions() == ()
    assert not house.can_be_seen()
    await house.was_cut(opened)
    assert text_of(house.hass, group) == "off"
    assert await house.refuses()
    await house.says(doors, "off")
    await house.watch()


async def test_who_joins_a_group_counts_from_then_on(house: House) -> None:
    house.say("group.guests", "off", entity_id=["switch.bed"])
    await house.says("switch.bed", "off")
    never = [{"entity": "group.guests", "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    opened = await house.watch()
    house.say("switch.sofa", "off")
    await house.says("group.guests", "off", entity_id=["switch.bed", "switch.sofa"])
    await house.goes_on(opened)

    await house.says("switch.sofa", STATE_UNKNOWN)

    assert house.entry.runtime_data.gate.sessions() == ()
    assert await house.refuses()


async def test_a_group_of_itself_is_a_group(house: House) -> None:
    house.say("group.guests", "off", entity_id=("group.guests", "group.more"))
    await house.says("group.more", "off", entity_id=["group.guests"])
    never = [{"entity": "group.guests", "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    await house.watch()

    await house.says("group.more", STATE_UNKNOWN, entity_id=["group.guests"])

    assert await house.refuses()


async def test_what_nobody_could_be_is_a_member_of_whom_nothing_is_known(
    house: House,
) -> None:
    await house.says("group.guests", "off", entity_id=["nobody", 7, ["switch.bed"]])
    never = [{"entity": "group.guests", "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)

    assert house.why() == "never"
    told = await explained(house)
    assert told["never_while"] == ["7", "['switch.bed']", "nobody"]
    assert await house.refuses()


@pytest.mark.parametrize("place", ["home", "Work", STATE_UNKNOWN])
async def test_a_home_is_not_empty_while_nobody_knows_where_somebody_is(
    house: House, sam: str, place: str
) -> None:
    assert await async_setup_component(house.hass, ZONE, {})
    await house.hass.async_block_till_done()
    assert text_of(house.hass, HOME) == "0"
    await house.set_rules(never=[{"entity": HOME, "clear": ["0"]}])
    opened = await house.watch()

    await comes_to(house, place)

    if place == "Work":
        await house.goes_on(opened)
        return
    await house.was_cut(opened)
    assert text_of(house.hass, HOME) == ("1" if place == "home" else "0")
    assert house.why() == "never"
    assert await house.refuses()
    await comes_to(house, "not_home")
    await house.watch()


async def test_who_has_nothing_to_be_found_by_is_counted_by_no_zone(
    house: House, sam: str
) -> None:
    assert await async_setup_component(house.hass, ZONE, {})
    await house.set_rules(never=[{"entity": HOME, "clear": ["0"]}])
    opened = await house.watch()

    await house.says("person.kim", STATE_UNKNOWN, device_trackers=[])
    await house.goes_on(opened)
    await house.says(
        "person.kim", STATE_UNKNOWN, device_trackers=["device_tracker.kim"]
    )

    await house.was_cut(opened)
    assert await house.refuses()


async def test_a_home_of_nobody_who_could_be_found_is_not_empty(house: House) -> None:
    assert await async_setup_component(house.hass, ZONE, {})
    await house.hass.async_block_till_done()
    never = [{"entity": HOME, "clear": ["0"]}]
    await house.set_rules(openings=["always"], never=never)

    assert text_of(house.hass, HOME) == "0"
    assert house.why() == "never"
    assert await house.refuses()
    await house.says("person.kim", "not_home", device_trackers=["device_tracker.kim"])
    await house.watch()
