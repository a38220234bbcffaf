"""The switches that turn themselves off do so by the earlier of the two clocks, like what they open."""

import pytest

from tests.ha.watching import SHARE_ALL, is_on, turn_on

from .house import YARD, House

MINUTES = 15


@pytest.fixture
async def panic(house: House) -> House:
    """Somebody has pressed the panic button."""
    await turn_on(house.hass, SHARE_ALL, user=house.owner)
    assert is_on(house.hass, house.entity("share_now"))
    return house


async def test_by_the_clock_that_only_goes_on(panic: House) -> None:
    await panic.clock.passes(minutes=MINUTES - 1)
    assert is_on(panic.hass, SHARE_ALL)

    await panic.clock.passes(minutes=1)

    assert not is_on(panic.hass, SHARE_ALL)
    assert not is_on(panic.hass, panic.entity("share_now"))


async def test_by_the_clock_on_the_wall(panic: House) -> None:
    await panic.clock.is_set(minutes=MINUTES)

    assert not is_on(panic.hass, SHARE_ALL)
    assert not is_on(panic.hass, panic.entity("share_now"))


async def test_what_is_shared_after_an_alarm_is_no_part_of_it(panic: House) -> None:
    await panic.clock.is_set(minutes=MINUTES)
    await panic.clock_is_believed()

    await turn_on(panic.hass, panic.entity("share_now"), user=panic.owner)

    assert is_on(panic.hass, panic.entity("share_now"))
    assert not is_on(panic.hass, SHARE_ALL)


async def test_what_ended_with_its_alarm_is_no_part_of_the_next_one(
    panic: House,
) -> None:
    for label in ("Front door", YARD):
        await panic.call("switch", "turn_off", panic.entity("share_now", label))

    await turn_on(panic.hass, panic.entity("share_now"), user=panic.owner)

    assert not is_on(panic.hass, SHARE_ALL)


async def test_each_press_gives_the_whole_time_again(panic: House) -> None:
    await panic.clock.passes(minutes=MINUTES - 1)

    await turn_on(panic.hass, SHARE_ALL, user=panic.owner)

    await panic.clock.passes(minutes=MINUTES - 1)
    assert is_on(panic.hass, SHARE_ALL)
    await panic.clock.passes(minutes=1)
    assert not is_on(panic.hass, SHARE_ALL)
