"""What is explained is what then happens, through a whole week."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import Context
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_capture_events,
)

from tests.ha.watching import turn_on

from .entities import automations, every_day, ranges, schedule
from .house import House

SECOND = timedelta(seconds=1)
AUTUMN = datetime(2026, 10, 29, 18, tzinfo=UTC)
"""The clocks go back on the Sunday after."""
SPRING = datetime(2027, 3, 11, 18, tzinfo=UTC)
"""The clocks go forward on the Sunday after."""

FULL_DAYS = {
    **every_day(("01:30:00", "02:30:00"), ("22:00:00", "24:00:00")),
    "saturday": ranges(("00:00:00", "24:00:00")),
    "monday": [],
}


async def explained(
    house: House,
    at: datetime | None = None,
    *,
    user: str | None = None,
    camera: str = "camera.porch",
) -> dict[str, Any]:
    """Have the porch explained, or another camera, as its owner does, or another user."""
    answer: Any = await house.hass.services.async_call(
        "latchstring",
        "explain",
        {"at": at} if at else {},
        blocking=True,
        context=Context(user_id=user or house.owner),
        target={"entity_id": camera},
        return_response=True,
    )
    (told,) = answer["shares"]
    assert isinstance(told, dict)
    return told


def moment(told: str | None) -> datetime | None:
    """Read a moment that was told, or that none was."""
    return datetime.fromisoformat(told) if told else None


def shows(house: House, told: dict[str, Any]) -> bool:
    """Say whether the owner is shown now what was told before."""
    return (house.can_be_seen(), house.why()) == (told["open"], told["reason"])


@pytest.mark.parametrize("begin", [AUTUMN, SPRING])
async def test_every_window_comes_as_it_was_told(house: House) -> None:
    key = await schedule(house.hass, FULL_DAYS)
    await house.set_rules(openings=["schedule"], schedule=key)
    await turn_on(house.hass, house.entity("share_now"), user=house.owner)

    windows = (await explained(house))["windows"]

    assert len(windows) > 20
    assert {window["reason"] for window in windows} == {
        "owner",
        "schedule",
        "no_opening",
    }
    for window in windows:
        start, end = moment(window["start"]), moment(window["end"])
        assert start is not None
        assert end is not None
        await house.clock.comes_to(max(start, house.clock.now))
        assert shows(house, window), window
        await house.clock.comes_to(end - SECOND)
        assert shows(house, window), window


async def test_each_moment_comes_as_it_was_told(house: House) -> None:
    key = await schedule(house.hass, every_day(("09:00:00", "17:00:00")))
    await house.set_rules(openings=["schedule"], schedule=key)
    now = house.clock.now
    ahead = {
        now + timedelta(hours=hours): await explained(
            house, now + timedelta(hours=hours)
        )
        for hours in range(1, 72, 5)
    }

    assert {told["open"] for told in ahead.values()} == {True, False}
    for at, told in ahead.items():
        await house.clock.comes_to(at)
        assert shows(house, told), at
        assert house.told()["until"] == moment(told["until"])
        if told["next_change"]:
            now_told = await explained(house)
            assert now_told["next_change"] == told["next_change"]


async def test_a_moment_without_a_zone_is_one_of_the_houses_clock(house: House) -> None:
    key = await schedule(house.hass, every_day(("12:00:00", "12:30:00")))
    await house.set_rules(openings=["schedule"], schedule=key)
    tomorrow = dt_util.as_local(house.clock.now).date() + timedelta(days=1)
    noon = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 12, 10)  # noqa: DTZ001 - as a dashboard gives it

    told = await explained(house, noon)

    assert (told["open"], told["reason"]) == (True, "schedule")


async def test_what_keeps_it_closed_is_named_to_who_may_know_of_it(
    house: House, hass_read_only_user: MockUser
) -> None:
    never = [
        {"entity": "binary_sensor.gate", "clear": ["off"]},
        {"entity": "group.family", "clear": ["not_home"]},
        {"entity": "person.gone", "clear": ["not_home"]},
    ]
    house.say("binary_sensor.gate", "off")
    house.say("person.kim", "unknown")
    await house.says(
        "group.family", "not_home", entity_id=["person.kim", "binary_sensor.gate"]
    )
    await house.set_rules(openings=["always"], never=never)
    assert (await explained(house))["never_while"] == ["person.gone", "person.kim"]

    house.say("person.gone", "not_home")
    await house.says("binary_sensor.gate", "on")
    assert (await explained(house))["never_while"] == [
        "binary_sensor.gate",
        "person.kim",
    ]

    viewable = house.entity("viewable")
    may = {"entity_ids": {viewable: {"read": True}, "person.kim": {"read": True}}}
    hass_read_only_user.mock_policy({"entities": may})
    told = await explained(house, user=hass_read_only_user.id)
    assert (told["reason"], told["never_while"]) == ("never", ["person.kim"])

    house.say("binary_sensor.gate", "off")
    await house.says("person.kim", "Work")
    told = await explained(house)
    assert (told["open"], told["never_while"]) == (True, [])


async def test_who_has_an_automation_ask_is_told_no_more_than_who_asks(
    house: House, hass_read_only_user: MockUser
) -> None:
    """It is theirs while they run it by hand; what it does by itself, its author has said."""
    never = [{"entity": "person.kim", "clear": ["not_home"]}]
    await house.says("person.kim", "home")
    await house.set_rules(openings=["always"], never=never)
    asks = {
        "action": "latchstring.explain",
        "target": {"entity_id": "camera.porch"},
        "response_variable": "told",
    }
    tells = {
        "event": "told",
        "event_data": {"never_while": "{{ told.shares[0].never_while }}"},
    }
    trigger = {"trigger": "event", "event_type": "asked"}
    await automations(house.hass, {"triggers": trigger, "actions": [asks, tells]})
    may = {
        house.entity("viewable"): {"read": True},
        "automation.a_0": {"control": True},
    }
    hass_read_only_user.mock_policy({"entities": {"entity_ids": may}})
    told = async_capture_events(house.hass, "told")

    await house.hass.services.async_call(
        "automation",
        "trigger",
        {"entity_id": "automation.a_0"},
        blocking=True,
        context=Context(user_id=hass_read_only_user.id),
    )
    await house.hass.async_block_till_done()
    house.hass.bus.async_fire("asked")
    await house.hass.async_block_till_done()

    assert [each.data["never_while"] for each in told] == [[], ["person.kim"]]
