"""Editing one camera leaves the others alone, and what is renamed stays what it was."""

from collections.abc import AsyncIterator

from homeassistant.core import Context
from homeassistant.helpers import entity_registry as er
import pytest

from tests.cameras import Cameras
from tests.ha.watching import is_on, recorded, turn_off, turn_on

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
    await house.says("binary_sensor.door", "off")
    rules = {"schedule": schedule, "alarms": ["binary_sensor.door"]}
    await house.set_rules(YARD, openings=[opening], **rules)
    await house.says("binary_sensor.door", "on")
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
    await house.says("person.sam", "not_home")
    await house.set_rules(YARD, never=[{"entity": "person.sam", "clear": ["not_home"]}])
    await house.set_rules(YARD, openings=["schedule", "alarm"], alarm_minutes=3)

    await house.goes_on(opened)
    assert house.is_whole(opened, onlooker.times)


async def test_a_new_label_counts_for_what_is_written_down_from_then_on(
    house: House,
) -> None:
    switch = house.entity("sharing")

    await house.set_rules(label="Porch")
    await turn_off(house.hass, switch)
    await turn_on(house.hass, switch, user=house.owner)

    turned = await recorded(house.hass, "switch_turned")
    assert [each["label"] for each in turned[-2:]] == ["Porch", "Porch"]


async def test_cameras_that_are_taken_off_the_list_together_are_each_written_down(
    house: House,
) -> None:
    for share_id in tuple(house.entry.subentries):
        house.hass.config_entries.async_remove_subentry(house.entry, share_id)
    await house.hass.async_block_till_done()

    changed = await recorded(house.hass, "consent_changed")
    assert [each["change"] for each in changed].count("removed") == 2


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


@pytest.mark.parametrize("again", ["disabled", "removed"])
@pytest.mark.parametrize("key", ["sharing", "being_watched", "hub_sharing"])
async def test_our_own_entity_that_is_renamed_cuts_nobody_before_it_is_gone(
    house: House, onlooker: Onlooker, key: str, again: str
) -> None:
    await house.set_rules(YARD, openings=["always"])
    opened = await house.watch(YARD)
    old = house.entity(key, None if key == "hub_sharing" else YARD)

    new = rename(house.hass, old, f"{old}_2")
    await house.hass.async_block_till_done()

    assert is_on(house.hass, new)
    await house.goes_on(opened)
    assert house.is_whole(opened, onlooker.times)
    registry = er.async_get(house.hass)
    if again == "disabled":
        registry.async_update_entity(new, disabled_by=er.RegistryEntryDisabler.USER)
    else:
        registry.async_remove(new)
    assert house.entry.runtime_data.gate.sessions() == ()
    await house.was_cut(opened)


async def test_a_switch_that_turns_itself_off_does_so_under_its_new_name(
    house: House, onlooker: Onlooker
) -> None:
    await turn_on(house.hass, house.entity("share_now", YARD), user=house.owner)
    opened = await house.watch(YARD)

    old = house.entity("share_now", YARD)
    new = rename(house.hass, old, f"{old}_2")
    await house.clock.passes(minutes=14)

    assert is_on(house.hass, new)
    await house.goes_on(opened)
    assert house.is_whole(opened, onlooker.times)
    await house.clock.passes(minutes=1)
    await house.was_cut(opened)
    assert not is_on(house.hass, new)


async def test_who_was_let_in_goes_when_its_owner_asks_to_be_asked_no_more(
    house: House,
) -> None:
    await house.set_rules(openings=["approval"])
    request, _ = await house.hub.ask_to_watch(house.camera()["camera"])
    await house.hass.services.async_call(
        "latchstring",
        "allow_request",
        {"request": request},
        blocking=True,
        context=Context(user_id=house.owner),
    )
    opened = await house.watch()

    await house.set_rules(openings=["alarm"], alarms=["binary_sensor.door"])

    await house.was_cut(opened)
    assert house.why() == "no_opening"


async def test_a_camera_that_is_removed_is_closed(house: House) -> None:
    await house.set_rules(YARD, openings=["always"])
    opened = await house.watch(YARD)

    er.async_get(house.hass).async_remove("camera.yard")
    await house.hass.async_block_till_done()

    await house.was_cut(opened)
    assert house.why(YARD) == "camera_changed"


async def test_a_camera_that_its_owner_disables_is_closed(
    house: House,
) -> None:
    await house.set_rules(YARD, openings=["always"])
    opened = await house.watch(YARD)
    registry = er.async_get(house.hass)

    registry.async_update_entity(
        "camera.yard", disabled_by=er.RegistryEntryDisabler.USER
    )

    assert house.entry.runtime_data.gate.sessions() == ()
    await house.was_cut(opened)
    assert house.why(YARD) == "camera_changed"


async def test_a_camera_that_was_disabled_while_its_hub_was_not_loaded_is_closed(
    house: House,
) -> None:
    await house.set_rules(YARD, openings=["always"])
    entries, entry_id = house.hass.config_entries, house.entry.entry_id
    assert await entries.async_unload(entry_id)

    er.async_get(house.hass).async_update_entity(
        "camera.yard", disabled_by=er.RegistryEntryDisabler.USER
    )
    await house.hass.async_block_till_done()
    assert await entries.async_setup(entry_id)

    await house.hub.home_connected()
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
