"""Homes that earlier versions have stored come up with this one, and lose nothing.

Each folder of `homes` is what Home Assistant had on disk when a release with that version of a hub's entry had
stopped: paired with two hubs, watched by both. Once shipped, none changes. Their keys are of no home and no hub.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
import json
from pathlib import Path
import sqlite3
from typing import Any

from homeassistant.bootstrap import async_load_base_functionality
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
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
from tests.ha.watching import turn_off, turn_on, watch
from tests.reference_hub import Authority, Options, ReferenceHub

HOME = Path(__file__).parent / "homes" / "1"
PLACES = {
    "core.config_entries": ".storage/core.config_entries",
    "core.device_registry": ".storage/core.device_registry",
    "core.entity_registry": ".storage/core.entity_registry",
    "latchstring.consent": ".storage/latchstring.consent",
    "latchstring.household": ".storage/latchstring.household",
    "latchstring.anchor": ".cache/latchstring.anchor",
    "latchstring.heads": ".cache/latchstring.heads",
}
WAITING = (ConfigEntryState.SETUP_RETRY, ConfigEntryState.MIGRATION_ERROR)
"""What Home Assistant tries again by itself, or, in the releases that do not, at its next start."""
POLICE, COUNTY = "Jackson Police Department", SHERIFF.name


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A home as it was left, and the hubs that know it."""

    stored: Mapping[str, Any]
    police: ReferenceHub
    sheriff: ReferenceHub

    def data(self, title: str) -> Mapping[str, Any]:
        """Give what a hub's entry held."""
        entries = self.stored["data"]["entries"]
        return next(each["data"] for each in entries if each["title"] == title)


@pytest.fixture
def hass_storage() -> None:
    """Keep stores on the disk, and not in the place where Home Assistant's own tests do."""


@pytest.fixture
def load_registries() -> bool:
    """Leave it to Home Assistant to read what is stored, once that is there."""
    return False


def put_hub(folder: Path, name: str) -> Path:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "hub.sqlite")) as file:
        file.executescript((HOME / f"{name}.sql").read_text())
    return folder


def put_home(config: Path, moved: Mapping[str, str]) -> Mapping[str, Any]:
    """Lay the files where they belong; the hubs of this test listen at other ports than those of then."""
    for name, place in PLACES.items():
        text = (HOME / f"{name}.json").read_text()
        for before, after in moved.items():
            text = text.replace(before, after)
        (config / place).parent.mkdir(exist_ok=True)
        (config / place).write_text(text)
    (config / "latchstring").mkdir()
    with closing(sqlite3.connect(config / "latchstring/record.db")) as file:
        file.executescript((HOME / "record.sql").read_text())
    entries: Mapping[str, Any] = json.loads(
        (config / PLACES["core.config_entries"]).read_text()
    )
    return entries


def origins() -> dict[str, str]:
    entries = json.loads((HOME / "core.config_entries.json").read_text())
    return {
        each["title"]: each["data"]["origin"]
        for each in entries["data"]["entries"]
        if each["domain"] == DOMAIN
    }


@pytest.fixture
async def kept(
    hass: HomeAssistant, authority: Authority, served: Cameras, tmp_path: Path
) -> AsyncIterator[Kept]:
    """Home Assistant with all that was there before Latchstring starts."""
    job = hass.async_add_executor_job
    async with AsyncExitStack() as stack:
        police, sheriff = [
            await stack.enter_async_context(
                ReferenceHub(
                    authority,
                    options=Options(data=await job(put_hub, tmp_path / name, name)),
                    **agency,
                )
            )
            for name, agency in (("police", {}), ("sheriff", {"agency": SHERIFF}))
        ]
        before = await job(origins)
        moved = {before[POLICE]: police.origin, before[COUNTY]: sheriff.origin}
        moved |= {
            old.replace("https", "wss"): new.replace("https", "wss")
            for old, new in moved.items()
        }
        stored = await job(put_home, Path(hass.config.config_dir), moved)
        assert await async_load_base_functionality(hass)
        await install(
            hass,
            OwnCamera("Porch", served.url("porch"), device="Porch"),
            OwnCamera("Yard", served.url("yard"), device="Yard"),
            OwnCamera("Garage", served.url("drive"), device="Garage"),
        )
        yield Kept(stored=stored, police=police, sheriff=sheriff)
        for entry in hass.config_entries.async_entries(DOMAIN):
            if entry.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(entry.entry_id)


async def started(hass: HomeAssistant) -> dict[str, ConfigEntry]:
    """Start Latchstring, and give the hubs' entries by their titles."""
    await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    return {each.title: each for each in hass.config_entries.async_entries(DOMAIN)}


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
    await flush_store(hass.config_entries._store)  # noqa: SLF001 - what Home Assistant does a second later
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
    # The cameras of this test are at other addresses than those of then, which asks for their owner's word.
    for hub in ("jackson_police_department", "hinds_county_sheriff"):
        await turn_off(hass, f"switch.porch_sharing_with_{hub}")
        await turn_on(hass, f"switch.porch_sharing_with_{hub}", user=owner)
    await watch(kept.police)
    await watch(
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
        assert await record.log(log).gaps() == []
    exported = await export(hass, owner, format="folder")
    said = await checked(exported["path"])
    assert said.findings() == []


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


async def test_the_phones_that_were_chosen_by_name_are_known_by_their_registration(
    hass: HomeAssistant, kept: Kept
) -> None:
    (phone,) = hass.config_entries.async_entries("mobile_app")

    entries = await started(hass)

    for entry in entries.values():
        assert entry.options["notify"] == [phone.entry_id]
