"""Old consent that comes back with a backup or a copy opens nothing before its owner has reviewed it."""

from copy import deepcopy
from pathlib import Path
import shutil
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.latchstring.backup import async_post_backup, async_pre_backup
from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.ha.front_door import DOMAIN
from tests.ha.restarting import restart_restored, start, stop
from tests.ha.reviewing import known_anew, reviewed
from tests.ha.watching import (
    SHARING,
    is_on,
    look,
    reason,
    recorded,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import Conduct, ReferenceHub, Refused
from tests.reference_hub.jose import public_key
from tests.reference_hub.note import open_checkpoint

CONSENT = "latchstring.consent"


@pytest.fixture
def anchor(hass: HomeAssistant) -> Path:
    """What no backup takes along."""
    return Path(hass.config.path(".cache", "latchstring.anchor"))


@pytest.fixture
def record(hass: HomeAssistant) -> Path:
    return Path(hass.config.path("latchstring"))


async def assert_closed_as_restored(hass: HomeAssistant, hub: ReferenceHub) -> None:
    """Nothing opens, by whatever the old consent says, and the owner is asked."""
    await hub.home_connected()
    camera = await hub.camera_is("closed")
    assert isinstance(await hub.open_session(camera["camera"]), Refused)
    assert reason(hass) == "restored"
    assert ir.async_get(hass).async_get_issue(DOMAIN, "restored") is not None


async def test_an_ordinary_restart_is_no_restore(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)

    await stop(hass, entry)
    await start(hass, entry)

    await watch(hub)


async def test_making_a_backup_closes_nothing(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)

    await async_pre_backup(hass)
    await watch(hub)
    await async_post_backup(hass)
    await stop(hass, entry)
    await start(hass, entry)

    await watch(hub)


async def test_consent_out_of_a_backup_opens_nothing(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> None:
    await turn_on(hass, user=owner)
    await async_pre_backup(hass)
    backup = deepcopy(hass_storage[CONSENT])
    await async_post_backup(hass)
    await turn_off(hass)

    await stop(hass, entry)
    hass_storage[CONSENT] = backup
    await start(hass, entry)

    assert is_on(hass, SHARING)
    await assert_closed_as_restored(hass, hub)


async def test_a_backup_from_before_a_revocation_opens_nothing_though_the_hub_says_nothing(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    record: Path,
    anchor: Path,
    tmp_path: Path,
) -> None:
    await turn_on(hass, user=owner)
    await async_pre_backup(hass)
    backup = deepcopy(hass_storage)
    shutil.copytree(record, tmp_path / "backup")
    await async_post_backup(hass)
    await turn_off(hass)
    await stop(hass, entry)

    hub.conduct = Conduct(silent=True)
    hass_storage[CONSENT] = backup[CONSENT]
    shutil.rmtree(record)
    shutil.copytree(tmp_path / "backup", record)
    shutil.rmtree(anchor.parent)
    await start(hass, entry)

    assert is_on(hass, SHARING)
    assert reason(hass) == "restored"
    hub.conduct = Conduct()
    await hub.disconnect()
    await assert_closed_as_restored(hass, hub)


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "wiped"])
async def test_a_snapshot_without_the_mark_is_known_by_the_anchor(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    anchor: Path,
    kept: bool,  # noqa: FBT001 - a parameter
) -> None:
    await turn_on(hass, user=owner)
    snapshot = deepcopy(hass_storage[CONSENT])
    await turn_off(hass)
    await turn_on(hass, user=owner)
    await turn_off(hass)

    await stop(hass, entry)
    hass_storage[CONSENT] = snapshot
    if not kept:
        await hass.async_add_executor_job(anchor.unlink)
    await start(hass, entry)

    await assert_closed_as_restored(hass, hub)


@pytest.fixture
async def copied(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    record: Path,
    anchor: Path,
    tmp_path: Path,
) -> None:
    """A copy, not started yet, of a home that went on after that; the hub answers none of its checkpoints."""
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    shutil.copytree(record, tmp_path / "old")
    await start(hass, entry)
    await look(hub)
    await stop(hass, entry)
    shutil.rmtree(record)
    shutil.copytree(tmp_path / "old", record)
    await hass.async_add_executor_job(anchor.with_suffix(".heads").unlink)
    hub.conduct = Conduct(cosigns=False)


@pytest.mark.usefixtures("copied")
async def test_a_copy_admits_nobody_before_the_hub_has_said_what_it_knows_of_it(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    await start(hass, entry)

    await hub.home_connected()
    camera = await hub.camera_is("closed")
    outcome = await hub.open_session(camera["camera"])
    assert isinstance(outcome, Refused)
    assert outcome.code == "not_available"
    assert reason(hass) == "cosignature_awaited"
    assert hub.faults == []
    hub.conduct = Conduct()
    await hub.disconnect()
    await assert_closed_as_restored(hass, hub)


async def test_what_the_hub_signs_of_an_older_tree_than_the_first_lets_nobody_in(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    await look(hub)
    await hub.settled()
    await stop(hass, entry)
    hub.conduct = Conduct(cosigns=False)
    await start(hass, entry)
    await hub.home_connected()
    camera = await hub.camera_is("closed")
    home = hub.control.home()
    await hub.changes.until(lambda: home.connected().offered)
    log, key = home.receipt["log_origin"], public_key(home.receipt["log"])
    first = open_checkpoint(str(home.connected().offered), log, key).size
    signed = hub.store.cosigned(log)
    older = signed[max(size for size in signed if size < first)]

    answer = await hub.request("checkpoint.cosigned", {"checkpoint": older})

    assert answer["result"] == {}
    assert isinstance(await hub.open_session(camera["camera"]), Refused)
    assert reason(hass) == "cosignature_awaited"


@pytest.mark.parametrize("requests", [1, 3, 5], ids=["smaller", "equal", "larger"])
@pytest.mark.usefixtures("copied")
async def test_a_copy_is_known_by_any_tree_that_does_not_go_together_with_the_hubs(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, requests: int
) -> None:
    await start(hass, entry)
    await hub.home_connected()
    camera = await hub.camera_is("closed")
    for _ in range(requests):
        await hub.ask_to_watch(camera["camera"])
    newest = hub.store.newest_tree(hub.control.home().receipt["log_origin"])
    assert newest is not None
    size = hass.data[HOUSEHOLD_KEY].record.sizes[entry.entry_id]
    assert size - newest.size == requests - 3

    hub.conduct = Conduct()
    await hub.disconnect()

    await assert_closed_as_restored(hass, hub)


async def test_a_restart_of_the_hub_lets_viewers_in_again_at_once(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> None:
    await turn_on(hass, user=owner)
    await look(hub)
    hub.conduct = Conduct(cosigns=False)

    await hub.stop()
    await hub.start()

    await hub.home_connected()
    await hub.changes.until(lambda: hub.control.home().connected().offered)
    await look(hub)


@pytest.mark.parametrize("remembered", [True, False], ids=["by itself", "by the hub"])
async def test_a_copy_that_went_on_elsewhere_is_known_by_how_far_the_record_had_come(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    record: Path,
    anchor: Path,
    tmp_path: Path,
    remembered: bool,  # noqa: FBT001 - a parameter
) -> None:
    await turn_on(hass, user=owner)
    await stop(hass, entry)
    shutil.copytree(record, tmp_path / "old")
    await start(hass, entry)
    session = await watch(hub)
    await hub.close_session(session.session)
    await hub.receipt(session.session)
    await stop(hass, entry)
    shutil.rmtree(record)
    shutil.copytree(tmp_path / "old", record)
    if not remembered:
        await hass.async_add_executor_job(anchor.with_suffix(".heads").unlink)

    await start(hass, entry)
    await assert_closed_as_restored(hass, hub)


async def test_the_owner_reviews_and_keeps_what_is_still_wanted(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_admin_user: MockUser,
    hass_storage: dict[str, Any],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> None:
    await turn_on(hass, user=owner)
    await restart_restored(hass, entry)
    await assert_closed_as_restored(hass, hub)

    old = hub.homes()
    (choice,) = await reviewed(hass, hass_client, keep=1)
    await known_anew(hub, old)

    assert choice["label"] == "Front door (Jackson Police Department)"
    assert ir.async_get(hass).async_get_issue(DOMAIN, "restored") is None
    await watch(hub)


async def test_what_is_not_chosen_is_switched_off(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> None:
    await turn_on(hass, user=owner)
    await restart_restored(hass, entry)

    old = hub.homes()
    await reviewed(hass, hass_client, keep=0)
    await known_anew(hub, old)
    await hass.async_block_till_done()

    assert not is_on(hass, SHARING)
    assert reason(hass) == "camera_off"
    turned = await recorded(hass, "switch_turned")
    assert (turned[-1]["on"], turned[-1]["actor"]["user_id"]) == (False, owner)


async def test_a_hub_that_is_disabled_meanwhile_is_reviewed_too(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> None:
    await turn_on(hass, user=owner)
    await restart_restored(hass, entry)
    disable = hass.config_entries.async_set_disabled_by
    await disable(entry.entry_id, ConfigEntryDisabler.USER)

    old = hub.homes()
    (choice,) = await reviewed(hass, hass_client, keep=0)
    await disable(entry.entry_id, None)
    await known_anew(hub, old)
    await hass.async_block_till_done()

    assert choice["label"] == "Front door (Jackson Police Department)"
    assert not is_on(hass, SHARING)
    assert reason(hass) == "camera_off"
    turned = await recorded(hass, "switch_turned")
    assert (turned[-1]["on"], turned[-1]["actor"]["user_id"]) == (False, owner)
