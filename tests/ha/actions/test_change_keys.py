"""An administrator changes the keys for a hub: whoever has a copy of the old ones reaches it no more."""

import asyncio
from pathlib import Path
from typing import Any, cast

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.record import HOUSEHOLD
from tests.ha.front_door import DOMAIN, keys_of
from tests.ha.restarting import restart_restored, start, stop
from tests.ha.reviewing import issue_turned, known_anew
from tests.ha.watching import SHARING, is_on, reason, recorded, turn_on, watch
from tests.record.gaps import gaps
from tests.reference_hub import Conduct, ReferenceHub

from .test_export import checked, export


async def change_keys(hass: HomeAssistant, hub: str, *, user: str) -> None:
    """Call the action."""
    await hass.services.async_call(
        DOMAIN,
        "change_keys",
        {"hub": hub},
        blocking=True,
        context=Context(user_id=user),
    )


async def test_who_watches_is_cut_and_may_come_back_under_the_new_keys_only(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)
    (before,), old = hub.homes(), keys_of(hass, entry)

    await change_keys(hass, entry.entry_id, user=owner)

    assert (await hub.ended(session.session))["bytes"] > 0
    known = await known_anew(hub, [before])
    assert hub.homes() == [known]
    assert len(hub.store.successions()) == 1
    for use in ("dial_in", "log"):
        assert keys_of(hass, entry)[use] != old[use]
    await hass.async_block_till_done()
    assert is_on(hass, SHARING)
    await watch(hub)
    assert not hub.faults


async def test_the_record_says_who_did_it_and_goes_on_without_a_gap(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    (before,) = hub.homes()
    await change_keys(hass, entry.entry_id, user=owner)
    await known_anew(hub, [before])

    (changed,) = await recorded(hass, "keys_changed")
    assert changed["actor"]["user_id"] == owner
    assert changed["hub"] == entry.entry_id
    (begun,) = await recorded(hass, "epoch_begun")
    assert begun["cause"] == "keys_changed"
    assert begun["size"] == begun["known_size"]
    assert gaps(hass.data[HOUSEHOLD_KEY].record, entry.entry_id) == []
    exported = await export(hass, owner, format="folder")
    assert (await checked(exported["path"])).findings() == []


async def test_what_the_old_keys_end_with_is_confirmed_by_what_the_new_ones_begin_with(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    """Nobody cosigns the last entries of a log that is over; the page, the record and the verifier agree on them."""
    await turn_on(hass, user=owner)
    session = await watch(hub)
    (before,) = hub.homes()
    await change_keys(hass, entry.entry_id, user=owner)
    await known_anew(hub, [before])
    record = hass.data[HOUSEHOLD_KEY].record
    async with asyncio.timeout(30):
        while not await record.log(entry.entry_id).cosigned_size():
            pass  # each question goes behind what the record has to do

    (ended,) = await told(hass, owner, "session_ended")
    assert (ended["session"], ended["confirmed"]) == (session.session, True)
    exported = await export(hass, owner, format="folder")
    said = await checked(exported["path"], "--hub-key", hub.hub_id)
    (former,) = (
        log
        for log in said.verdict["logs"]
        if log["log"] != HOUSEHOLD and log["epoch"] == 0
    )
    assert (said.findings(), former["confirmed"]["entries"]) == ([], former["entries"])
    page = await asyncio.to_thread(Path(exported["path"], "summary.html").read_text)
    assert "By the hub" in page
    assert "Not confirmed:" not in page
    assert "(part 2, with new keys)" in page


async def told(hass: HomeAssistant, user: str, kind: str) -> list[dict[str, Any]]:
    """Return what the record's action says of one kind of entries."""
    answer = await hass.services.async_call(
        DOMAIN,
        "get_record",
        {"kind": [kind]},
        blocking=True,
        context=Context(user_id=user),
        return_response=True,
    )
    assert answer is not None
    return list(cast("Any", answer)["entries"])


async def test_a_hub_that_is_away_is_told_when_it_is_back_and_stays_closed_until_then(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    (before,) = hub.homes()
    hub.conduct = Conduct(loses_pairing=True)
    shown = issue_turned(hass, f"keys_untold_{entry.entry_id}")

    await change_keys(hass, entry.entry_id, user=owner)

    await shown()
    assert reason(hass) == "restored"
    (known,) = hub.homes()
    assert known != before
    await stop(hass, entry)
    hub.conduct = Conduct()
    await start(hass, entry)
    assert await known_anew(hub, [before]) == known
    issue = f"keys_untold_{entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is None
    await watch(hub)


async def test_only_administrators_may(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, member: MockUser
) -> None:
    old = keys_of(hass, entry)

    with pytest.raises(Unauthorized):
        await change_keys(hass, entry.entry_id, user=member.id)

    assert keys_of(hass, entry) == old
    assert await recorded(hass, "keys_changed") == []


@pytest.mark.parametrize("hub_id", ["nothing", "another integration"])
async def test_what_is_no_hub_is_refused(
    hass: HomeAssistant, entry: ConfigEntry, owner: str, hub_id: str
) -> None:
    others = [each for each in hass.config_entries.async_entries() if each != entry]
    chosen = others[0].entry_id if hub_id == "another integration" else hub_id

    with pytest.raises(ServiceValidationError) as refused:
        await change_keys(hass, chosen, user=owner)

    assert refused.value.translation_key == "hub_not_paired"


async def test_a_home_that_came_back_is_reviewed_first(
    hass: HomeAssistant, entry: ConfigEntry, owner: str
) -> None:
    await restart_restored(hass, entry)

    with pytest.raises(ServiceValidationError) as refused:
        await change_keys(hass, entry.entry_id, user=owner)

    assert refused.value.translation_key == "review_first"


async def test_a_hub_that_is_removed_meanwhile_gets_no_keys_and_does_not_come_back(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    """Its removal holds it until the hub has heard its goodbye."""
    removal = hass.async_create_task(hass.config_entries.async_remove(entry.entry_id))

    with pytest.raises(ServiceValidationError) as refused:
        await change_keys(hass, entry.entry_id, user=owner)

    assert removal.done()
    assert refused.value.translation_key == "hub_not_paired"
    assert await recorded(hass, "keys_changed") == []
    assert entry.state is ConfigEntryState.NOT_LOADED
