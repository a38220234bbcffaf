"""Homes that earlier versions have stored come up with this one, and lose nothing."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
import json
from pathlib import Path
from typing import Any

from homeassistant.bootstrap import async_load_base_functionality
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import flush_store

from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.record import HOUSEHOLD
from tests.cameras import Cameras
from tests.ha.actions.test_export import checked, export
from tests.ha.everything import SHERIFF
from tests.ha.front_door import DOMAIN, keys_of
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.watching import look, turn_off, turn_on, watch
from tests.record.gaps import gaps
from tests.reference_hub import Authority, Options, ReferenceHub

from .stored_home import (
    ASKED,
    FIRST,
    SECOND,
    Home,
    Kept,
    entries_now,
    moved_to,
    put_home,
    put_hub,
)

WAITING = (ConfigEntryState.SETUP_RETRY, ConfigEntryState.MIGRATION_ERROR)
"""What Home Assistant tries again by itself, or, in the releases that do not, at its next start."""
POLICE, COUNTY = "Jackson Police Department", SHERIFF.name
PANEL = "alarm_control_panel.house"
BOTH = ("jackson_police_department", "hinds_county_sheriff")


@pytest.fixture
def hass_storage() -> None:
    """Keep stores on the disk, and not in the place where Home Assistant's own tests do."""


@pytest.fixture
def load_registries() -> bool:
    """Leave it to Home Assistant to read what is stored, once that is there."""
    return False


@pytest.fixture(params=[FIRST, ASKED, SECOND], ids=lambda home: home.name)
def home(request: pytest.FixtureRequest) -> Home:
    """Each home that is kept."""
    kept: Home = request.param
    return kept


@pytest.fixture
async def kept(
    hass: HomeAssistant,
    authority: Authority,
    served: Cameras,
    tmp_path: Path,
    home: Home,
) -> AsyncIterator[Kept]:
    """Home Assistant with all that was there before Latchstring starts."""
    job = hass.async_add_executor_job
    async with AsyncExitStack() as stack:
        police, sheriff = [
            await stack.enter_async_context(
                ReferenceHub(
                    authority,
                    options=Options(
                        data=await job(put_hub, home, name, tmp_path / name)
                    ),
                    **agency,
                )
            )
            for name, agency in (("police", {}), ("sheriff", {"agency": SHERIFF}))
        ]
        origins = {POLICE: police.origin, COUNTY: sheriff.origin}
        moved = await job(moved_to, home, origins)
        await job(put_home, home, Path(hass.config.config_dir), moved)
        assert await async_load_base_functionality(hass)
        await install(
            hass,
            OwnCamera("Porch", served.url("porch"), device="Porch"),
            OwnCamera("Yard", served.url("yard"), device="Yard"),
            OwnCamera("Garage", served.url("drive"), device="Garage"),
        )
        yield Kept(home=home, moved=moved, police=police, sheriff=sheriff)
        for entry in hass.config_entries.async_entries(DOMAIN):
            if entry.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(entry.entry_id)


async def started(hass: HomeAssistant) -> dict[str, ConfigEntry]:
    """Start Latchstring, and give the hubs' entries by their titles."""
    await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    return {each.title: each for each in hass.config_entries.async_entries(DOMAIN)}


async def stored_now(hass: HomeAssistant, name: str) -> Any:
    """Give what a store holds on the disk."""
    path = Path(hass.config.path(".storage", name))
    text = await hass.async_add_executor_job(path.read_text)
    return json.loads(text)["data"]


async def flush_entries(hass: HomeAssistant) -> None:
    await flush_store(hass.config_entries._store)  # noqa: SLF001 - what Home Assistant does a second later


async def switched_on_again(hass: HomeAssistant, kept: Kept, owner: str) -> None:
    """Give the owner's word for the cameras that are at other addresses now."""
    if kept.home.stays:
        return
    for hub in BOTH:
        await turn_off(hass, f"switch.porch_sharing_with_{hub}")
        await turn_on(hass, f"switch.porch_sharing_with_{hub}", user=owner)


def of(*homes: Home) -> pytest.MarkDecorator:
    """Run a test with these homes only."""
    return pytest.mark.parametrize("home", homes, ids=lambda home: home.name)


@of(FIRST, ASKED)
async def test_keys_move_out_of_the_entry_into_a_file_of_their_own(
    hass: HomeAssistant, kept: Kept
) -> None:
    entries = await started(hass)

    assert set(entries) == {POLICE, COUNTY}
    for title, entry in entries.items():
        assert (entry.version, entry.state) == (2, ConfigEntryState.LOADED)
        before = dict(kept.data(title))
        assert keys_of(hass, entry) == before.pop("keys")
        assert entry.data.items() >= before.items()
        assert "keys" not in entry.data
    await flush_entries(hass)
    storage = Path(hass.config.path(".storage"))
    stat = await hass.async_add_executor_job((storage / "latchstring.hubs").stat)
    assert stat.st_mode & 0o777 == 0o600
    left = await hass.async_add_executor_job(
        (storage / "core.config_entries").read_text
    )
    for title in entries:
        for use in ("dial_in", "log"):
            assert kept.data(title)["keys"][use]["d"] not in left


async def test_the_hubs_know_the_home_and_watch_it_and_its_record_is_whole(
    hass: HomeAssistant, kept: Kept, owner: str
) -> None:
    (police,), (county,) = kept.police.homes(), kept.sheriff.homes()
    entries = await started(hass)

    assert await kept.police.home_connected() == police
    assert await kept.sheriff.home_connected() == county
    await switched_on_again(hass, kept, owner)
    await look(kept.police)
    await look(
        kept.sheriff,
        "Entrance",
        officer=SHERIFF.officers[0].name,
        purpose="break-in",
    )
    assert not kept.police.faults
    assert not kept.sheriff.faults
    record = hass.data[HOUSEHOLD_KEY].record
    for log in (HOUSEHOLD, *(each.entry_id for each in entries.values())):
        written = await record.log(log).entries()
        assert {each.epoch for each in written} == {0}
        assert gaps(record, log) == []
    job = hass.async_add_executor_job
    before = await job(kept.home.record)
    assert before < await job(entries_now, Path(hass.config.config_dir))
    exported = await export(hass, owner, format="folder")
    said = await checked(exported["path"])
    assert said.findings() == []


async def test_entities_consent_and_rules_are_as_they_were(
    hass: HomeAssistant, kept: Kept
) -> None:
    job, home = hass.async_add_executor_job, kept.home
    entries = await started(hass)
    assert set(entries) == {POLICE, COUNTY}

    registry = er.async_get(hass)
    told = ("unique_id", "translation_key", "entity_category", "original_name")
    before = await job(home.kept, "core.entity_registry")
    assert {
        each.entity_id: [getattr(each, name) for name in told]
        for each in registry.entities.values()
        if each.platform == DOMAIN and hass.states.get(each.entity_id)
    } == {
        each["entity_id"]: [each[name] for name in told]
        for each in before["entities"]
        if each["platform"] == DOMAIN
    }
    consent = await job(home.kept, "latchstring.consent")
    assert (await stored_now(hass, "latchstring.consent"))["hubs"] == consent["hubs"]
    for title, entry in entries.items():
        stored = json.loads(json.dumps(entry.as_dict()))["subentries"]
        assert stored == (await job(home.entries))[title]["subentries"]


@of(SECOND)
async def test_what_this_version_has_kept_is_left_as_it_is(
    hass: HomeAssistant, kept: Kept
) -> None:
    entries = await started(hass)
    await flush_entries(hass)

    before = await hass.async_add_executor_job(kept.home.entries)
    for title, entry in entries.items():
        assert entry.state is ConfigEntryState.LOADED
        now = json.loads(json.dumps(entry.as_dict()))
        assert now == before[title] | {"data": kept.data(title)}
    keys = await hass.async_add_executor_job(kept.home.kept, "latchstring.hubs")
    assert await stored_now(hass, "latchstring.hubs") == keys


@of(ASKED, SECOND)
async def test_rules_open_what_they_opened(
    hass: HomeAssistant, kept: Kept, owner: str
) -> None:
    hass.states.async_set(PANEL, "armed_away")
    hass.states.async_set("person.sam", "not_home")
    await started(hass)
    await kept.police.home_connected()
    for camera in ("yard", "garage"):
        await turn_off(hass, f"switch.{camera}_sharing_with_{BOTH[0]}")
        await turn_on(hass, f"switch.{camera}_sharing_with_{BOTH[0]}", user=owner)

    await kept.police.camera_is("ask", "Back yard")
    await kept.police.camera_is("closed", "Garage")
    hass.states.async_set(PANEL, "triggered")
    await watch(kept.police, "Garage")


@of(FIRST)
async def test_rules_that_are_allowed_no_more_stay_closed_and_are_shown(
    hass: HomeAssistant, kept: Kept
) -> None:
    entries = await started(hass)

    await kept.police.home_connected()
    states = {each["label"]: each["state"] for each in kept.police.cameras()}
    assert states["Back yard"] != "open"
    assert states["Garage"] != "open"
    issues = ir.async_get(hass)
    for issue in ("openings_mixed", "own_entities"):
        assert issues.async_get_issue(DOMAIN, f"{issue}_{entries[POLICE].entry_id}")


@of(FIRST)
async def test_what_cannot_be_moved_yet_is_left_as_it_was_and_moved_later(
    hass: HomeAssistant, kept: Kept
) -> None:
    keys = Path(hass.config.path(".storage/latchstring.hubs"))
    await hass.async_add_executor_job(keys.mkdir)
    entries = await started(hass)
    for title, entry in entries.items():
        assert (entry.version, entry.state in WAITING) == (1, True)
        assert dict(entry.data) == kept.data(title)

    await hass.async_add_executor_job(keys.rmdir)
    for entry in entries.values():
        if entry.state is ConfigEntryState.MIGRATION_ERROR:
            entry._async_set_state(hass, ConfigEntryState.NOT_LOADED, None)  # noqa: SLF001 - as after a restart
        await hass.config_entries.async_reload(entry.entry_id)

    for title, entry in entries.items():
        assert (entry.version, entry.state) == (2, ConfigEntryState.LOADED)
        assert keys_of(hass, entry) == kept.data(title)["keys"]


@of(SECOND)
async def test_an_entry_of_a_newer_version_stays_closed(
    hass: HomeAssistant, kept: Kept
) -> None:
    entries = hass.config_entries.async_entries(DOMAIN)
    for entry in entries:
        hass.config_entries.async_update_entry(entry, version=3)

    await started(hass)

    for entry in entries:
        assert entry.state is ConfigEntryState.MIGRATION_ERROR
        assert entry.version == 3
    assert not kept.police.control.home().is_here


@of(FIRST, ASKED)
async def test_the_phones_that_were_chosen_by_name_are_known_by_their_registration(
    hass: HomeAssistant, kept: Kept
) -> None:
    (phone,) = hass.config_entries.async_entries("mobile_app")

    entries = await started(hass)

    for title, entry in entries.items():
        chosen = kept.home.entries()[title]["options"]["notify"]
        assert entry.options["notify"] == [phone.entry_id for _ in chosen]
