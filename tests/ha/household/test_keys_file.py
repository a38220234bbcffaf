"""The keys by which hubs know this home are in a real file of their own; without them, nobody opens a camera."""

from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    flush_store,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.latchstring.household.household import HOUSEHOLD_KEY, Household
from tests.ha.actions.test_change_keys import change_keys
from tests.ha.front_door import DOMAIN, PEOPLE, answer, begin_again, keys_of, people_of
from tests.ha.restarting import restart_restored, start, stop
from tests.ha.reviewing import issue_turned, known_anew, reviewed
from tests.ha.watching import turn_on, watch
from tests.reference_hub import Authority, Conduct, ReferenceHub
from tests.reference_hub.jose import unverified


@pytest.fixture
def hass_storage() -> None:
    """Keep stores on the disk, and not in the place where Home Assistant's own tests do."""


@pytest.fixture
def file(hass: HomeAssistant) -> Path:
    """Where the keys are."""
    return Path(hass.config.path(".storage", "latchstring.hubs"))


async def homes_in(hass: HomeAssistant, file: Path) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(
        await hass.async_add_executor_job(file.read_bytes)
    )
    homes: dict[str, Any] = stored["data"]["homes"]
    return homes


def spoil(file: Path, text: str | None) -> None:
    """Make something else of a text, or (None) of all there is nothing."""
    if text is None:
        file.unlink()
    else:
        file.write_text(file.read_text().replace(text, "A" * 43))


async def test_only_the_owner_of_the_file_can_read_it_and_no_key_is_anywhere_else(
    hass: HomeAssistant, entry: ConfigEntry, file: Path
) -> None:
    stat = await hass.async_add_executor_job(file.stat)
    assert stat.st_mode & 0o777 == 0o600
    await flush_store(hass.config_entries._store)  # noqa: SLF001 - what Home Assistant does a second later
    keys = keys_of(hass, entry)
    for each in file.parent.iterdir():
        said = await hass.async_add_executor_job(each.read_text)
        for use in ("dial_in", "log"):
            assert (keys[use]["d"] in said) is (each == file)


async def test_keys_that_cannot_be_kept_are_told_to_no_hub(
    hass: HomeAssistant, hub: ReferenceHub, file: Path
) -> None:
    step = await people_of(hass, hub.invitation())
    await hass.async_add_executor_job(file.mkdir)

    step = await answer(hass, step, PEOPLE)

    assert step["step_id"] == "agreement"
    assert step["errors"] == {"base": "keys_not_kept"}
    assert not hub.homes()
    await hass.async_add_executor_job(file.rmdir)
    step = await answer(hass, step, {"accept": True})
    assert step["type"] is FlowResultType.CREATE_ENTRY


async def test_keys_beside_others_that_cannot_be_kept_are_told_to_no_hub(
    hass: HomeAssistant, entry: ConfigEntry, authority: Authority, file: Path
) -> None:
    others = keys_of(hass, entry)
    async with ReferenceHub(authority) as second:
        step = await people_of(hass, second.invitation())
        kept = await hass.async_add_executor_job(file.read_bytes)
        await hass.async_add_executor_job(file.unlink)
        await hass.async_add_executor_job(file.mkdir)  # nothing can be written now

        step = await answer(hass, step, PEOPLE)

        assert step["errors"] == {"base": "keys_not_kept"}
        assert not second.homes()
        await hass.async_add_executor_job(file.rmdir)
        await hass.async_add_executor_job(file.write_bytes, kept)
        step = await answer(hass, step, {"accept": True})
        assert step["type"] is FlowResultType.CREATE_ENTRY
        await second.home_admits()
        assert keys_of(hass, entry) == others
        assert len(await homes_in(hass, file)) == 2


@pytest.mark.parametrize("loss", ["gone", "damaged", "another's"])
async def test_a_hub_whose_keys_are_lost_stays_closed_until_it_invites_anew(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    file: Path,
    loss: str,
) -> None:
    await turn_on(hass, user=owner)
    (before,) = hub.homes()
    old = keys_of(hass, entry)
    await stop(hass, entry)
    spoiled = {"gone": None, "damaged": old["log"]["d"], "another's": before}[loss]
    await hass.async_add_executor_job(spoil, file, spoiled)

    hass.data[HOUSEHOLD_KEY] = await Household.async_open(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert entry.state is ConfigEntryState.SETUP_ERROR
    issue = f"keys_lost_{entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is not None
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    step = await hass.config_entries.flow.async_configure(flow["flow_id"])
    step = await answer(hass, step, {"link": hub.invitation()})
    step = await answer(hass, step, {"accept": True})
    assert step["reason"] == "paired_again"
    await known_anew(hub, [before])
    hub.store.forget_home(
        before
    )  # nobody but the hub can: the home has nothing left to say it by
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is None
    assert keys_of(hass, entry)["log"] != old["log"]
    record = hass.data[HOUSEHOLD_KEY].record
    begun = (
        await record.log(entry.entry_id).entries(
            newest_first=False, kinds=("epoch_begun",)
        )
    )[0]
    assert begun.content["cause"] == "keys_changed"
    assert begun.content["size"] == begun.content["known_size"] != 0
    await watch(hub)


async def test_keys_that_cannot_be_read_are_not_lost_and_are_read_again(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str, file: Path
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    kept = file.with_suffix(".kept")
    await hass.async_add_executor_job(file.rename, kept)
    await hass.async_add_executor_job(file.mkdir)

    hass.data[HOUSEHOLD_KEY] = await Household.async_open(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "keys_unread"
    issue = f"keys_lost_{entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is None
    assert not hass.config_entries.flow.async_progress()

    await hass.async_add_executor_job(file.rmdir)
    await hass.async_add_executor_job(kept.rename, file)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hub.home_connected()
    await watch(hub)


async def test_new_keys_of_which_the_answer_came_to_nobody_are_told_again_after_a_restart(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str, file: Path
) -> None:
    await turn_on(hass, user=owner)
    (before,) = hub.homes()
    kept = dict(entry.data)
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": hub.invitation()})
    hub.conduct = Conduct(loses_pairing=True)
    step = await answer(hass, step, {"accept": True})
    assert step["errors"] == {"base": "hub_fault"}
    (known,) = hub.homes()
    assert known != before
    await stop(hass, entry)
    assert dict(entry.data) == kept

    hub.conduct = Conduct()
    await start(hass, entry)

    assert await known_anew(hub, [before]) == known
    assert hub.homes() == [known]
    await watch(hub)


async def test_another_hub_that_signed_and_said_nothing_knows_keys_that_no_other_is_told(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    authority: Authority,
) -> None:
    (before,) = hub.homes()
    async with ReferenceHub(authority) as other:
        other.conduct = Conduct(loses_pairing=True)
        step = await taken_for_the_same(hass, entry, other)
        step = await answer(hass, step, {"accept": True})
        assert step["errors"] == {"base": "hub_fault"}
        hass.config_entries.flow.async_abort(step["flow_id"])
        (told,) = other.homes()

        known = await known_anew(hub, [before])

        assert log_known_to(hub, known) != log_known_to(other, told)
        assert hub.homes() == [known] != other.homes()
        other.conduct = Conduct()
        step = await taken_for_the_same(hass, entry, other)
        await answer(hass, step, {"accept": True})
        assert await other.home_connected() == told
        assert other.homes() == [told]


async def test_keys_that_have_counted_never_come_back(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    """Also while they are still kept, for the case that nothing but an older entry is on disk."""
    seen = [*hub.homes()]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2))
    await hass.async_block_till_done()

    for _ in range(3):
        await change_keys(hass, entry.entry_id, user=owner)
        seen.append(await known_anew(hub, seen))

    assert hub.homes() == seen[-1:]


async def taken_for_the_same(
    hass: HomeAssistant, entry: ConfigEntry, other: ReferenceHub
) -> ConfigFlowResult:
    """Take another hub's link for one of the hub that is paired, and give the agreement."""
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": other.invitation()})
    return await answer(hass, step, {"same_hub": True})


def log_known_to(hub: ReferenceHub, home: str) -> Any:
    """Give the key of the log that a hub has signed for."""
    known = hub.store.home(home)
    assert known is not None
    return unverified(known.receipt)["log"]


async def test_old_keys_are_thrown_away_once_the_entry_that_names_others_is_on_disk(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, file: Path
) -> None:
    (before,) = hub.homes()
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": hub.invitation()})
    await answer(hass, step, {"accept": True})
    known = await known_anew(hub, [before])
    assert set(await homes_in(hass, file)) == {before, known}

    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2))
    await hass.async_block_till_done()

    assert set(await homes_in(hass, file)) == {known}


async def test_a_hub_that_is_removed_takes_its_keys_along(
    hass: HomeAssistant, entry: ConfigEntry, file: Path
) -> None:
    await hass.config_entries.async_remove(entry.entry_id)

    assert await homes_in(hass, file) == {}
    record = hass.data[HOUSEHOLD_KEY].record
    newest, *_ = await record.log(entry.entry_id).entries()
    assert newest.kind == "unpaired"


async def test_keys_that_a_copy_may_hold_too_are_told_to_no_hub(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hub: ReferenceHub,
    entry: ConfigEntry,
    file: Path,
    owner: str,
) -> None:
    (before,) = hub.homes()
    hub.conduct = Conduct(refuses_pairing_with="clock_skew")
    shown = issue_turned(hass, f"keys_untold_{entry.entry_id}")
    await change_keys(hass, entry.entry_id, user=owner)
    await shown()
    (waiting,) = set(await homes_in(hass, file)) - {before}
    await restart_restored(hass, entry)
    hub.conduct = Conduct()

    await reviewed(hass, hass_client, keep=0)

    assert await known_anew(hub, [before]) != waiting
    assert waiting not in await homes_in(hass, file)
