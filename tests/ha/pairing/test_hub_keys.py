"""A record that goes on past a change of the hub's key is proven by the key that the owner was given first."""

from typing import Any

from homeassistant.components.repairs import DOMAIN as REPAIRS_DOMAIN
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.ha.actions.test_export import checked, export
from tests.ha.flows.test_repairs import (
    answer_repair,
    begin_repair,
    issue_of_reading_again,
)
from tests.ha.front_door import answer, begin_again
from tests.ha.reviewing import known_anew
from tests.ha.watching import turn_off, turn_on, watch
from tests.reference_hub import ReferenceHub
from tests.verifier.running import Said


@pytest.fixture
async def before(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> str:
    """A home whose hub has watched, and what that hub is known by."""
    assert await async_setup_component(hass, REPAIRS_DOMAIN, {})
    await look_once(hass, hub, owner)
    return hub.hub_id


async def look_once(hass: HomeAssistant, hub: ReferenceHub, owner: str) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)
    await turn_off(hass)
    await hub.ended(session.session)
    await hub.receipt(session.session)


async def accept_proven_key(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    await hub.change_keys()
    step = await begin_repair(hass, await issue_of_reading_again(hass, entry))
    await answer_repair(hass, step, {"accept": True})
    await hub.home_connected()


async def pair_with_unproven_key(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    (home,) = hub.homes()
    await hub.change_keys(signed=False)
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": hub.invitation()})
    step = await answer(hass, step, {"same_hub": True})
    await answer(hass, step, {"accept": True})
    await known_anew(hub, [home])
    await hub.forget(home)  # nobody but the hub can say that it is over


async def last_session_is_confirmed(hass: HomeAssistant, entry: ConfigEntry) -> int:
    """Wait until the hub has cosigned the end of what it watched last, and give that entry's place."""
    record = hass.data[HOUSEHOLD_KEY].record
    ends = await record.log(entry.entry_id).entries(kinds=("session_ended",))
    last = max(each.index for each in ends)
    while await record.log(entry.entry_id).cosigned_size() <= last:
        pass  # each question goes behind what the record has to do
    return last


async def proven(hass: HomeAssistant, owner: str, *keys: str, **what: Any) -> Said:
    exported = await export(hass, owner, **what)
    said = await checked(
        exported["path"], *(word for key in keys for word in ("--hub-key", key))
    )
    assert said.findings() == []
    return said


async def test_the_first_key_proves_all_that_its_successors_have_confirmed(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    before: str,
) -> None:
    for _ in range(2):
        await accept_proven_key(hass, hub, entry)
        await look_once(hass, hub, owner)
    last = await last_session_is_confirmed(hass, entry)

    said = await proven(hass, owner, before, hub=entry.entry_id)
    assert said.status == "verified"
    (log,) = said.verdict["logs"]
    assert log["confirmed"]["entries"] > last
    assert (
        await proven(hass, owner, hub.hub_id, hub=entry.entry_id)
    ).status == "self_consistent"


async def test_each_session_alone_is_proven_by_the_first_key(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    before: str,
) -> None:
    await accept_proven_key(hass, hub, entry)
    await look_once(hass, hub, owner)
    await last_session_is_confirmed(hass, entry)
    record = hass.data[HOUSEHOLD_KEY].record
    sessions = await record.log(entry.entry_id).entries(kinds=("session_started",))
    assert len(sessions) == 2

    for session in sessions:
        said = await proven(hass, owner, before, entry=session.id)
        assert said.status == "verified"


async def test_a_key_that_nothing_leads_to_has_to_be_named_too(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    before: str,
) -> None:
    await pair_with_unproven_key(hass, hub, entry)
    await look_once(hass, hub, owner)
    await last_session_is_confirmed(hass, entry)

    assert (
        await proven(hass, owner, before, hub=entry.entry_id)
    ).status == "self_consistent"
    said = await proven(hass, owner, before, hub.hub_id, hub=entry.entry_id)
    assert said.status == "verified"


async def test_who_accepted_the_new_key_stands_in_the_households_log(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    before: str,
) -> None:
    await accept_proven_key(hass, hub, entry)

    record = hass.data[HOUSEHOLD_KEY].record
    changes = await record.log("household").entries(kinds=("consent_changed",))
    rules = [each.content["rules"] for each in changes]
    named = [
        each["hub_id"] for each in rules if isinstance(each, dict) and "hub_id" in each
    ]
    assert named == [hub.hub_id]
