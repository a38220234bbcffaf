"""What keeps the record from being written is shown as long as it does, with what to do about it."""

import json
from pathlib import Path
import sqlite3

from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.latchstring.household.household import (
    FAULT_ISSUES,
    HOUSEHOLD_KEY,
)
from custom_components.latchstring.record import HOUSEHOLD, Gap, RecordFault
from tests.ha.flows.test_repairs import answer_repair, begin_repair
from tests.ha.front_door import DOMAIN
from tests.ha.restarting import start, stop
from tests.ha.reviewing import issue_turned, known_anew, reviewed
from tests.ha.watching import reason, turn_on, watch
from tests.record.gaps import gaps
from tests.reference_hub import ReferenceHub, Refused

ISSUE = "record_unwritable"
STAYS = "past their time could not be erased yet"
WORDS = json.loads(
    Path("custom_components/latchstring/translations/en.json").read_text("utf-8")
)


@pytest.fixture
def record(hass: HomeAssistant) -> Path:
    return Path(hass.config.path("latchstring", "record.db"))


def shown(hass: HomeAssistant) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, ISSUE)


@pytest.mark.parametrize(
    "fault", [each for each in RecordFault if each is not RecordFault.CLOSED]
)
def test_every_fault_has_words_of_its_own(fault: RecordFault) -> None:
    words = WORDS["issues"][FAULT_ISSUES[fault]]
    is_fixable = fault is RecordFault.CORRUPT
    assert ("fix_flow" in words, "description" in words) == (is_fixable, not is_fixable)


async def test_a_locked_record_is_shown_until_it_is_let_go(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    other_program: sqlite3.Connection,
) -> None:
    await turn_on(hass, user=owner)
    camera = await hub.camera_is("open")
    assert shown(hass) is None
    other_program.execute("BEGIN IMMEDIATE")

    assert isinstance(await hub.open_session(camera["camera"]), Refused)

    issue = shown(hass)
    assert issue is not None
    assert (issue.translation_key, issue.is_fixable) == ("record_locked", False)
    assert issue.translation_placeholders == {"folder": hass.config.path("latchstring")}
    assert reason(hass) == "record_unwritable"
    gone = issue_turned(hass, ISSUE)
    other_program.execute("ROLLBACK")
    await gone()
    assert shown(hass) is None
    await watch(hub)


async def test_what_a_locked_record_holds_for_too_long_is_said_to_stay_and_tried_again(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    other_program: sqlite3.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await turn_on(hass, user=owner)
    await hub.camera_is("open")
    shown_soon = issue_turned(hass, ISSUE)
    other_program.execute("BEGIN IMMEDIATE")

    await keep_for(hass, entry, 30)

    await shown_soon()
    assert STAYS in caplog.text
    gone = issue_turned(hass, ISSUE)
    other_program.execute("ROLLBACK")
    await gone()
    caplog.clear()
    await keep_for(hass, entry, 31)
    assert STAYS not in caplog.text
    await watch(hub)


async def keep_for(hass: HomeAssistant, entry: ConfigEntry, days: int) -> None:
    """Say for how long to keep the record; what is older goes at once."""
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "keep_days": days}
    )
    await hass.async_block_till_done()


async def test_a_record_that_another_version_wrote_is_named_at_the_start(
    hass: HomeAssistant, entry: ConfigEntry, other_program: sqlite3.Connection
) -> None:
    await stop(hass, entry)
    other_program.execute("PRAGMA user_version = 99")

    await start(hass, entry)

    issue = shown(hass)
    assert issue is not None
    assert issue.translation_key == "record_newer"
    assert reason(hass) == "record_unwritable"


async def test_a_damaged_record_is_kept_and_another_begins(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    record: Path,
) -> None:
    assert await async_setup_component(hass, REPAIRS, {})
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    size = hass.data[HOUSEHOLD_KEY].record.sizes[HOUSEHOLD]
    garbage = b"no record at all" * 512
    await hass.async_add_executor_job(record.write_bytes, garbage)
    await start(hass, entry)
    issue = shown(hass)
    assert issue is not None
    assert (issue.translation_key, issue.is_fixable) == ("record_corrupt", True)
    assert reason(hass) == "record_unwritable"
    await hub.home_connected()

    step = await begin_repair(hass, ISSUE)
    assert step["description_placeholders"] is not None
    aside = Path(step["description_placeholders"]["aside"])
    assert not aside.exists()  # noqa: ASYNC240 - it is over before anything waits
    step = await answer_repair(hass, step, {})

    assert step["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert (aside / record.name).read_bytes() == garbage
    assert shown(hass) is None
    assert reason(hass) == "restored"
    before = hub.homes()
    await reviewed(hass, hass_client, keep=1)
    await known_anew(hub, before)
    begun = (await hass.data[HOUSEHOLD_KEY].record.log(HOUSEHOLD).entries())[-1]
    assert (begun.kind, begun.content["cause"]) == ("epoch_begun", "shortened")
    gap = Gap(log=HOUSEHOLD, epoch=0, first=0, last=size - 1)
    assert gaps(hass.data[HOUSEHOLD_KEY].record, HOUSEHOLD) == [gap]
    await watch(hub)
