"""Nothing stays open longer than by the earlier of the two clocks, nor by one that cannot be right."""

from datetime import timedelta

import pytest

from tests.ha.watching import turn_on

from .house import House

DOOR = "binary_sensor.door"
QUARTER = timedelta(minutes=15)


@pytest.fixture(params=["alarm", "owner"])
async def opened_for_a_while(house: House, request: pytest.FixtureRequest) -> None:
    """The porch is open for a quarter of an hour."""
    await house.says(DOOR, "off")
    await house.set_rules(openings=["alarm"], alarms=[DOOR])
    if request.param == "alarm":
        await house.says(DOOR, "on")
    else:
        await turn_on(house.hass, house.entity("share_now"), user=house.owner)
    assert house.told()["until"] == house.clock.now + QUARTER


@pytest.mark.usefixtures("opened_for_a_while")
async def test_a_clock_set_back_an_hour_closes_until_it_has_caught_up(
    house: House,
) -> None:
    opened = await house.watch()

    await house.clock.is_set(hours=-1)

    await house.was_cut(opened)
    assert house.why() == "clock_untrusted"
    assert await house.refuses()


@pytest.mark.usefixtures("opened_for_a_while")
async def test_setting_the_clock_back_buys_no_time(house: House) -> None:
    await house.clock.is_set(hours=-1)
    await house.clock.passes(minutes=15)

    await house.clock.is_set(hours=1)

    assert house.why() == "no_opening"
    assert await house.refuses()


@pytest.mark.usefixtures("opened_for_a_while")
async def test_a_clock_set_forward_a_day_ends_what_was_to_end_that_day(
    house: House,
) -> None:
    opened = await house.watch()

    await house.clock.is_set(days=1)

    await house.was_cut(opened)
    await house.clock_is_believed()
    assert house.why() == "no_opening"
    assert await house.refuses()


@pytest.mark.usefixtures("opened_for_a_while")
async def test_a_day_that_was_wrong_opens_nothing_when_it_is_put_right(
    house: House,
) -> None:
    await house.clock.is_set(days=1)
    await house.clock_is_believed()
    await house.call("switch", "turn_off", house.entity("sharing"))
    await turn_on(house.hass, house.entity("sharing"), user=house.owner)

    await house.clock.is_set(days=-1)

    assert house.why() == "clock_untrusted"
    assert await house.refuses()


async def test_a_clock_set_back_an_hour_closes_what_stands_open_too(
    house: House,
) -> None:
    await house.set_rules(openings=["always"])
    opened = await house.watch()

    await house.clock.is_set(hours=-1)

    await house.was_cut(opened)
    assert house.why() == "clock_untrusted"
    await house.clock.passes(hours=1)
    await house.clock_is_believed()
    await house.watch()


async def test_who_watches_is_cut_after_an_hour_whatever_the_clock_says(
    house: House,
) -> None:
    await house.set_rules(openings=["always"])
    opened = await house.watch()

    await house.clock.is_set(hours=2)

    await house.was_cut(opened)
    await house.clock_is_believed()
    await house.watch()
