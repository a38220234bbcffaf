"""What is older than its owner keeps is gone: from the record, from Home Assistant's history, and from the disk."""

import asyncio
from contextlib import closing
from datetime import timedelta
import io
from pathlib import Path
import sqlite3
import tarfile
from time import monotonic, sleep
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.tasks import PerodicCleanupTask
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers.restore_state import async_get as restore_states
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
    async_fire_time_changed,
    async_mock_service,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import (
    RecorderInstanceContextManager,
)

from custom_components.latchstring.backup import async_post_backup, async_pre_backup
from custom_components.latchstring.household import clock as home_clock
from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.end_to_end.record_file import read_record
from tests.ha.actions.test_record_actions import entries
from tests.ha.flows.test_options_flow import answer_options, begin_options
from tests.ha.phones import register_phone
from tests.ha.restarting import start, stop
from tests.ha.watching import (
    SHARE_NOW,
    look,
    reason,
    recorded,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import ReferenceHub

NAME = "J. Doe"
CASE = "2026-117"
MONTH = timedelta(days=31)
A_WHILE = timedelta(minutes=5)
"""Longer than it takes to write down what is there when a test begins."""
PHONE = "mobile_app_alex"


@pytest.fixture
async def watched(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> ConfigEntry:
    """Somebody has watched the front door, and the owner's phone was told."""
    async_mock_service(hass, "notify", PHONE)
    alex = register_phone(hass, "Alex")
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "notify": [alex]}
    )
    await turn_on(hass, user=owner)
    await look(hub, officer=f"Officer {NAME}", case=CASE)
    await recorded(hass)
    await hass.async_block_till_done()
    return entry


def record_folder(hass: HomeAssistant) -> Path:
    return Path(hass.config.path("latchstring"))


def holds(folder: Path, *words: str) -> list[str]:
    """Say which of these words stand anywhere in the files of a folder."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return [word for word in words if any(word.encode() in each for each in files)]


async def gone(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, *words: str
) -> None:
    """Let time pass until none stands there: while somebody reads the record, it is tried again every few seconds."""
    for _ in range(6_000):
        if not await hass.async_add_executor_job(holds, record_folder(hass), *words):
            return
        freezer.tick(timedelta(milliseconds=10))
        await asyncio.to_thread(sleep, 0.01)
    raise AssertionError(words)


async def keep(hass: HomeAssistant, entry: ConfigEntry, days: int | None) -> None:
    """Say in the options for how long to keep what was recorded."""
    step = await begin_options(hass, entry)
    answers = {
        key: entry.options[key]
        for key in ("notify", "openers", "automations_may_open", "share_now_minutes")
    }
    if days is not None:
        answers["keep_days"] = days
    await answer_options(hass, step, answers)
    await hass.async_block_till_done()


async def erase(hass: HomeAssistant, *, user: str, **data: Any) -> list[dict[str, Any]]:
    response = await hass.services.async_call(
        "latchstring",
        "erase_record",
        data,
        blocking=True,
        context=Context(user_id=user),
        return_response=True,
    )
    await hass.async_block_till_done()
    assert response is not None
    erased: Any = response["erased"]
    return list(erased)


async def erase_but_a_month(hass: HomeAssistant, owner: str) -> None:
    """Erase what is older than a month."""
    await erase(hass, user=owner, before=(dt_util.utcnow() - MONTH).isoformat())


async def night(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let the next night pass, whatever the hour is."""
    now = dt_util.now()
    next_one = now.replace(hour=3, minute=23, second=0, microsecond=0)
    if next_one <= now:
        next_one += timedelta(days=1)
    freezer.move_to(next_one)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


@pytest.fixture
async def mock_recorder_before_hass(
    async_test_recorder: RecorderInstanceContextManager,
) -> None:
    """Let there be a recorder, which wants to be there first."""


async def history_on_disk(hass: HomeAssistant, recorder: Recorder) -> Path:
    """Let the recorder tidy up, as it does each night; give its folder."""
    await async_wait_recording_done(hass)
    recorder.queue_task(PerodicCleanupTask())
    await async_wait_recording_done(hass)
    return Path(recorder.db_url.removeprefix("sqlite:///")).parent


@pytest.mark.parametrize("persistent_database", [True])
async def test_no_file_holds_a_name_that_is_older_than_it_is_kept(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    recorder_mock: Recorder,
    hub: ReferenceHub,
    watched: ConfigEntry,
) -> None:
    history = await history_on_disk(hass, recorder_mock)
    assert holds(history, NAME) == [NAME]
    assert holds(record_folder(hass), NAME, CASE) == [NAME, CASE]

    freezer.tick(MONTH)
    await keep(hass, watched, 30)

    assert holds(await history_on_disk(hass, recorder_mock), NAME, CASE) == []
    assert holds(record_folder(hass), NAME, CASE, "Front door") == []
    for state in restore_states(hass).async_get_stored_states():
        assert NAME not in str(state.as_dict())
    erased = [
        each for each in read_record(Path(hass.config.config_dir)) if each.content
    ]
    assert {each.content["log"] for each in erased if each.kind == "erased"} == {
        watched.entry_id,
        "household",
    }


async def test_each_night_goes_what_has_become_too_old_and_nothing_younger(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hub: ReferenceHub,
    watched: ConfigEntry,
    owner: str,
) -> None:
    await keep(hass, watched, 30)
    freezer.tick(timedelta(days=29) - A_WHILE)
    await turn_on(hass, SHARE_NOW, user=owner)
    before = await recorded(hass)

    await night(hass, freezer)
    assert await recorded(hass) == before
    freezer.tick(timedelta(days=1))
    await night(hass, freezer)

    kept = [each for each in await recorded(hass) if each]
    assert [each["kind"] for each in kept] == ["switch_turned", "erased", "erased"]
    assert kept[-1]["actor"]["kind"] == "system"
    assert holds(record_folder(hass), NAME, CASE) == []


async def test_a_clock_that_was_set_since_a_hub_agreed_with_it_erases_nothing(
    hass: HomeAssistant,
    hub: ReferenceHub,
    watched: ConfigEntry,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Years ahead it would take all there is, and nothing brings it back."""
    await keep(hass, watched, 30)
    steady = monotonic()
    monkeypatch.setattr(home_clock, "monotonic", lambda: steady)
    freezer.tick(2 * MONTH)
    await night(hass, freezer)
    assert holds(record_folder(hass), NAME, CASE) == [NAME, CASE]
    assert await recorded(hass, "erased") == []


async def test_without_a_number_everything_is_kept(
    hass: HomeAssistant, watched: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await keep(hass, watched, 30)
    await keep(hass, watched, None)
    assert watched.options["keep_days"] is None
    before = await recorded(hass)
    freezer.tick(10 * MONTH)
    await night(hass, freezer)
    assert await recorded(hass) == before


async def test_an_administrator_erases_and_is_told_what_went(
    hass: HomeAssistant,
    hub: ReferenceHub,
    watched: ConfigEntry,
    owner: str,
    member: MockUser,
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.tick(2 * MONTH)
    now = dt_util.utcnow()
    yesterday = {"before": (now - timedelta(days=2)).isoformat()}
    with pytest.raises(Unauthorized):
        await erase(hass, user=member.id, **yesterday)
    for wrong, error in (
        ({"before": now.isoformat()}, "too_young_to_erase"),
        ({**yesterday, "hub": "nobody"}, "hub_unknown"),
    ):
        with pytest.raises(ServiceValidationError) as refused:
            await erase(hass, user=owner, **wrong)
        assert refused.value.translation_key == error
    assert holds(record_folder(hass), NAME) == [NAME]

    (gone,) = await erase(hass, user=owner, hub=watched.entry_id, **yesterday)

    assert (gone["log"], gone["entries"] >= 4) == (watched.entry_id, True)
    (note,) = await recorded(hass, "erased")
    assert note["actor"]["user_id"] == owner
    assert await erase(hass, user=owner, hub=watched.entry_id, **yesterday) == []


async def test_what_is_erased_reads_so_and_a_restart_goes_on_from_there(
    hass: HomeAssistant,
    hub: ReferenceHub,
    watched: ConfigEntry,
    owner: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.tick(2 * MONTH)
    await erase_but_a_month(hass, owner)

    await stop(hass, watched)
    await start(hass, watched)

    record = read_record(Path(hass.config.config_dir))
    assert [each.kind for each in record].count("paired") == 1
    (told,) = await entries(hass, user=owner, kind="session_started")
    assert told["erased"] is True
    assert told["sentence"] == "Record had an entry here that was erased"
    assert watched.state is ConfigEntryState.LOADED


async def test_a_start_by_a_clock_that_lost_its_time_counts_nothing_that_is_erased(
    hass: HomeAssistant,
    watched: ConfigEntry,
    owner: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.tick(2 * MONTH)
    await erase_but_a_month(hass, owner)
    await stop(hass, watched)

    freezer.move_to("2000-01-01")
    await start(hass, watched)

    assert watched.state is ConfigEntryState.LOADED
    assert reason(hass) == "clock_untrusted"


async def test_a_backup_made_while_somebody_watches_is_whole(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    tmp_path: Path,
) -> None:
    await turn_on(hass, user=owner)
    folder = record_folder(hass)

    await async_pre_backup(hass)
    backup = io.BytesIO()
    with tarfile.open(fileobj=backup, mode="w") as tar:
        # One after the other, as Home Assistant does it, and much happens in between.
        for name in ("record.db", "record.db-wal"):
            for _ in range(40):
                await turn_off(hass)
                await turn_on(hass, user=owner)
            session = await watch(hub)
            await hub.close_session(session.session)
            await hub.ended(session.session)
            await recorded(hass)
            tar.add(folder / name, arcname=name)
    await async_post_backup(hass)

    backup.seek(0)
    with tarfile.open(fileobj=backup) as tar:
        tar.extractall(tmp_path, filter="data")
    with closing(sqlite3.connect(tmp_path / "record.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (sessions,) = file.execute(
            "SELECT count(*) FROM entries WHERE kind = 'session_started'"
        ).fetchone()
    assert sessions == 2


async def test_what_is_erased_during_a_backup_is_gone_when_it_is_made(
    hass: HomeAssistant,
    hub: ReferenceHub,
    watched: ConfigEntry,
    owner: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The backup itself has it: it began before. The home's own files lie still only for so long."""
    freezer.tick(2 * MONTH)
    await async_pre_backup(hass)
    await erase_but_a_month(hass, owner)
    assert holds(record_folder(hass), NAME, CASE) == [NAME, CASE]

    await async_post_backup(hass)

    assert holds(record_folder(hass), NAME, CASE) == []


async def test_what_somebody_still_reads_when_it_is_erased_is_gone_soon_after(
    hass: HomeAssistant,
    hub: ReferenceHub,
    watched: ConfigEntry,
    owner: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.tick(2 * MONTH)
    record = record_folder(hass) / "record.db"
    with closing(sqlite3.connect(record, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entries").fetchone()
        await erase_but_a_month(hass, owner)
        assert holds(record_folder(hass), NAME, CASE) == [NAME, CASE]

    await gone(hass, freezer, NAME, CASE)


async def test_a_backup_is_made_also_where_the_record_cannot_be_written(
    hass: HomeAssistant, entry: ConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await hass.data[HOUSEHOLD_KEY].record.close()
    await async_pre_backup(hass)
    await async_post_backup(hass)
    assert "may move during a backup" in caplog.text
