"""After a review this home goes on under new keys, its record begins anew, and no copy can go on with the old ones."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
import sqlite3
from typing import Any

from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.record import HOUSEHOLD, Gap
from tests.ha.actions.test_record_actions import get_record
from tests.ha.flows.test_repairs import NEW, answer_repair, begin_repair
from tests.ha.front_door import DOMAIN, answer, keys_of
from tests.ha.restarting import restart_restored, start, stop
from tests.ha.reviewing import flow_begun, issue_turned, known_anew, reviewed
from tests.ha.watching import VIEWABLE, is_on, reason, turn_off, turn_on, watch
from tests.record.gaps import gaps
from tests.reference_hub import ReferenceHub, Refused

SECRETS = "latchstring.household"


@pytest.fixture
async def restored(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> ConfigEntry:
    """A home that came out of a backup, with its camera switched on."""
    await turn_on(hass, user=owner)
    await restart_restored(hass, entry)
    assert reason(hass) == "restored"
    await hub.home_connected()
    return entry


async def cosigned(hub: ReferenceHub, *, at_least: int) -> str:
    """Wait until the hub has put its name to so long a log of the only home, and give the log's origin."""

    def look() -> str | None:
        origin: str = hub.control.home().receipt["log_origin"]
        for each in hub.transcript:
            if each.message.get("method") == "checkpoint.cosigned":
                of, size, *_ = each.message["params"]["checkpoint"].split("\n")
                if of == origin and int(size) >= at_least:
                    return origin
        return None

    return await hub.changes.until(look)


def first_of_epoch(entries: list[Any], epoch: int) -> Any:
    return next(each for each in reversed(entries) if each.epoch == epoch)


async def test_every_key_is_another_and_every_log_begins_anew(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_storage: dict[str, Any],
    hub: ReferenceHub,
    restored: ConfigEntry,
) -> None:
    old_log = await cosigned(hub, at_least=2)
    old_data, old_secrets = dict(restored.data), hass_storage[SECRETS]["data"]
    old_keys = keys_of(hass, restored)
    before = hub.homes()

    await reviewed(hass, hass_client, keep=1)
    home = await known_anew(hub, before)

    assert hub.homes() == [home]
    assert len(hub.store.successions()) == 1
    new_keys, new_secrets = keys_of(hass, restored), hass_storage[SECRETS]["data"]
    for use in ("dial_in", "log"):
        assert new_keys[use] != old_keys[use]
    assert new_secrets["log_key"] != old_secrets["log_key"]
    assert new_secrets["salt"] == old_secrets["salt"]
    for kept in ("accepted_at", "accepted_by", "discovery"):
        assert restored.data[kept] == old_data[kept]
    assert await cosigned(hub, at_least=2) != old_log
    record = hass.data[HOUSEHOLD_KEY].record
    for log in (restored.entry_id, HOUSEHOLD):
        begun = first_of_epoch(await record.log(log).entries(), 1)
        assert (begun.index, begun.kind) == (0, "epoch_begun")
        assert begun.content["cause"] == "restored"
        assert begun.content["size"] == begun.content["known_size"] > 0
        assert gaps(record, log) == []
    (_, paired) = await record.log(restored.entry_id).entries(
        kinds=("paired",), newest_first=False
    )
    assert [paired.content["succession"]] == hub.store.successions()
    await watch(hub)
    assert not hub.faults


async def test_a_home_whose_hub_is_not_there_stays_closed_until_it_can_be_told(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hub: ReferenceHub,
    restored: ConfigEntry,
) -> None:
    before = hub.homes()
    issue = f"keys_untold_{restored.entry_id}"
    shown = issue_turned(hass, issue)
    await hub.stop()

    await reviewed(hass, hass_client, keep=1)

    await shown()
    assert ir.async_get(hass).async_get_issue(DOMAIN, "restored") is None
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is not None
    assert reason(hass) == "restored"
    gone = issue_turned(hass, issue)
    await hub.start()
    await known_anew(hub, before)
    await gone()
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is None
    await watch(hub)


@pytest.mark.parametrize(
    "change",
    [
        lambda hub: hub.change_agreement(NEW),
        lambda hub: hub.presence.change_keys(signed=True),
    ],
    ids=["terms", "keys"],
)
async def test_a_hub_that_changed_meanwhile_is_told_once_that_is_accepted(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hub: ReferenceHub,
    restored: ConfigEntry,
    change: Callable[[ReferenceHub], None],
) -> None:
    before = hub.homes()
    issue = f"agreement_changed_{restored.entry_id}"
    shown = issue_turned(hass, issue)
    change(hub)

    await reviewed(hass, hass_client, keep=1)

    await shown()
    assert hub.homes() == before
    assert hub.store.successions() == []
    assert not is_on(hass, VIEWABLE)
    step = await begin_repair(hass, issue)
    await answer_repair(hass, step, {"accept": True})
    await known_anew(hub, before)
    await watch(hub)


async def test_a_copy_with_the_old_keys_is_sent_away_and_asks_for_a_link(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hub: ReferenceHub,
    restored: ConfigEntry,
) -> None:
    before = hub.homes()
    old = dict(restored.data)
    await reviewed(hass, hass_client, keep=1)
    await known_anew(hub, before)
    (new,) = hub.homes()

    asked = flow_begun(hass)
    hass.config_entries.async_update_entry(restored, data=old)
    await hass.config_entries.async_reload(restored.entry_id)
    assert reason(hass) == "restored"
    await asked()

    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert hub.homes() == [new]


async def test_a_hub_that_forgot_this_home_gets_the_new_keys_with_a_new_link(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hub: ReferenceHub,
    restored: ConfigEntry,
) -> None:
    (before,) = hub.homes()
    hub.store.forget_home(before)
    asked = flow_begun(hass)
    await reviewed(hass, hass_client, keep=1)
    await asked()
    (flow,) = hass.config_entries.flow.async_progress()
    step = await hass.config_entries.flow.async_configure(flow["flow_id"])

    step = await answer(hass, step, {"link": hub.invitation()})
    step = await answer(hass, step, {"accept": True})

    assert step["reason"] == "paired_again"
    assert await known_anew(hub, [before])
    assert keys_of(hass, restored)["epoch"] == 1
    await watch(hub)


async def test_dropped_rows_are_a_gap_a_new_epoch_begins_and_cosigning_resumes(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> None:
    await turn_on(hass, user=owner)
    session = await watch(hub)
    await turn_off(hass)
    await hub.ended(session.session)
    old_log = await cosigned(hub, at_least=4)
    await stop(hass, entry)
    size = hass.data[HOUSEHOLD_KEY].record.sizes[entry.entry_id]
    await hass.async_add_executor_job(drop_end, hass, entry.entry_id)

    await start(hass, entry)

    record = hass.data[HOUSEHOLD_KEY].record
    gap = Gap(log=entry.entry_id, epoch=0, first=2, last=size - 1)
    assert reason(hass) == "restored"
    assert gaps(record, entry.entry_id) == [gap]
    assert (await get_record(hass, user=owner))["missing"] == [
        {
            "log": entry.entry_id,
            "first": f"{entry.entry_id}:0:2",
            "last": f"{entry.entry_id}:0:{size - 1}",
            "entries": size - 2,
        }
    ]
    camera = await hub.camera_is("closed")
    assert isinstance(await hub.open_session(camera["camera"]), Refused)
    before = hub.homes()
    await reviewed(hass, hass_client, keep=0)
    await known_anew(hub, before)
    assert await cosigned(hub, at_least=2) != old_log
    begun = first_of_epoch(await record.log(entry.entry_id).entries(), 1)
    assert begun.content["cause"] == "shortened"
    assert (begun.content["size"], begun.content["known_size"]) == (2, size)
    assert gaps(record, entry.entry_id) == [gap]
    await hass.async_block_till_done()
    await turn_on(hass, user=owner)
    await watch(hub)


async def test_only_administrators_hear_what_the_household_s_own_log_lacks(
    hass: HomeAssistant, entry: ConfigEntry, owner: str, member: MockUser
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    await hass.async_add_executor_job(drop_end, hass, HOUSEHOLD)

    await start(hass, entry)

    (gap,) = (await get_record(hass, user=owner))["missing"]
    assert gap["log"] == HOUSEHOLD
    assert (await get_record(hass, user=member.id))["missing"] == []


async def test_a_review_that_cannot_be_written_down_changes_nothing(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hub: ReferenceHub,
    restored: ConfigEntry,
) -> None:
    assert await async_setup_component(hass, REPAIRS, {})
    before, kept = hub.homes(), dict(restored.data)
    path = Path(hass.config.path("latchstring", "record.db"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other_program:
        other_program.execute("BEGIN IMMEDIATE")
        step = await begin_repair(hass, "restored")

        step = await answer_repair(hass, step, {"keep": []})

        assert step["errors"] == {"base": "record_unwritable"}
        assert (hub.homes(), dict(restored.data)) == (before, kept)
        healed = issue_turned(hass, "record_unwritable")
        other_program.execute("ROLLBACK")
    await healed()
    await reviewed(hass, hass_client, keep=1)
    await known_anew(hub, before)
    await watch(hub)


async def test_a_hub_that_is_removed_leaves_nothing_to_review(
    hass: HomeAssistant, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    await hass.async_add_executor_job(drop_end, hass, entry.entry_id, 1)
    await start(hass, entry)
    household = hass.data[HOUSEHOLD_KEY]
    assert household.record.rolled_back
    await hass.config_entries.async_remove(entry.entry_id)
    assert not household.record.rolled_back


@pytest.mark.parametrize(
    "damage",
    [
        lambda stored: stored[SECRETS]["data"].pop("log_key"),
        lambda stored: stored[SECRETS]["data"].update(salt="no hex"),
        lambda stored: stored.pop(SECRETS),
    ],
    ids=["key", "salt", "all"],
)
async def test_a_home_that_lost_its_own_secrets_comes_up_closed_and_goes_on_after_a_review(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_storage: dict[str, Any],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    damage: Callable[[dict[str, Any]], object],
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    damage(hass_storage)

    await start(hass, entry)

    assert reason(hass) == "restored"
    before = hub.homes()
    await reviewed(hass, hass_client, keep=0)
    await hub.home_admits(await known_anew(hub, before))
    await hass.async_block_till_done()
    assert reason(hass) == "camera_off"
    await turn_on(hass, user=owner)
    assert is_on(hass, "binary_sensor.porch_viewable_by_jackson_police_department")
    await watch(hub)


def drop_end(hass: HomeAssistant, log: str, kept: int = 2) -> None:
    """Take all but the first entries of a log out by hand, with a tool of SQLite."""
    path = Path(hass.config.path("latchstring", "record.db"))
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(
            "DELETE FROM entries WHERE idx >= ?"
            " AND log_id = (SELECT id FROM logs WHERE log = ?)",
            (kept, log),
        )
