"""A hub can't tell why it is told no: not by the words, and not by when they come."""

import asyncio
from collections.abc import Sequence
import json
import random
from typing import Any

from homeassistant.core import Context, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import (
    async_mock_service,
)

from custom_components.latchstring.core.messages import RequestOpen
from tests.ha.phones import ALEX, register_phone
from tests.ha.watching import turn_off, turn_on
from tests.reference_hub import Refused

from .house import PORCH, YARD, House

SAM = "person.sam"
PHONE = "mobile_app_alex"
UNLISTED = "x" * 22
REFUSE = 2
TRIALS = 200
AT_A_TIME = 10
"""As many as fit into the half second that each of them takes, by the quota."""
OWN_WORDS = ("jsonrpc", "method", "code", "message", "state", "label", "granted")
"""Members whose values are the protocol's own, or the same in every house of these tests."""


@pytest.fixture
async def phone(house: House) -> list[ServiceCall]:
    """The owner's phone; both cameras ask first, the porch never while Sam is home."""
    register_phone(house.hass, "Alex", "Apple")
    phone = async_mock_service(house.hass, "notify", PHONE)
    options = {**house.entry.options, "notify": [ALEX]}
    house.hass.config_entries.async_update_entry(house.entry, options=options)
    await house.says(SAM, "not_home")
    never = [{"entity": SAM, "clear": ["not_home"]}]
    await house.set_rules(PORCH, openings=["approval"], never=never)
    await house.set_rules(YARD, openings=["approval"])
    return phone


async def refuse(house: House, phone: Sequence[ServiceCall]) -> None:
    """Say no to the newest question on the phone."""
    action = phone[-1].data["data"]["actions"][REFUSE]["action"]
    house.hass.bus.async_fire(
        "mobile_app_notification_action",
        {"action": action},
        context=Context(user_id=house.owner),
    )
    await house.hass.async_block_till_done()


def without_ids(value: Any, key: str = "") -> Any:
    """Give a message with nothing but its shape and the protocol's own words."""
    if isinstance(value, dict):
        return {name: without_ids(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [without_ids(each, key) for each in value]
    return value if key in OWN_WORDS or isinstance(value, bool) else type(value)


@pytest.mark.parametrize("label", [PORCH, YARD])
async def test_at_home_and_away_refused_and_ignored_look_the_same(
    house: House, phone: list[ServiceCall], label: str
) -> None:
    heard: dict[str, list[Any]] = {}

    for presence in ("home", "not_home"):
        for answer in ("refused", "ignored", "hub paused", "camera off"):
            transcript = house.hub.transcript
            await house.says(SAM, presence)
            if answer == "hub paused":
                await turn_off(house.hass, house.entity("hub_sharing", None))
            if answer == "camera off":
                await turn_off(house.hass, house.entity("sharing", label))
            await house.hub.request("session.close", {"session": "s-" + "0" * 16})
            begin, told = len(transcript), len(phone)
            camera = house.camera(label)["camera"]
            request, answered = await house.hub.ask_to_watch(camera)
            assert answered["result"] == {}
            if answer == "refused" and len(phone) > told:
                await refuse(house, phone)
            await house.clock.passes(seconds=119)
            assert await house.refuses(label)
            await house.clock.passes(seconds=1)
            assert not await house.hub.decided(request)
            assert await house.refuses(label)
            heard[f"{presence}, {answer}"] = [
                (each.direction, without_ids(each.message))
                for each in list(transcript)[begin:]
            ]
            await turn_on(
                house.hass, house.entity("hub_sharing", None), user=house.owner
            )
            await turn_on(house.hass, house.entity("sharing", label), user=house.owner)

    assert len(heard) == 8
    assert len({repr(each) for each in heard.values()}) == 1, heard
    assert not house.hub.faults


async def test_when_it_is_told_no_depends_on_when_it_asked_and_on_nothing_else(
    house: House, phone: list[ServiceCall]
) -> None:
    loop, requests = house.clock.loop, house.entry.runtime_data.requests
    received: dict[str, float] = {}
    take = requests.async_ask

    async def note(message: RequestOpen, at: float) -> None:
        received[message.request] = at
        await take(message, at)

    requests.async_ask = note  # looked at, and let through
    chance = random.Random(0)  # noqa: S311 - an order, no secret
    cameras = [house.camera(PORCH)["camera"], house.camera(YARD)["camera"], UNLISTED]

    for _ in range(TRIALS // AT_A_TIME):
        await house.says(SAM, chance.choice(["home", "not_home", "unknown"]))
        loop.moments.clear()
        asked = await asyncio.gather(
            *(house.hub.ask_to_watch(chance.choice(cameras)) for _ in range(AT_A_TIME))
        )
        here = {request: received[request] for request, _ in asked}
        assert {at + 0.5 for at in here.values()} <= set(loop.moments)
        assert {at + 120.0 for at in here.values()} <= set(loop.moments)
        assert {json.dumps(answer["result"]) for _, answer in asked} == {"{}"}
        if chance.random() < 0.5 and "actions" in phone[-1].data["data"]:
            await refuse(house, phone)
        before = len(house.hub.transcript)
        await house.clock.passes(seconds=120)
        for request, _ in asked:
            assert not await house.hub.decided(request)
        decided = [
            each.message["params"]["request"]
            for each in list(house.hub.transcript)[before:]
            if each.message.get("method") == "request.decided"
        ]
        assert decided == sorted(here, key=lambda request: here[request])

    assert len(received) == TRIALS


async def test_a_refusal_of_a_session_comes_at_its_moment_whatever_its_reason(
    house: House, phone: list[ServiceCall]
) -> None:
    await house.set_rules(YARD, openings=["always"], limits={"case_required": True})
    cameras = [house.camera(PORCH)["camera"], house.camera(YARD)["camera"], UNLISTED]
    chance = random.Random(1)  # noqa: S311 - an order, no secret

    for _ in range(TRIALS // AT_A_TIME):
        await house.says(SAM, chance.choice(["home", "not_home", "unknown"]))
        refused = await asyncio.gather(
            *(
                house.hub.open_session(chance.choice(cameras), case=None)
                for _ in range(AT_A_TIME)
            )
        )
        assert {isinstance(each, Refused) and each.code for each in refused} == {
            "not_available"
        }
        assert all(isinstance(each, Refused) and each.after >= 0.5 for each in refused)
