"""A clock that leaped closes all as long as nobody knows better, and what it said counts no more afterwards."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.latchstring.const import DOMAIN
from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.ha.flows.test_repairs import answer_repair, begin_repair
from tests.ha.restarting import start, stop
from tests.ha.watching import recorded, turn_off, turn_on
from tests.reference_hub import Conduct

from .house import House

YEARS = timedelta(days=3650)
ISSUE = "clock_untrusted"


@pytest.fixture
async def house(house: House) -> House:
    """The porch stands open."""
    assert await async_setup_component(house.hass, REPAIRS, {})
    await house.set_rules(openings=["always"])
    return house


def hub_goes_right(house: House, *, ahead: timedelta = timedelta(0)) -> None:
    """Let the hub's clock be so far ahead of the house's."""
    house.hub.conduct = Conduct(clock_ahead=ahead)


def is_in_repairs(hass: HomeAssistant) -> bool:
    return ir.async_get(hass).async_get_issue(DOMAIN, ISSUE) is not None


async def somebody_switches(house: House) -> Mapping[str, Any]:
    """Let the owner turn a switch off and on, and give what was written down of the last."""
    await turn_off(house.hass, house.entity("sharing"), user=house.owner)
    await turn_on(house.hass, house.entity("sharing"), user=house.owner)
    await house.hass.async_block_till_done()
    return (await recorded(house.hass, "switch_turned"))[-1]


async def test_a_forged_time_closes_and_is_forgotten_with_the_forgery(
    house: House,
) -> None:
    hub_goes_right(house, ahead=-YEARS)
    opened = await house.watch()
    before = house.clock.now

    await house.clock.is_set(days=3650)

    await house.was_cut(opened)
    ended = await house.hub.ended(opened.session)
    assert ended["at"].startswith("2026-11-18")
    assert house.why() == ISSUE
    entry = await somebody_switches(house)
    assert entry["clock"] == "unbelieved"
    assert entry["at"].startswith("2026-11-18")
    assert not is_in_repairs(house.hass)
    await house.clock.passes(minutes=1)
    assert is_in_repairs(house.hass)

    await house.clock.is_set(days=-3650)

    assert house.clock.now - before < timedelta(minutes=5)
    assert not is_in_repairs(house.hass)
    await house.watch()
    assert "clock" not in await somebody_switches(house)


async def test_a_hub_that_agrees_has_the_clock_believed_at_once(house: House) -> None:
    await house.clock.is_set(days=1)

    await house.clock_is_believed()

    await house.watch()
    assert not is_in_repairs(house.hass)


async def test_who_agreed_with_another_clock_has_not_agreed_with_this_one(
    house: House,
) -> None:
    clock = house.hass.data[HOUSEHOLD_KEY].clock
    lead = clock.lead
    hub_goes_right(house, ahead=-YEARS)
    await house.clock.is_set(days=3650)

    house.hass.data[HOUSEHOLD_KEY].agree_on_clock(lead)
    await house.hass.async_block_till_done()

    assert house.why() == ISSUE


async def test_what_was_written_by_a_forged_time_that_a_hub_agreed_with_is_outlived(
    house: House,
) -> None:
    await house.clock.is_set(days=3650)
    await house.clock_is_believed()
    await somebody_switches(house)

    await house.clock.is_set(days=-3650)
    await house.clock.passes(minutes=2)

    assert house.why() == ISSUE
    form = await begin_repair(house.hass, ISSUE)
    shown = form["description_placeholders"]
    assert shown is not None
    assert shown["newest"].startswith("2036-")
    await answer_repair(house.hass, form, {})
    (said,) = await recorded(house.hass, "clock_confirmed")
    assert said["newest"].startswith("2036-")
    assert said["at"].startswith("2026-11-18")
    await house.watch()

    await stop(house.hass, house.entry)
    await start(house.hass, house.entry)
    await house.hub.home_connected()
    await house.watch()


async def test_what_is_written_while_the_clock_is_behind_delays_nothing(
    house: House,
) -> None:
    await house.clock.is_set(hours=-1)
    assert house.why() == ISSUE
    await house.clock.passes(minutes=55)
    await somebody_switches(house)

    await house.clock.passes(minutes=6)
    await house.clock_is_believed()

    await house.watch()


async def test_a_clock_that_has_no_time_cannot_be_confirmed(house: House) -> None:
    await house.clock.is_set_to(datetime(1970, 1, 1, tzinfo=UTC))
    await house.clock.passes(minutes=2)

    assert house.why() == ISSUE
    done = await begin_repair(house.hass, ISSUE)
    assert (done["type"], done["reason"]) == ("abort", "too_early")
    assert await recorded(house.hass, "clock_confirmed") == []


@pytest.mark.parametrize("year", [1970, 2099])
async def test_a_start_with_a_wrong_clock_opens_nothing_and_closes_for_no_longer(
    house: House, year: int
) -> None:
    hub_goes_right(house, ahead=-timedelta(days=365))
    right = house.clock.now
    await stop(house.hass, house.entry)
    await house.clock.is_set_to(datetime(year, 1, 1, tzinfo=UTC))

    await start(house.hass, house.entry)

    assert house.why() == ISSUE
    assert (await somebody_switches(house))["at"].startswith("2026-11-18")
    hub_goes_right(house)
    await house.clock.is_set_to(right + timedelta(minutes=1))
    await house.clock_is_believed()
    await house.hub.home_connected()
    await house.watch()


@pytest.mark.parametrize(
    "begin", [datetime(2026, 11, 1, 8, 30, tzinfo=UTC)], ids=["an hour comes twice"]
)
async def test_an_hour_that_comes_twice_is_no_leap(house: House) -> None:
    opened = await house.watch()

    await house.clock.passes(minutes=50)

    assert house.why() == "always"
    await house.goes_on(opened)
