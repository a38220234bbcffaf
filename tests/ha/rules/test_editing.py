"""Editing one camera leaves the others alone, and what is renamed stays what it was."""

from collections.abc import AsyncIterator

from homeassistant.helpers import entity_registry as er
import pytest

from tests.cameras import Cameras
from tests.ha.watching import turn_on

from .entities import all_day
from .house import PORCH, YARD, House, rename
from .scene import Onlooker


@pytest.fixture
async def onlooker(served: Cameras) -> AsyncIterator[Onlooker]:
    """Sees every picture that the yard's camera takes."""
    onlooker = Onlooker()
    served["yard"].attach(onlooker)
    yield onlooker
    served["yard"].detach(onlooker)


@pytest.mark.parametrize("opening", ["always", "schedule", "alarm"])
async def test_editing_a_camera_leaves_a_running_stream_of_another_whole(
    house: House, onlooker: Onlooker, opening: str
) -> None:
    schedule = await all_day(house.hass)
    house.says("binary_sensor.door", "off")
    rules = {"schedule": schedule, "alarms": ["binary_sensor.door"]}
    await house.set_rules(YARD, openings=[opening], **rules)
    house.says("binary_sensor.door", "on")
    opened = await house.watch(YARD)

    for openings in (["always"], ["schedule"], ["approval"], ["alarm"], []):
        await house.set_rules(PORCH, openings=openings, **rules)
    await house.set_rules(PORCH, never=[{"entity": "person.sam", "clear": ["x"]}])
    await house.set_rules(PORCH, label="Porch", limits={"viewers": 1})

    await house.goes_on(opened)
    assert house.is_whole(opened, onlooker.times)


async def test_editing_what_does_not_concern_a_running_stream_leaves_it_whole(
    house: House, onlooker: Onlooker
) -> None:
    schedule = await all_day(house.hass)
    await house.set_rules(YARD, openings=["schedule"], schedule=schedule)
    opened = await house.watch(YARD)

    await house.set_rules(YARD, label="Garden", limits={"viewers": 1})
    house.says("person.sam", "not_home")
    await house.set_rules(YARD, never=[{"entity": "person.sam", "clear": ["not_home"]}])
    await house.set_rules(YARD, openings=["schedule", "alarm"], alarm_minutes=3)

    await house.goes_on(opened)
    assert house.is_whole(opened, onlooker.times)


async def test_a_camera_that_is_renamed_stays_open(
    house: House, onlooker: Onlooker
) -> None:
    await house.set_rules(YARD, openings=["always"])
    opened = await house.watch(YARD)

    rename(house.hass, "camera.yard", "camera.garden")
    await house.hass.async_block_till_done()

    await house.goes_on(opened)
    assert house.is_whole(opened, onlooker.times)
    assert house.can_be_seen(YARD)


async def test_a_camera_that_is_removed_is_closed(house: House) -> None:
    await house.set_rules(YARD, openings=["always"])
    opened = await house.watch(YARD)

    er.async_get(house.hass).async_remove("camera.yard")
    await house.hass.async_block_till_done()

    await house.was_cut(opened)
    assert house.why(YARD) == "camera_changed"


async def test_a_schedule_that_is_renamed_goes_on(
    house: House, onlooker: Onlooker
) -> None:
    schedule = await all_day(house.hass)
    await house.set_rules(YARD, openings=["schedule"], schedule=schedule)
    opened = await house.watch(YARD)

    rename(house.hass, "schedule.hours", "schedule.opening_hours")
    await house.hass.async_block_till_done()

    await house.goes_on(opened)
    assert house.is_whole(opened, onlooker.times)


async def test_a_schedule_that_is_removed_closes(house: House) -> None:
    schedule = await all_day(house.hass)
    await house.set_rules(YARD, openings=["schedule"], schedule=schedule)
    opened = await house.watch(YARD)

    er.async_get(house.hass).async_remove("schedule.hours")
    await house.hass.async_block_till_done()

    await house.was_cut(opened)
    assert house.why(YARD) == "facts_not_ready"


async def test_a_reload_keeps_what_stands_and_ends_what_was_opened_for_a_while(
    house: House,
) -> None:
    await house.set_rules(PORCH, openings=["approval"])
    await house.set_rules(YARD, openings=["always"])
    await turn_on(house.hass, house.entity("share_now"), user=house.owner)
    porch, yard = await house.watch(PORCH), await house.watch(YARD)

    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()

    await house.was_cut(porch)
    await house.was_cut(yard)
    await house.hub.home_connected()
    assert await house.refuses(PORCH)
    await house.watch(YARD)
