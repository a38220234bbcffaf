"""What closes by an edit, an unload, a removal or an action closes, though something is thrown on the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from homeassistant.core import Context
from homeassistant.helpers import entity_registry as er
import pytest

from .house import PORCH, YARD, House, change_rules, entity_of_share
from .thrown import Calls, Thrown

SAM = "person.sam"


@pytest.fixture(autouse=True)
async def _thrown_is_no_fault_of_the_loop() -> AsyncIterator[None]:
    """Let the loop be told of what nobody caught."""
    loop = asyncio.get_running_loop()
    report = loop.get_exception_handler()
    assert report is not None
    loop.set_exception_handler(
        lambda loop, told: (
            None if isinstance(told.get("exception"), Thrown) else report(loop, told)
        )
    )
    yield
    loop.set_exception_handler(report)


@pytest.mark.parametrize(
    "within",
    ["UpdateListener.async_updated", "ShareList.read", "EntityMonitor.__init__"],
)
async def test_a_rule_counts_though_it_could_not_be_taken_over(
    house: House, within: str
) -> None:
    await house.says(SAM, "home")
    await house.set_rules(PORCH, openings=["always"])
    opened = await house.watch(PORCH)
    never = [{"entity": SAM, "clear": ["not_home"]}]

    with Calls(throw_at=1, within=within) as calls:
        change_rules(house.hass, house.entry, PORCH, never=never)
        await house.hass.async_block_till_done()

    assert calls.thrown_at
    assert (await house.hub.upload_ended(opened.carried_by)).end == "reset"
    await house.clock.passes(seconds=10)
    await house.hub.home_connected()
    assert house.why(PORCH) == "never"
    assert await house.refuses(PORCH)


@pytest.mark.parametrize("within", ["HubRuntime.async_stop", "DisplayQueue.forget"])
async def test_an_unload_cuts_whatever_fails(house: House, within: str) -> None:
    await house.set_rules(PORCH, openings=["always"])
    opened = await house.watch(PORCH)

    with Calls(throw_at=1, within=within) as calls:
        await house.hass.config_entries.async_unload(house.entry.entry_id)

    assert calls.thrown_at
    assert (await house.hub.upload_ended(opened.carried_by)).end == "reset"
    assert house.entry.runtime_data.gate.sessions() == ()


async def test_a_switch_that_is_disabled_closes_whatever_fails(house: House) -> None:
    await house.set_rules(PORCH, openings=["always"])
    opened = await house.watch(PORCH)

    with Calls(throw_at=1, within="LatchstringEntity.on_gone") as calls:
        er.async_get(house.hass).async_update_entity(
            house.entity("sharing"), disabled_by=er.RegistryEntryDisabler.USER
        )
        await house.hass.async_block_till_done()

    assert calls.thrown_at
    await house.was_cut(opened)


async def test_an_action_closes_all_the_others_whatever_fails(house: House) -> None:
    cameras = []
    for label in (PORCH, YARD):
        await house.set_rules(label, openings=["always"])
        await house.watch(label)
        entity = entity_of_share(house.hass, house.entry, "sharing", label)
        device = er.async_get(house.hass).async_get(entity)
        assert device is not None
        cameras.append(device.device_id)

    with Calls(throw_at=1, within="Sharing.close") as calls, suppress(Thrown):
        await house.hass.services.async_call(
            "latchstring",
            "stop_sharing",
            {"also_switch_off": True},
            target={"device_id": cameras},
            blocking=True,
            context=Context(user_id=house.owner),
        )

    assert calls.thrown_at
    await house.hass.async_block_till_done()
    assert len(house.entry.runtime_data.gate.sessions()) == 1
