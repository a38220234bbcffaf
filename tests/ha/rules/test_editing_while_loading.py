"""What is edited while a hub is set up counts at once, at whichever of its waits that happens; so does its end."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import partial
import gc
from itertools import count
import types
from typing import Any, Final

from aiohttp import ClientSession
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, callback
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.latchstring import async_setup_entry
from custom_components.latchstring.runtime.hub import HubRuntime
from tests.ha.counted import calls_of, fired

from .house import PORCH, YARD, House, share_of

GUESTS: Final = "input_boolean.guests"
NEVER: Final = [{"entity": GUESTS, "clear": ["off"]}]
FEWEST: Final = 3
"""So often does set-up wait for the record at least; some of its answers may be there at once."""


@types.coroutine
def at_each_wait[T](
    work: Coroutine[Any, Any, T], act: Callable[[int], None]
) -> Generator[Any, Any, T]:
    """Await work, and act each time the set-up of our entry in it lets others run; the first time is 0."""
    numbers = count()
    go_on = partial(work.send, None)
    while True:
        try:
            waits_for = go_on()
        except StopIteration as done:
            result: T = done.value
            return result
        if is_inside(work, async_setup_entry.__code__):
            act(next(numbers))
        try:
            yield waits_for
            go_on = partial(work.send, None)
        except BaseException as error:  # noqa: BLE001 - it is the work's
            go_on = partial(work.throw, error)


def is_inside(work: Any, code: types.CodeType) -> bool:
    """Say whether a function is among those that wait for each other."""
    while isinstance(work, types.CoroutineType):
        if work.cr_code is code:
            return True
        work = work.cr_await
    return False


async def begins_anew(house: House) -> None:
    """Unload the hub's entry, so that it can be set up again."""
    assert await house.hass.config_entries.async_unload(house.entry.entry_id)
    await house.hub.home_disconnected()


async def sets_up(house: House, wait: int, act: Callable[[], None]) -> bool:
    """Set the hub's entry up, and act at this one of its waits; return whether there was one."""
    acted = []

    def acts(number: int) -> None:
        if number == wait:
            acted.append(number)
            act()

    work = house.hass.config_entries.async_setup(house.entry.entry_id)
    assert await at_each_wait(work, acts)
    await house.hass.async_block_till_done()
    await house.hub.home_connected()
    return bool(acted)


def edit(house: House, **rules: Any) -> None:
    """Change rules of the porch, as its dialog does when it is done."""
    subentry = share_of(house.entry, PORCH)
    house.hass.config_entries.async_update_subentry(
        house.entry, subentry, data={**subentry.data, **rules}
    )


@pytest.fixture
async def guests(house: House) -> House:
    """The porch is open by its switch, and there are guests."""
    await house.says(GUESTS, "on")
    await house.set_rules(openings=["always"], never=[])
    assert house.can_be_seen()
    return house


async def test_a_rule_that_is_saved_meanwhile_counts_at_once(guests: House) -> None:
    for wait in count():
        await begins_anew(guests)
        edit(guests, never=[])
        if not await sets_up(guests, wait, lambda: edit(guests, never=NEVER)):
            break
        assert guests.why() == "never", wait
        assert await guests.refuses(), wait
    assert wait >= FEWEST


async def test_an_opening_that_is_taken_away_meanwhile_opens_nothing(
    guests: House,
) -> None:
    for wait in count():
        await begins_anew(guests)
        edit(guests, openings=["always"])
        if not await sets_up(guests, wait, lambda: edit(guests, openings=[])):
            break
        assert not guests.can_be_seen(), wait
        assert await guests.refuses(), wait
    assert wait >= FEWEST


@pytest.mark.parametrize("key", ["viewable", "access", "viewers", "sharing"])
async def test_a_rule_that_is_saved_when_an_entity_appears_counts_at_once(
    guests: House, key: str
) -> None:
    """Platforms are set up beside the entry, each in its turn."""
    entity_id = guests.entity(key)
    await begins_anew(guests)

    @callback
    def appears(event: Event[Any]) -> None:
        if event.data["entity_id"] == entity_id:
            stop()
            edit(guests, never=NEVER)

    stop = guests.hass.bus.async_listen(EVENT_STATE_CHANGED, appears)
    assert await guests.hass.config_entries.async_setup(guests.entry.entry_id)
    await guests.hass.async_block_till_done()
    await guests.hub.home_connected()

    assert share_of(guests.entry, PORCH).data["never"] == NEVER
    assert guests.why() == "never"
    assert await guests.refuses()


async def test_what_turns_meanwhile_counts_at_once(guests: House) -> None:
    await guests.set_rules(never=NEVER)
    for wait in count():
        await begins_anew(guests)
        await guests.says(GUESTS, "off")
        if not await sets_up(guests, wait, lambda: guests.say(GUESTS, "on")):
            break
        assert guests.why() == "never", wait
        assert await guests.refuses(), wait
    assert wait >= FEWEST


async def test_a_camera_that_is_listed_meanwhile_is_there(house: House) -> None:
    yard = share_of(house.entry, YARD)
    for wait in count():
        await begins_anew(house)
        unlist(house)
        if not await sets_up(house, wait, lambda: list_anew(house, yard)):
            break
        for key in ("viewable", "being_watched", "sharing", "share_now", "access"):
            state = house.hass.states.get(house.entity(key, YARD))
            assert state is not None, (key, wait)
            assert state.state != STATE_UNAVAILABLE, (key, wait)
        assert house.why(YARD) == "camera_off", wait
        await house.hub.camera_is("closed", YARD)
    assert wait >= FEWEST


async def test_a_camera_that_is_unlisted_meanwhile_is_gone(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    yard = share_of(house.entry, YARD)
    for wait in count():
        await begins_anew(house)
        if len(house.entry.subentries) == 1:
            list_anew(house, yard)
        caplog.clear()
        listed = share_of(house.entry, YARD)
        if not await sets_up(house, wait, lambda: unlist(house)):
            break
        assert [each["label"] for each in house.hub.cameras()] == [PORCH], wait
        assert entities_of(house, listed) == [], wait
        assert [each for each in caplog.records if each.levelname == "ERROR"] == []
    assert wait >= FEWEST


async def test_a_set_up_that_ends_in_the_middle_leaves_nothing_behind(
    guests: House,
) -> None:
    """Home Assistant cancels it when it stops, or when it takes too long; then it can be tried again."""
    await guests.set_rules(never=NEVER)
    for wait in count():
        await begins_anew(guests)
        await guests.says(GUESTS, "off")
        before = open_clients()
        if not await is_cancelled(guests, wait):
            break
        assert guests.entry.state is ConfigEntryState.SETUP_ERROR, wait
        assert open_clients() == before, wait
        with (
            fired(guests.hass) as counted,
            calls_of(HubRuntime.facts_changed) as turned,
        ):
            await guests.says(GUESTS, "on")
            await guests.says(GUESTS, "off")
        assert (counted.events, turned.number) == (0, 0), wait

        assert await guests.hass.config_entries.async_reload(guests.entry.entry_id)
        await guests.hass.async_block_till_done()
        await guests.hub.home_connected()
        await guests.hub.home_admits()
        await guests.hass.async_block_till_done()

        assert guests.can_be_seen(), wait
        await guests.says(GUESTS, "on")
        assert guests.why() == "never", wait
    assert wait >= FEWEST


async def is_cancelled(house: House, wait: int) -> bool:
    """Set the hub's entry up until this wait; return whether it was reached."""
    acted = []

    def acts(number: int) -> None:
        if number == wait:
            acted.append(number)
            setting_up.cancel()

    async def set_up() -> bool:
        work = house.hass.config_entries.async_setup(house.entry.entry_id)
        return await at_each_wait(work, acts)

    setting_up = asyncio.ensure_future(set_up())
    await asyncio.wait([setting_up])
    await house.hass.async_block_till_done()
    return bool(acted)


def open_clients() -> int:
    """Count the HTTP clients that nobody has closed."""
    clients = (each for each in gc.get_objects() if type(each) is ClientSession)
    return sum(not each.closed for each in clients)


def unlist(house: House) -> None:
    """Take the yard off the hub's list."""
    share = share_of(house.entry, YARD)
    house.hass.config_entries.async_remove_subentry(house.entry, share.subentry_id)


def list_anew(house: House, share: ConfigSubentry) -> None:
    """Put a camera on the hub's list again, as another share."""
    house.hass.config_entries.async_add_subentry(
        house.entry,
        ConfigSubentry(
            data=share.data,
            subentry_type=share.subentry_type,
            title=share.title,
            unique_id=share.unique_id,
        ),
    )


def entities_of(house: House, share: ConfigSubentry) -> list[str]:
    """Find what is left of a camera's entities."""
    registry = er.async_get(house.hass)
    known = er.async_entries_for_config_entry(registry, house.entry.entry_id)
    return [
        each.entity_id for each in known if each.unique_id.startswith(share.subentry_id)
    ]
