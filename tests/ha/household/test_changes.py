"""What an owner changed of a hub is in the record, with what held before, and by which person."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
import sqlite3
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.latchstring.core.entries import (
    ADMINISTRATOR,
    NOBODY,
    Change,
    ConsentChanged,
)
from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.record import HOUSEHOLD
from tests.ha.actions.test_record_actions import entries
from tests.ha.flows.test_repairs import NEW
from tests.ha.front_door import PEOPLE
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.people import (
    FLOWS,
    OPTIONS,
    REPAIRS,
    SHARES,
    Person,
    SignIn,
    Step,
    sign_in,
)
from tests.ha.restarting import restart_restored, start, stop
from tests.ha.reviewing import issue_turned, known_anew
from tests.ha.spoken import SETTINGS
from tests.ha.watching import (
    HUB_SHARING,
    SHARE_NOW,
    SHARING,
    VIEWABLE,
    is_on,
    on_disk,
    recorded,
    turn_on,
)
from tests.reference_hub import ReferenceHub

from .test_record_faults import ISSUE

BROUGHT_UP_TO_DATE = "when the record was brought up to date; this entry does not say"
LISTED = f"was found listed for Jackson Police Department {BROUGHT_UP_TO_DATE} by whom, or since when"
UNWRITTEN = "could not be written down"
CHANGES = ("consent_changed", "options_changed")


@pytest.fixture
def person(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> SignIn:
    async def somebody(name: str) -> Person:
        return await sign_in(hass, name, hass_client, hass_ws_client)

    return somebody


@pytest.fixture
async def alex(person: SignIn) -> Person:
    return await person("Alex")


@pytest.fixture
async def kim(person: SignIn) -> Person:
    return await person("Kim")


async def paired_by(
    alex: Person, hub: ReferenceHub, cameras: Mapping[str, str]
) -> ConfigEntry:
    """Pair in the browser, and list cameras (by entity id) under their labels."""
    step = await alex.open(FLOWS, handler="latchstring")
    step = await alex.answer(FLOWS, step, link=hub.invitation())
    step = await alex.answer(FLOWS, step, accept=True)
    step = await alex.answer(FLOWS, step, cameras=[*cameras])
    if step["step_id"] == "findings":
        step = await alex.choose(FLOWS, step, "labels")
    fields = [field["name"] for field in step["data_schema"]]
    labels = dict(zip(fields, cameras.values(), strict=True))
    step = await alex.answer(FLOWS, step, **labels)
    step = await alex.answer(FLOWS, step, **PEOPLE)
    assert step["type"] == "create_entry"
    entry = alex.hass.config_entries.async_get_entry(step["result"]["entry_id"])
    assert entry is not None
    return entry


async def changes(hass: HomeAssistant) -> list[Mapping[str, Any]]:
    return await recorded(hass, *CHANGES)


def who(entries: list[Mapping[str, Any]]) -> set[str]:
    return {entry["actor"]["name"] for entry in entries}


async def test_pairing_says_who_paired_and_which_cameras_they_listed(
    hass: HomeAssistant, hub: ReferenceHub, alex: Person
) -> None:
    porch, yard = await install(
        hass,
        OwnCamera("Porch", "rtsp://127.0.0.1:1/"),
        OwnCamera("Yard", "rtsp://127.0.0.1:2/"),
    )

    await paired_by(alex, hub, {porch: "Front door", yard: "Back yard"})

    paired, options, *listed = await changes(hass)
    assert who([paired, options, *listed]) == {"Alex"}
    assert (paired["change"], paired["camera"]) == ("added", None)
    assert paired["rules"]["version"] == hub.agency.agreement.version
    assert options["options"] == {**PEOPLE}
    assert [each["change"] for each in listed] == ["added", "added"]
    assert {each["rules"]["label"] for each in listed} == {"Front door", "Back yard"}
    assert {each.get("before") for each in (paired, options, *listed)} == {None}


@pytest.fixture
async def paired(hass: HomeAssistant, hub: ReferenceHub, alex: Person) -> ConfigEntry:
    """A hub that knows of a porch; Alex paired with it."""
    (porch,) = await install(
        hass, OwnCamera("Porch", "rtsp://127.0.0.1:1/", device="Porch")
    )
    return await paired_by(alex, hub, {porch: "Front door"})


def share_of(entry: ConfigEntry) -> ConfigSubentry:
    (share,) = entry.subentries.values()
    return share


async def change(
    person: Person, entry: ConfigEntry, part: str, *answers: Mapping[str, Any]
) -> None:
    """Change a part of how the only camera is shared."""
    step = await person.open(
        SHARES,
        handler=[entry.entry_id, "share"],
        subentry_id=share_of(entry).subentry_id,
    )
    step = await person.choose(SHARES, step, part)
    for each in answers:
        step = await person.answer(SHARES, step, **each)
    assert step["reason"] == "saved"


ON_REQUEST = {"when": "only_when"}, {"openings": ["approval"]}
ROUGHLY = {
    "location": {"latitude": 32.298757, "longitude": -90.184807, "radius": 1000},
    "heading_deg": 90,
}


async def test_a_place_that_is_told_is_written_down_with_what_was_told_before(
    hass: HomeAssistant, paired: ConfigEntry, kim: Person, owner: str
) -> None:
    """What did they know about me, since when, and who told them."""
    details = {"label": "Porch", "place": "coarse"}
    await change(kim, paired, "details", details, ROUGHLY)

    (*_, entry) = await changes(hass)
    place = share_of(paired).data["place"]
    told = {
        "latitude": str(place["latitude"]),
        "longitude": str(place["longitude"]),
        "radius_m": 1000,
        "heading_deg": 90,
    }
    assert entry["before"] == {"label": "Front door", "place": None}
    assert (entry["rules"]["label"], entry["rules"]["place"]) == ("Porch", told)
    read = (await entries(hass, user=owner))[0]
    assert read["sentence"] == (
        "Porch had its sharing with Jackson Police Department changed by Kim: label, location"
    )
    assert read["before"] == {"label": "Front door", "place": None}
    assert read["after"] == {"label": "Porch", "place": told}


async def test_a_camera_is_listed_changed_and_taken_off_by_whoever_does_it(
    hass: HomeAssistant, paired: ConfigEntry, alex: Person, kim: Person
) -> None:
    (yard,) = await install(hass, OwnCamera("Yard", "rtsp://127.0.0.1:2/"))
    step = await kim.open(SHARES, handler=[paired.entry_id, "share"])
    step = await kim.answer(SHARES, step, camera=yard)
    step = await kim.answer(SHARES, step, label="Back yard", place="none")
    step = await kim.answer(SHARES, step, when="only_when")
    step = await kim.answer(SHARES, step, openings=["approval"])
    await kim.choose(SHARES, step, "finish")
    front, back = paired.subentries.values()
    await alex.command(
        "config_entries/subentries/delete",
        entry_id=paired.entry_id,
        subentry_id=front.subentry_id,
    )
    await change(kim, paired, "openings", {"when": "always"})

    *_, added, removed, changed = await changes(hass)
    assert [
        (each["change"], each["label"], each["actor"]["name"])
        for each in (added, removed, changed)
    ] == [
        ("added", "Back yard", "Kim"),
        ("removed", "Front door", "Alex"),
        ("changed", "Back yard", "Kim"),
    ]
    assert added["rules"]["openings"] == ["approval"]
    assert removed["rules"] is None
    assert removed["before"]["label"] == "Front door"
    assert changed["camera"] == back.data["camera_id"]
    assert changed["before"] == {"openings": ["approval"]}


async def test_changed_options_are_written_down_with_what_held_before(
    hass: HomeAssistant, paired: ConfigEntry, kim: Person, owner: str
) -> None:
    """Who let automations open cameras, named somebody, or keeps the record for a shorter time."""
    sam = MockUser(name="Sam").add_to_hass(hass)
    step = await kim.open(OPTIONS, handler=paired.entry_id)
    await kim.answer(
        OPTIONS,
        step,
        notify=[],
        openers=[sam.id],
        automations_may_open=True,
        share_now_minutes=15,
        keep_days=30,
    )

    (*_, entry) = await changes(hass)
    assert entry["actor"] == {"kind": "user", "name": "Kim", "user_id": kim.user.id}
    assert entry["options"] == {
        "notify": [],
        "push_words": "full",
        "openers": [sam.id],
        "automations_may_open": True,
        "share_now_minutes": 15,
        "keep_days": 30,
    }
    assert entry["options"].keys() <= SETTINGS.keys()
    assert entry["names"] == {sam.id: "Sam"}
    before = {"openers": [], "automations_may_open": False, "keep_days": None}
    assert entry["before"] == before
    read = (await entries(hass, user=owner))[0]
    assert read["sentence"] == (
        "Jackson Police Department had its options changed by Kim: whether automations"
        " may open cameras, days to keep the record, who may open cameras"
    )
    assert read["before"] == before
    assert read["after"] == {
        "openers": ["Sam"],
        "automations_may_open": True,
        "keep_days": 30,
    }


async def test_an_option_that_nobody_knows_of_here_is_written_down_as_well(
    hass: HomeAssistant, paired: ConfigEntry
) -> None:
    """The whole of the options is compared, not a list of names: a later version has more of them."""
    options = {**paired.options, "loudness": 0.5}
    hass.config_entries.async_update_entry(paired, options=options)
    await hass.async_block_till_done()

    (*_, entry) = await changes(hass)
    assert entry["before"] == {"loudness": None}
    assert entry["options"]["loudness"] == "0.5"
    assert who([entry]) == {"an administrator"}  # code did it, in nobody's name


@pytest.mark.parametrize("switch", [SHARING, HUB_SHARING, SHARE_NOW])
@pytest.mark.parametrize("how", ["remove", "update"])
async def test_a_switch_that_somebody_takes_away_was_turned_off_by_them(
    hass: HomeAssistant,
    entry: ConfigEntry,
    kim: Person,
    owner: str,
    switch: str,
    how: str,
) -> None:
    """One that is disabled is off when it is enabled again, which asks nobody whether they may open."""
    await only_now(hass, entry)
    await turn_on(hass, user=owner)
    await turn_on(hass, SHARE_NOW, user=owner)
    assert is_on(hass, VIEWABLE)

    disabled = {"disabled_by": "user"} if how == "update" else {}
    await kim.command(f"config/entity_registry/{how}", entity_id=switch, **disabled)

    (*_, turned) = await recorded(hass, "switch_turned")
    assert (turned["on"], turned["actor"]["name"]) == (False, "Kim")
    assert not is_on(hass, VIEWABLE)
    if disabled:
        await kim.command(
            f"config/entity_registry/{how}", entity_id=switch, disabled_by=None
        )
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert not is_on(hass, switch)
    assert not is_on(hass, VIEWABLE)


async def only_now(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Let the only camera open by nothing but its owner's word."""
    share = share_of(entry)
    hass.config_entries.async_update_subentry(
        entry, share, data={**share.data, "openings": []}
    )
    await hass.async_block_till_done()


async def test_a_hub_is_removed_by_whoever_removes_it(
    hass: HomeAssistant, paired: ConfigEntry, kim: Person
) -> None:
    camera = share_of(paired).data["camera_id"]
    before = len(await changes(hass))

    await kim.remove_hub(paired.entry_id)

    removed = (await changes(hass))[before:]
    assert who(removed) == {"Kim"}
    assert [(each["change"], each["camera"]) for each in removed] == [
        ("removed", None),
        ("removed", camera),
    ]
    assert removed[1]["before"]["label"] == "Front door"
    assert await recorded(hass, "unpaired")


async def test_a_changed_agreement_is_accepted_by_whoever_accepts_it(
    hass: HomeAssistant, hub: ReferenceHub, paired: ConfigEntry, kim: Person
) -> None:
    before = len(await changes(hass))
    issue_id = f"agreement_changed_{paired.entry_id}"
    raised = issue_turned(hass, issue_id)
    hub.change_agreement(NEW)
    await hass.config_entries.async_reload(paired.entry_id)
    await raised()

    step = await kim.open(REPAIRS, handler="latchstring", issue_id=issue_id)
    step = await kim.answer(REPAIRS, step, accept=True)

    assert step["type"] == "create_entry"
    (accepted,) = (await changes(hass))[before:]
    assert (accepted["change"], accepted["camera"]) == ("changed", None)
    assert accepted["actor"]["name"] == "Kim"
    assert accepted["rules"]["version"] == NEW.version
    assert accepted["before"]["version"] != NEW.version


async def test_a_hub_is_paired_again_by_whoever_does_so(
    hass: HomeAssistant, hub: ReferenceHub, paired: ConfigEntry, kim: Person
) -> None:
    before = len(await changes(hass))
    step = await kim.open(FLOWS, handler="latchstring", entry_id=paired.entry_id)
    step = await kim.answer(FLOWS, step, next_step_id="pair_again")
    step = await kim.answer(FLOWS, step, link=hub.invitation())
    step = await kim.answer(FLOWS, step, accept=True)

    assert step["reason"] == "paired_again"
    (accepted,) = (await changes(hass))[before:]
    assert accepted["actor"]["name"] == "Kim"
    assert accepted["before"].keys() == {"accepted_at"}


async def test_a_camera_that_is_not_kept_in_a_review_was_closed_by_who_reviewed(
    hass: HomeAssistant, entry: ConfigEntry, kim: Person, owner: str
) -> None:
    await turn_on(hass, user=owner)
    await restart_restored(hass, entry)

    step = await kim.open(REPAIRS, handler="latchstring", issue_id="restored")
    await kim.answer(REPAIRS, step, keep=[])

    (*_, turned) = await recorded(hass, "switch_turned")
    assert (turned["on"], turned["actor"]["name"]) == (False, "Kim")


async def test_a_start_at_which_nothing_differs_writes_nothing(
    hass: HomeAssistant, paired: ConfigEntry, alex: Person
) -> None:
    """Nor does a reload, whoever asks for it."""
    before = await changes(hass)
    await stop(hass, paired)
    await start(hass, paired)
    await alex.command(
        "config_entries/disable", entry_id=paired.entry_id, disabled_by="user"
    )
    await alex.command(
        "config_entries/disable", entry_id=paired.entry_id, disabled_by=None
    )

    assert await changes(hass) == before


async def test_what_was_called_otherwise_then_is_the_same(
    hass: HomeAssistant, paired: ConfigEntry, owner: str
) -> None:
    registry = er.async_get(hass)
    guests = registry.async_get_or_create("binary_sensor", "test", "guests")
    sam = MockUser(name="Sam").add_to_hass(hass)
    share = share_of(paired)
    never = [{"entity": guests.id, "clear": ["off"]}]
    hass.config_entries.async_update_subentry(
        paired, share, data={**share.data, "never": never}
    )
    hass.config_entries.async_update_entry(
        paired, options={**paired.options, "openers": [sam.id]}
    )
    await hass.async_block_till_done()
    before = await changes(hass)

    for old in (guests.entity_id, "camera.porch"):
        registry.async_update_entity(old, new_entity_id=f"{old}_2")
    await hass.auth.async_update_user(sam, name="Samuel")
    await hass.async_block_till_done()
    await hass.config_entries.async_reload(paired.entry_id)
    await stop(hass, paired)
    await start(hass, paired)

    assert await changes(hass) == before
    options, rules = (await entries(hass, user=owner, kind=[*CHANGES]))[:2]
    assert options["after"]["openers"] == ["Sam"]
    assert rules["after"]["never"] == [
        {"entity": "binary_sensor.test_guests", "clear": ["off"]}
    ]
    assert rules["content"]["rules"]["never"] == never
    share = share_of(paired)
    hass.config_entries.async_update_subentry(
        paired, share, data={**share.data, "never": []}
    )
    await hass.async_block_till_done()
    told = (await entries(hass, user=owner))[0]
    assert told["before"]["never"][0]["entity"] == "binary_sensor.test_guests"


async def test_what_differs_after_a_restart_was_changed_by_nobody_who_is_known(
    hass: HomeAssistant, paired: ConfigEntry, owner: str
) -> None:
    """A file was edited, or another one put in its place: nobody was seen doing it."""
    before = len(await changes(hass))
    await stop(hass, paired)
    share, options = share_of(paired), {**paired.options, "automations_may_open": True}
    other = {**share.data, "label": "Porch", "camera_id": "another"}
    hass.config_entries.async_update_entry(paired, options=options)
    hass.config_entries.async_update_subentry(
        paired, share, data={**share.data, "openings": ["alarm"]}
    )
    hass.config_entries.async_add_subentry(
        paired,
        ConfigSubentry(
            data=MappingProxyType(other),
            subentry_type="share",
            title="Porch",
            unique_id="another",
        ),
    )
    await start(hass, paired)

    options_changed, changed, found = (await changes(hass))[before:]
    for each in (options_changed, changed, found):
        assert each["actor"] == {"kind": "nobody", "name": None, "user_id": None}
    assert options_changed["before"] == {"automations_may_open": False}
    assert (changed["change"], changed["before"]) == (
        "changed",
        {"openings": ["always"]},
    )
    assert (found["change"], found["label"], found.get("before")) == (
        "found",
        "Porch",
        None,
    )
    told = await entries(hass, user=owner, kind=[*CHANGES])
    assert [each["sentence"] for each in told[:3]] == [
        f"Porch {LISTED}",
        "Front door had its sharing with Jackson Police Department changed by somebody unknown: when it may open",
        "Jackson Police Department had its options changed by somebody unknown: whether automations may open cameras",
    ]


async def test_a_camera_that_is_gone_after_a_restart_was_removed_by_nobody_who_is_known(
    hass: HomeAssistant, paired: ConfigEntry
) -> None:
    await stop(hass, paired)
    hass.config_entries.async_remove_subentry(paired, share_of(paired).subentry_id)
    await start(hass, paired)

    (*_, removed) = await changes(hass)
    assert (removed["change"], removed["label"]) == ("removed", "Front door")
    assert removed["actor"]["kind"] == "nobody"


async def test_what_the_record_no_longer_holds_is_written_down_once_at_the_next_start(
    hass: HomeAssistant, paired: ConfigEntry, owner: str
) -> None:
    """Erased, it says neither that somebody listed the camera just now, nor who once did."""
    later = dt_util.utcnow() + timedelta(minutes=1)
    record = hass.data[HOUSEHOLD_KEY].record
    await record.log(HOUSEHOLD).erase(before=later, actor=NOBODY, at=dt_util.utcnow())
    before = len(await changes(hass))
    for _ in range(2):
        await stop(hass, paired)
        await start(hass, paired)

    await check_found((await changes(hass))[before:], paired)
    told = await entries(hass, user=owner, kind=[*CHANGES])
    assert [each["sentence"].partition(" ")[0] for each in told[:3]] == [
        "Front",
        "Jackson",
        "Jackson",
    ]


async def check_found(found: list[Mapping[str, Any]], entry: ConfigEntry) -> None:
    """See that all that holds was written down, and nobody named for it."""
    hub, options, camera = found
    assert {each["actor"]["kind"] for each in found} == {"nobody"}
    assert {each.get("before") for each in found} == {None}
    assert (hub["change"], camera["change"]) == ("found", "found")
    assert options["options"] == {**entry.options}
    assert camera["rules"]["openings"] == ["always"]


async def test_a_record_of_a_version_that_wrote_less_is_completed_once(
    hass: HomeAssistant, paired: ConfigEntry, owner: str
) -> None:
    """It knew rules without their label and place, and nothing of options. What completes it names nobody."""
    later = dt_util.utcnow() + timedelta(minutes=1)
    record = hass.data[HOUSEHOLD_KEY].record
    await record.log(HOUSEHOLD).erase(before=later, actor=NOBODY, at=dt_util.utcnow())
    old = ConsentChanged(
        change=Change.ADDED,
        actor=ADMINISTRATOR,
        hub=paired.entry_id,
        camera=share_of(paired).data["camera_id"],
        label="Front door",
        rules={"openings": ["always"]},
    )
    await record.log(HOUSEHOLD).append(old, at=dt_util.utcnow())
    gone = replace(old, camera="gone", label="Back yard")
    await record.log(HOUSEHOLD).append(gone, at=dt_util.utcnow())
    before = len(await changes(hass))
    for _ in range(2):
        await stop(hass, paired)
        await start(hass, paired)

    *found, removed = (await changes(hass))[before:]
    await check_found(found, paired)
    assert (removed["change"], removed["label"]) == ("removed", "Back yard")
    told = await entries(hass, user=owner, kind=[*CHANGES])
    assert [each["sentence"] for each in told[1:4]] == [
        f"Front door {LISTED}",
        f"Jackson Police Department was found with options {BROUGHT_UP_TO_DATE} who chose them, or when",
        f"Jackson Police Department was found paired with this home {BROUGHT_UP_TO_DATE} by whom",
    ]


async def test_another_record_is_told_all_that_holds(
    hass: HomeAssistant, paired: ConfigEntry, hub: ReferenceHub, kim: Person
) -> None:
    """What memory knows another record was told, this one was not."""
    homes, step = await lose_the_record(hass, paired, hub, kim)
    await kim.answer(REPAIRS, step, keep=[])
    await known_anew(hub, homes)
    await hass.async_block_till_done()

    found = await changes(hass)
    camera = share_of(paired).data["camera_id"]
    assert [
        (each.get("change"), each.get("camera"), each["actor"]["kind"])
        for each in found
    ] == [
        ("found", None, "nobody"),
        (None, None, "nobody"),
        ("changed", camera, "user"),
    ]
    assert found[-1]["before"] == {"openings": ["always"]}


async def lose_the_record(
    hass: HomeAssistant, paired: ConfigEntry, hub: ReferenceHub, kim: Person
) -> tuple[list[str], Step]:
    """Lose it, change something, and be asked to review; give the homes that the hub knows, and the question."""

    def lose() -> None:
        for each in Path(hass.config.path("latchstring")).glob("record.db*"):
            each.unlink()

    await hub.home_connected()
    homes, restored = hub.homes(), issue_turned(hass, "restored")
    await hass.async_add_executor_job(lose)
    await change(kim, paired, "openings", *ON_REQUEST)
    await restored()
    step = await kim.open(REPAIRS, handler="latchstring", issue_id="restored")
    return homes, step


async def test_what_a_full_disk_kept_out_is_written_when_it_has_room_by_who_did_it(
    hass: HomeAssistant,
    hub: ReferenceHub,
    paired: ConfigEntry,
    alex: Person,
    kim: Person,
    other_program: sqlite3.Connection,
) -> None:
    """And it took effect before that: what somebody takes away waits for no record."""
    before = len(await changes(hass))
    await hub.camera_is("closed", "Front door")
    shown = issue_turned(hass, ISSUE)
    other_program.execute("BEGIN IMMEDIATE")
    await change(alex, paired, "openings", *ON_REQUEST)
    await shown()
    await change(kim, paired, "details", {"label": "Porch", "place": "none"})
    await hub.camera_is("ask", "Porch")
    assert len(on_disk(hass, *CHANGES)) == before
    gone = issue_turned(hass, ISSUE)
    other_program.execute("ROLLBACK")
    await gone()
    await hass.async_block_till_done()

    by_alex, by_kim = (await changes(hass))[before:]
    assert (who([by_alex]), by_alex["before"]) == ({"Alex"}, {"openings": ["always"]})
    assert (who([by_kim]), by_kim["before"]) == ({"Kim"}, {"label": "Front door"})
    assert by_kim["rules"]["openings"] == ["approval"]


def put(hass: HomeAssistant, entry: ConfigEntry, **rules: Any) -> None:
    """Store rules of the only camera, as another version or an editor does; None: leave them out."""
    share = share_of(entry)
    left_out = {name for name, rule in rules.items() if rule is None}
    kept = {**share.data, **rules}
    hass.config_entries.async_update_subentry(
        entry, share, data={name: kept[name] for name in kept.keys() - left_out}
    )


async def test_what_is_turned_off_was_on_where_nobody_had_chosen(
    hass: HomeAssistant, paired: ConfigEntry, owner: str
) -> None:
    """What is left out counts as something, and that is what held before, or holds from then on."""
    assert "disarm_ends" not in share_of(paired).data
    for chosen, held in ((False, True), (None, False)):
        put(hass, paired, disarm_ends=chosen)
        await hass.async_block_till_done()

        told = (await entries(hass, user=owner))[0]
        assert told["sentence"] == (
            "Front door had its sharing with Jackson Police Department changed by an administrator:"
            " whether disarming ends it"
        )
        assert told["before"] == {"disarm_ends": held}
        assert told["after"] == {"disarm_ends": not held}

    put(hass, paired, limits={"case_required": True})
    await hass.async_block_till_done()

    told = (await entries(hass, user=owner))[0]
    assert told["after"]["limits"] == {
        **told["before"]["limits"],
        "case_required": True,
    }
    assert told["before"]["limits"]["case_required"] is False


async def test_an_option_that_nobody_knows_of_here_can_be_turned_off(
    hass: HomeAssistant, paired: ConfigEntry
) -> None:
    """Nobody here knows what it counts as where it is left out."""
    options = {**paired.options, "loud": False}
    hass.config_entries.async_update_entry(paired, options=options)
    await hass.async_block_till_done()

    (*_, entry) = await changes(hass)
    assert (entry["before"], entry["options"]["loud"]) == ({"loud": None}, False)


async def test_to_choose_what_held_already_is_no_change(
    hass: HomeAssistant, paired: ConfigEntry
) -> None:
    """Nor is it one where the record, of a version that wrote down what was chosen alone, does not say it."""
    written = ConsentChanged(
        change=Change.CHANGED,
        actor=ADMINISTRATOR,
        hub=paired.entry_id,
        camera=share_of(paired).data["camera_id"],
        label="Front door",
        rules=share_of(paired).data,
        names={},
    )
    record = hass.data[HOUSEHOLD_KEY].record
    await record.log(HOUSEHOLD).append(written, at=dt_util.utcnow())
    before = await changes(hass)
    await stop(hass, paired)
    await start(hass, paired)

    put(hass, paired, disarm_ends=True, alarm_minutes=15, alarms=[], limits={})
    hass.config_entries.async_update_entry(paired, options={})
    await hass.async_block_till_done()

    assert await changes(hass) == before


async def test_what_is_too_long_to_be_written_is_told_by_its_hash_and_once(
    hass: HomeAssistant, paired: ConfigEntry
) -> None:
    share = share_of(paired)
    never = [
        {"entity": f"binary_sensor.{number}", "clear": ["off"]}
        for number in range(1000)
    ]
    hass.config_entries.async_update_subentry(
        paired, share, data={**share.data, "never": never}
    )
    await hass.async_block_till_done()
    before = await changes(hass)
    await stop(hass, paired)
    await start(hass, paired)

    assert await changes(hass) == before
    assert before[-1]["rules"].keys() == {"sha256"}


LONG = [
    {"entity": f"binary_sensor.{number}", "clear": ["off"]} for number in range(1000)
]


async def test_what_was_too_long_is_told_in_plain_words(
    hass: HomeAssistant, paired: ConfigEntry, owner: str
) -> None:
    for never, before, after in (
        (LONG, {"never": None}, UNWRITTEN),
        (LONG[1:], {"never": UNWRITTEN}, UNWRITTEN),
        ([], {"never": UNWRITTEN}, {"never": []}),
    ):
        put(hass, paired, never=never)
        await hass.async_block_till_done()

        told = (await entries(hass, user=owner))[0]
        assert (told["before"], told["after"]) == (before, after)
        assert told["sentence"].endswith("by an administrator: what keeps it closed")


async def test_what_the_record_has_only_the_digest_of_held_before(
    hass: HomeAssistant, paired: ConfigEntry, owner: str
) -> None:
    """It says neither that nothing was chosen, nor that somebody has listed the camera only now."""
    put(hass, paired, never=LONG)
    hass.config_entries.async_update_entry(
        paired, options={**paired.options, "openers": ["x" * 40_000]}
    )
    await hass.async_block_till_done()
    (*_, share) = await recorded(hass, "consent_changed")
    (*_, options) = await recorded(hass, "options_changed")
    await stop(hass, paired)
    put(hass, paired, never=[])
    hass.config_entries.async_update_entry(
        paired, options={**paired.options, "openers": []}
    )
    await start(hass, paired)

    told = await entries(hass, user=owner, kind=[*CHANGES])
    assert [each["content"].get("change") for each in told[:2]] == ["changed", None]
    held = [share["rules"], options["options"]]
    assert [each["content"]["before"] for each in told[:2]] == held
    assert [each["before"] for each in told[:2]] == [UNWRITTEN, UNWRITTEN]
    assert told[0]["after"]["openings"] == ["always"]
    for each in told[:2]:
        assert each["sentence"].endswith(
            "changed by somebody unknown: what, the record does not say"
        )


async def test_what_has_no_form_in_the_record_is_told_without_it(
    hass: HomeAssistant, paired: ConfigEntry, owner: str
) -> None:
    """A later version calls what can be chosen as it likes."""
    options = {**paired.options, "lautstärke": True, "keep_days": 40}
    hass.config_entries.async_update_entry(paired, options=options)
    await hass.async_block_till_done()

    told = (await entries(hass, user=owner))[0]
    assert (told["before"], told["after"]) == (UNWRITTEN, UNWRITTEN)
    assert told["sentence"] == (
        "Jackson Police Department had its options changed by somebody in this home:"
        " what, the record does not say"
    )


async def test_a_label_that_cannot_be_told_keeps_nothing_out_of_the_record(
    hass: HomeAssistant, paired: ConfigEntry, kim: Person, owner: str
) -> None:
    before = len(await changes(hass))
    put(hass, paired, label="x" * 40_000)
    await hass.async_block_till_done()
    await change(kim, paired, "details", {"label": "Porch", "place": "none"})
    await change(kim, paired, "openings", *ON_REQUEST)

    odd, named, opened = (await changes(hass))[before:]
    assert odd["label"] is None
    assert odd["before"].keys() == {"label"}
    assert (named["label"], named["before"].keys()) == ("Porch", {"label"})
    assert opened["before"] == {"openings": ["always"]}
    told = (await entries(hass, user=owner, kind=[*CHANGES]))[2]
    assert told["sentence"] == (
        "A camera had its sharing with Jackson Police Department changed by an administrator: label"
    )


async def test_a_camera_that_cannot_be_named_keeps_nothing_out_of_the_record(
    hass: HomeAssistant, paired: ConfigEntry, kim: Person
) -> None:
    before = len(await changes(hass))
    await stop(hass, paired)
    put(hass, paired, camera_id="x" * 40_000)
    await start(hass, paired)
    options = {**paired.options, "automations_may_open": True}
    hass.config_entries.async_update_entry(paired, options=options)
    await hass.async_block_till_done()

    removed, options_changed = (await changes(hass))[before:]
    assert (removed["change"], removed["label"]) == ("removed", "Front door")
    assert options_changed["before"] == {"automations_may_open": False}


async def test_another_record_is_told_all_that_holds_whatever_is_on_its_way_to_it(
    hass: HomeAssistant, paired: ConfigEntry, hub: ReferenceHub, kim: Person
) -> None:
    """What is being written while the record begins anew was compared with what the old one had heard."""
    homes, step = await lose_the_record(hass, paired, hub, kim)

    async with asyncio.TaskGroup() as group:
        group.create_task(kim.answer(REPAIRS, step, keep=[]))
        for minutes in range(1, 61):
            put(hass, paired, alarm_minutes=minutes)
            await asyncio.sleep(0.002)
    await known_anew(hub, homes)
    await hass.async_block_till_done()

    of_the_hub = [each for each in await changes(hass) if not each.get("camera")]
    assert [each.get("change") for each in of_the_hub] == ["found", None]
    assert who(of_the_hub) == {None}
