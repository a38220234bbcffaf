"""A schedule opens and closes at its edges, and what its owner edits counts at once."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from tests.ha.watching import turn_off, turn_on

from .entities import every_day, ranges, schedule
from .house import House


def local(house: House, day: int, hour: int, minute: int = 0) -> datetime:
    """Give a moment by the house's own clock, so many days from the first."""
    first = dt_util.as_local(house.clock.now).date()
    then = datetime(first.year, first.month, first.day, hour, minute)  # noqa: DTZ001 - its zone comes with the next line
    return (then + timedelta(days=day)).replace(tzinfo=dt_util.get_default_time_zone())


async def open_by(house: House, week: Mapping[str, Any]) -> None:
    """Let the porch be seen by this week's hours."""
    key = await schedule(house.hass, week)
    await house.set_rules(openings=["schedule"], schedule=key)


async def test_a_schedule_opens_and_closes_at_its_edges(house: House) -> None:
    await open_by(house, every_day(("12:00:00", "12:30:00")))
    noon = local(house, 0, 12)
    await house.clock.comes_to(noon - timedelta(seconds=1))
    assert await house.refuses()
    assert house.camera()["state"] == "closed"

    await house.clock.comes_to(noon)

    assert (await house.hub.camera_is("open"))["label"] == "Front door"
    opened = await house.watch()
    await house.clock.comes_to(noon + timedelta(minutes=29, seconds=59))
    await house.goes_on(opened)
    await house.clock.comes_to(noon + timedelta(minutes=30))
    await house.was_cut(opened)
    assert await house.refuses()


async def test_a_night_is_one_range_and_midnight_cuts_nobody(house: House) -> None:
    night = every_day(("00:00:00", "01:00:00"), ("22:00:00", "24:00:00"))
    await open_by(house, night)
    await house.clock.comes_to(local(house, 0, 23, 30))
    opened = await house.watch()
    assert house.told()["until"] == local(house, 1, 1)

    await house.clock.passes(minutes=59, seconds=59)

    await house.goes_on(opened)
    await house.clock.passes(seconds=1)
    await house.clock.passes(minutes=30)
    await house.was_cut(opened)
    assert not house.can_be_seen()


async def test_what_blocks_does_so_on_schedule_too(house: House) -> None:
    await open_by(house, every_day(("00:00:00", "24:00:00")))
    opened = await house.watch()

    await turn_off(house.hass, house.entity("sharing"))

    await house.was_cut(opened)
    assert await house.refuses()
    await turn_on(house.hass, house.entity("sharing"), user=house.owner)
    await house.watch()


@pytest.fixture
async def edited(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Any:
    """Give what an owner edits a schedule with."""
    await schedule(hass, {})
    client = await hass_ws_client(hass)

    async def edit(service: str, **data: Any) -> Any:
        await client.send_json_auto_id({"type": f"schedule/{service}", **data})
        answer = await client.receive_json()
        assert answer["success"], answer
        await hass.async_block_till_done()
        return answer["result"]

    return edit


async def test_an_edited_schedule_counts_at_once(house: House, edited: Any) -> None:
    week = every_day(("00:00:00", "24:00:00"))
    made = await edited("create", name="Open", **week)
    await house.set_rules(openings=["schedule"], schedule="schedule.open")
    opened = await house.watch()

    later = every_day(("18:00:00", "19:00:00"))
    await edited("update", schedule_id=made["id"], name="Open", **later)

    await house.was_cut(opened)
    assert await house.refuses()
    await edited("update", schedule_id=made["id"], name="Open", **week)
    await house.watch()


async def test_an_edit_of_another_day_is_known_before_that_day_comes(
    house: House, edited: Any
) -> None:
    night = {
        "wednesday": ranges(("09:00:00", "24:00:00")),
        "thursday": ranges(("00:00:00", "06:00:00")),
    }
    made = await edited("create", name="Open", **night)
    await house.set_rules(openings=["schedule"], schedule="schedule.open")
    assert house.told()["until"] == local(house, 1, 6)

    night["thursday"] = ranges(("00:00:00", "02:00:00"))
    await edited("update", schedule_id=made["id"], name="Open", **night)

    assert house.told()["until"] == local(house, 1, 2)


class TestInSpring:
    """The night in which the clocks leap from two to three."""

    @pytest.fixture
    def begin(self) -> datetime:
        return datetime(2027, 3, 14, 9, tzinfo=UTC)  # one o'clock

    async def test_hours_across_the_lost_hour_are_an_hour_shorter(
        self, house: House
    ) -> None:
        await open_by(house, every_day(("01:30:00", "04:00:00")))
        await house.clock.passes(minutes=30)
        opened = await house.watch()

        await house.clock.passes(minutes=59)
        again = await house.watch(officer="Officer R. Lee")
        await house.clock.passes(minutes=30, seconds=59)

        await house.goes_on(again)
        await house.hub.ended(opened.session)
        await house.clock.passes(seconds=1)
        await house.was_cut(again)

    async def test_hours_that_do_not_come_open_nothing(self, house: House) -> None:
        await open_by(house, every_day(("02:15:00", "02:45:00")))

        for _ in range(12):
            await house.clock.passes(minutes=15)
            assert not house.can_be_seen()


class TestInAutumn:
    """The night in which the hour from one to two comes twice."""

    @pytest.fixture
    def begin(self) -> datetime:
        return datetime(2026, 11, 1, 7, tzinfo=UTC)  # midnight

    async def test_hours_within_it_come_once(self, house: House) -> None:
        await open_by(house, every_day(("01:15:00", "01:45:00")))
        seen = []

        for _ in range(12):
            await house.clock.passes(minutes=15)
            seen.append(house.can_be_seen())

        assert seen == [each in (4, 5) for each in range(12)]

    async def test_hours_across_it_are_an_hour_longer(self, house: House) -> None:
        await open_by(house, every_day(("00:30:00", "02:30:00")))
        await house.clock.passes(hours=2, minutes=45)
        opened = await house.watch()

        await house.clock.passes(minutes=44, seconds=59)

        await house.goes_on(opened)
        await house.clock.passes(seconds=1)
        await house.was_cut(opened)
