"""What keeps a hub closed until its owner has said so anew."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
import json
from pathlib import Path
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from homeassistant.components.repairs import (
    DOMAIN as REPAIRS_DOMAIN,
    RepairsFlowManager,
    RepairsFlowResult,
    repairs_flow_manager,
)
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.latchstring.core.text import escape_markdown
from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from tests.ha.actions.test_export import checked, export
from tests.ha.front_door import (
    DOMAIN,
    answer,
    begin_again,
    keys_of,
    open_dialog,
    pair,
    submit,
    told_by,
)
from tests.ha.own_cameras import OwnCamera, install
from tests.reference_hub import Agreement, Conduct, ReferenceHub
from tests.reference_hub.agency import TERMS

PURPOSES = TERMS["purposes"]
NEW_TERMS = {**TERMS, "retention_days": 365, "facial_recognition": True}
NEW = Agreement(version="2027-01-01", text="Kept for a year", terms=NEW_TERMS)


@pytest.fixture
async def entry(hass: HomeAssistant, hub: ReferenceHub) -> ConfigEntry:
    """A hub that knows this home and one of its cameras."""
    assert await async_setup_component(hass, REPAIRS_DOMAIN, {})
    (porch,) = await install(hass, OwnCamera("Porch", "rtsp://127.0.0.1:1/"))
    entry = await pair(hass, hub.invitation(), labels={porch: "Front door"})
    await hub.home_connected()
    return entry


@pytest.fixture
async def issue_id(hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry) -> str:
    """The issue that comes up after the hub has published other terms."""
    hub.change_agreement(NEW)
    return await issue_of_reading_again(hass, entry)


async def issue_of_reading_again(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Have the home read what the hub is now, and give the issue that comes up."""
    raised: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @callback
    def issue_turned(event: Event[Any]) -> None:
        if event.data["action"] == "create" and not raised.done():
            raised.set_result(event.data["issue_id"])

    hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, issue_turned)
    await hass.config_entries.async_reload(entry.entry_id)
    async with asyncio.timeout(60):
        return await raised


def manager_of(hass: HomeAssistant) -> RepairsFlowManager:
    manager = repairs_flow_manager(hass)
    assert manager is not None
    return manager


def words_of(hass: HomeAssistant, issue_id: str) -> Sequence[str]:
    issue = issue_of(hass, issue_id)
    assert issue is not None
    assert issue.translation_key is not None
    return "issues", issue.translation_key, "fix_flow"


async def begin_repair(hass: HomeAssistant, issue_id: str) -> RepairsFlowResult:
    # Home Assistant 2026.10 reads the context, 2026.9 the data.
    about: dict[str, Any] = {"issue_id": issue_id}
    return await open_dialog(
        manager_of(hass), DOMAIN, about, words_of(hass, issue_id), about
    )


async def answer_repair(
    hass: HomeAssistant, step: RepairsFlowResult, answers: Mapping[str, Any]
) -> RepairsFlowResult:
    manager = manager_of(hass)
    (flow,) = manager.async_progress()
    words = words_of(hass, flow["context"]["issue_id"])
    return await submit(hass, manager, step, answers, words)


def issue_of(hass: HomeAssistant, issue_id: str) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id)


def agreements_in(folder: Path) -> set[str]:
    return {
        json.loads(path.read_bytes())["text"]
        for path in folder.glob("agreements/*.json")
    }


def reasons_of(hass: HomeAssistant) -> set[str]:
    """Give why cameras can or cannot be seen."""
    sensors = hass.states.async_all("binary_sensor")
    return {
        sensor.attributes["reason"]
        for sensor in sensors
        if "reason" in sensor.attributes
    }


async def test_accepting_the_new_agreement_opens_the_connection_again(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, issue_id: str
) -> None:
    (home,) = hub.homes()
    kept, keys = dict(entry.data), keys_of(hass, entry)
    step = await begin_repair(hass, issue_id)
    assert step["step_id"] == "confirm"

    result = await answer_repair(hass, step, {"accept": True})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issue_of(hass, issue_id) is None
    assert "Kept for a year" in entry.data["discovery"]
    assert keys_of(hass, entry) == keys
    assert entry.data["receipt"] != kept["receipt"]
    assert await hub.home_connected() == home
    assert hub.homes() == [home]


async def test_pairing_anew_accepts_the_new_agreement_too(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, issue_id: str
) -> None:
    step = await begin_again(hass, entry, SOURCE_RECONFIGURE)
    step = await answer(hass, step, {"link": hub.invitation()})
    await answer(hass, step, {"accept": True})

    await hub.home_connected()
    assert issue_of(hass, issue_id) is None
    assert reasons_of(hass) == {"camera_off"}


async def test_an_export_holds_every_agreement_that_was_accepted(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, issue_id: str
) -> None:
    first = json.loads(entry.data["discovery"])["agreement"]["text"]
    await answer_repair(hass, await begin_repair(hass, issue_id), {"accept": True})
    await hub.home_connected()
    exported = await export(hass, None, format="folder")

    texts = await asyncio.to_thread(agreements_in, Path(exported["path"]))

    assert texts == {first, "Kept for a year"}
    assert (await checked(exported["path"])).findings() == []


async def test_the_owner_is_shown_the_new_terms_and_what_has_changed(
    hass: HomeAssistant, issue_id: str
) -> None:
    step = await begin_repair(hass, issue_id)

    shown = told_by(step)
    assert shown["text"] == "> Kept for a year"
    assert "- It uses facial recognition." in shown["terms"].split("\n")
    retention, faces, version, text = shown["changes"].split("\n")
    assert "30 days" in retention
    assert "365 days" in retention
    assert faces == (
        "- Before: It uses no facial recognition. Now: It uses facial recognition."
    )
    assert version == (
        "- The version of the agreement was 2026&#45;10&#45;01"
        " and is now 2027&#45;01&#45;01."
    )
    assert text == "- The text of the agreement is different."


def with_ingest_elsewhere(hub: ReferenceHub) -> None:
    hub.presence.ingest_origin = "https://127.0.0.1:8444"


def with_other_control_address(hub: ReferenceHub) -> None:
    document = hub.presence.document()
    document["control_url"] += "/2"
    hub.conduct = Conduct(discovery=json.dumps(document).encode())


def with_other_pairing_address(hub: ReferenceHub) -> None:
    document = hub.presence.document()
    document["pairing_url"] += "/2"
    hub.conduct = Conduct(discovery=json.dumps(document).encode())


def with_other_witness(hub: ReferenceHub) -> None:
    identity = hub.presence.identity
    hub.presence.identity = replace(identity, witness=Ed25519PrivateKey.generate())


def with_other_version(hub: ReferenceHub) -> None:
    hub.change_agreement(Agreement(version="2027-01-01"))


def with_other_codes(hub: ReferenceHub) -> None:
    purposes = [{**each, "purpose": f"{each['purpose']}-2"} for each in PURPOSES]
    hub.change_agreement(Agreement(terms={**TERMS, "purposes": purposes}))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (with_ingest_elsewhere, r"Before: Video is sent to: .+ Now: .+&#58;8444\."),
        (with_other_control_address, r"this home connects to was .+ is now .+&#47;2\."),
        (with_other_pairing_address, r"agreements are signed was .+ is now .+&#47;2\."),
        (with_other_witness, r"confirms your record was \S+ and is now \S+\."),
        (with_other_version, r"version of the agreement was .+ is now 2027.+\."),
        (with_other_codes, r"codes of its purposes were .+ are now burglary&#45;2.+\."),
    ],
)
async def test_whatever_alone_has_closed_the_hub_is_shown_as_it_was_and_as_it_is(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    change: Callable[[ReferenceHub], None],
    told: str,
) -> None:
    change(hub)

    step = await begin_repair(hass, await issue_of_reading_again(hass, entry))

    assert re.fullmatch(f"- .*{told}", told_by(step)["changes"])


async def test_a_new_name_and_contact_are_told_with_what_closed_the_hub(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    hub.presence.agency = replace(hub.agency, name="City of Jackson", contact="555")
    with_other_version(hub)

    step = await begin_repair(hass, await issue_of_reading_again(hass, entry))

    _, name, contact = told_by(step)["changes"].split("\n")
    assert name == (
        "- It called itself Jackson Police Department and now calls itself City of Jackson."
    )
    assert contact.endswith("Its contact now: 555")


async def test_a_new_name_and_contact_alone_close_nothing(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    hub.presence.agency = replace(hub.agency, name="City of Jackson", contact="555")

    await hass.config_entries.async_reload(entry.entry_id)

    await hub.home_connected()
    assert reasons_of(hass) == {"camera_off"}


async def test_a_hub_that_took_its_change_back_says_so(
    hass: HomeAssistant, hub: ReferenceHub, issue_id: str
) -> None:
    hub.change_agreement(Agreement())

    step = await begin_repair(hass, issue_id)

    assert told_by(step)["changes"] == (
        "- Nothing anymore: the hub offers what you have already accepted."
    )


async def test_not_accepting_leaves_everything_closed(
    hass: HomeAssistant, entry: ConfigEntry, issue_id: str
) -> None:
    kept = dict(entry.data)
    step = await begin_repair(hass, issue_id)

    step = await answer_repair(hass, step, {"accept": False})

    assert step["step_id"] == "confirm"
    assert step["errors"] == {"accept": "not_accepted"}
    assert dict(entry.data) == kept
    assert issue_of(hass, issue_id) is not None
    assert reasons_of(hass) == {"agreement_changed"}


async def test_an_agreement_that_changes_once_more_is_shown_again(
    hass: HomeAssistant, hub: ReferenceHub, issue_id: str
) -> None:
    step = await begin_repair(hass, issue_id)
    hub.change_agreement(replace(NEW, text="Kept for ever"))

    step = await answer_repair(hass, step, {"accept": True})

    assert step["errors"] == {"base": "agreement_changed"}
    assert told_by(step)["text"] == "> Kept for ever"
    assert issue_of(hass, issue_id) is not None


async def test_a_passing_fault_can_be_tried_again(
    hass: HomeAssistant, hub: ReferenceHub, issue_id: str
) -> None:
    step = await begin_repair(hass, issue_id)
    hub.conduct = Conduct(refuses_pairing_with="clock_skew")
    step = await answer_repair(hass, step, {"accept": True})
    assert step["errors"] == {"base": "clock_skew"}

    hub.conduct = Conduct()
    step = await answer_repair(hass, step, {"accept": True})

    assert step["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("conduct", "problem"),
    [
        (Conduct(discovery=b"{}"), "not_a_hub"),
        (Conduct(versions=("2",)), "hub_too_new"),
        (Conduct(redirects={"discovery": (302, "https://127.0.0.1/")}), "redirected"),
    ],
)
async def test_an_agreement_that_cannot_be_read_ends_the_dialog_and_mends_nothing(
    hass: HomeAssistant,
    hub: ReferenceHub,
    issue_id: str,
    conduct: Conduct,
    problem: str,
) -> None:
    hub.conduct = conduct

    step = await begin_repair(hass, issue_id)

    assert step["type"] is FlowResultType.ABORT
    assert step["reason"] == problem
    assert issue_of(hass, issue_id) is not None


@pytest.mark.parametrize("is_claimed", [True, False])
async def test_another_key_that_nothing_leads_to_cannot_be_accepted(
    hass: HomeAssistant,
    hub: ReferenceHub,
    entry: ConfigEntry,
    issue_id: str,
    *,
    is_claimed: bool,
) -> None:
    kept = dict(entry.data)
    await hub.change_keys(signed=False)
    if is_claimed:
        await hub.change_keys()

    step = await begin_repair(hass, issue_id)

    assert step["reason"] == "hub_key_mismatch"
    assert dict(entry.data) == kept
    assert issue_of(hass, issue_id) is not None


@pytest.mark.parametrize("times", [1, 2, 8])
async def test_a_key_that_the_old_one_leads_to_is_accepted_with_all_there_was(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, times: int
) -> None:
    (home,), old = hub.homes(), hub.hub_id
    shares, options = {**entry.subentries}, entry.options
    for _ in range(times):
        await hub.change_keys()
    step = await begin_repair(hass, await issue_of_reading_again(hass, entry))
    key, witness = told_by(step)["changes"].split("\n")
    assert key == (
        "- The hub changed the key by which it is known, and proved it with the key that"
        f" you accepted. It was {escape_markdown(old)}"
        f" and is now {escape_markdown(hub.hub_id)}."
    )
    assert "confirms your record" in witness
    assert reasons_of(hass) == {"agreement_changed"}

    step = await answer_repair(hass, step, {"accept": True})

    assert step["type"] is FlowResultType.CREATE_ENTRY
    assert entry.unique_id == hub.hub_id
    assert entry.options == options
    assert {**entry.subentries} == shares
    assert await hub.home_connected() == home
    assert reasons_of(hass) == {"camera_off"}


async def test_an_address_for_video_that_is_never_connected_to_cannot_be_accepted(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    kept = dict(entry.data)
    document = hub.presence.document()
    document["ingest_origins"].append("https://192.168.1.1")
    hub.conduct = Conduct(discovery=json.dumps(document).encode())

    step = await begin_repair(hass, await issue_of_reading_again(hass, entry))

    assert step["type"] is FlowResultType.ABORT
    assert step["reason"] == "ingest_unreachable"
    assert dict(entry.data) == kept
    assert reasons_of(hass) == {"agreement_changed"}


async def test_more_changes_than_a_hub_publishes_need_an_invitation(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    for _ in range(9):
        await hub.change_keys()

    step = await begin_repair(hass, await issue_of_reading_again(hass, entry))

    assert step["reason"] == "hub_key_mismatch"


async def test_a_key_of_a_hub_that_is_paired_already_cannot_be_taken_over(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    await hub.change_keys()
    other = await pair(hass, hub.invitation())

    step = await begin_repair(hass, await issue_of_reading_again(hass, entry))

    assert step["reason"] == "other_hub"
    assert other.unique_id == hub.hub_id != entry.unique_id


async def test_a_hub_that_forgot_this_home_meanwhile_asks_for_a_link(
    hass: HomeAssistant, hub: ReferenceHub, issue_id: str
) -> None:
    step = await begin_repair(hass, issue_id)
    hub.conduct = Conduct(refuses_pairing_with="home_unknown")

    step = await answer_repair(hass, step, {"accept": True})

    assert step["type"] is FlowResultType.ABORT
    assert step["reason"] == "home_unknown"
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


@pytest.fixture
async def lost(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """The issue that comes up when the stored consent to a hub is gone."""
    consent = hass.data[HOUSEHOLD_KEY].consent
    await hass.config_entries.async_unload(entry.entry_id)
    consent.forget(entry.entry_id)
    await consent.async_save()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return f"store_unreadable_{entry.entry_id}"


async def test_a_lost_consent_begins_anew_with_every_camera_closed(
    hass: HomeAssistant, lost: str
) -> None:
    assert reasons_of(hass) == {"store_unreadable"}
    step = await begin_repair(hass, lost)
    assert step["step_id"] == "confirm"
    assert reasons_of(hass) == {"store_unreadable"}

    result = await answer_repair(hass, step, {})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issue_of(hass, lost) is None
    assert reasons_of(hass) == {"camera_off"}


async def test_what_was_asked_about_a_lost_consent_goes_with_the_hub(
    hass: HomeAssistant, entry: ConfigEntry, lost: str
) -> None:
    assert issue_of(hass, lost) is not None

    await hass.config_entries.async_remove(entry.entry_id)

    assert issue_of(hass, lost) is None


async def test_what_was_asked_about_an_agreement_goes_with_the_hub(
    hass: HomeAssistant, entry: ConfigEntry, issue_id: str
) -> None:
    assert issue_of(hass, issue_id) is not None

    await hass.config_entries.async_remove(entry.entry_id)

    assert issue_of(hass, issue_id) is None
