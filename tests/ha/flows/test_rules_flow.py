"""Setting the rules of a camera, one part at a time, by the front door."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigSubentry,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from custom_components.latchstring.localize import Sentences
from tests.cameras import Cameras
from tests.ha.actions.test_record_actions import entries
from tests.ha.front_door import (
    answer,
    cameras_of,
    default_of,
    options_of,
    pair,
    told_by,
)
from tests.ha.own_cameras import OwnCamera, install, registered
from tests.ha.share_dialog import (
    ALWAYS,
    DETAILS,
    ONLY_WHEN,
    answer_share,
    begin_change,
    begin_share,
    choose,
    details_of,
    open_change,
    share,
)
from tests.ha.spoken import SETTINGS
from tests.ha.watching import SHARING, recorded, turn_on, watch
from tests.reference_hub import ReferenceHub

AWAY = "rtsp://127.0.0.1:1/"
PANEL = "alarm_control_panel.house"
DOOR = "binary_sensor.door"
ANNA = "person.anna"
ALARM = {"alarms": [PANEL], "alarm_minutes": 15, "disarm_ends": True}


@pytest.fixture
async def listed(hass: HomeAssistant, hub: ReferenceHub) -> ConfigEntry:
    """A hub that knows of a porch, whose owner has chosen nothing yet."""
    porch, _ = await install(hass, OwnCamera("Porch", AWAY), OwnCamera("Yard", AWAY))
    entry = await pair(hass, hub.invitation())
    await share(hass, entry, porch)
    for entity_id, state in ((PANEL, "disarmed"), (DOOR, "off"), (ANNA, "home")):
        hass.states.async_set(entity_id, state, {"friendly_name": "<b>It</b>"})
    return entry


@pytest.fixture
async def schedule(hass: HomeAssistant) -> str:
    """A schedule that its owner may rename."""
    assert await async_setup_component(
        hass, "schedule", {"schedule": {"nights": {"name": "Nights"}}}
    )
    return "schedule.nights"


def kept(entry: ConfigEntry) -> ConfigSubentry:
    return next(iter(entry.subentries.values()))


async def change(
    hass: HomeAssistant, entry: ConfigEntry, part: str, *answers: Mapping[str, Any]
) -> SubentryFlowResult:
    """Change a part of the first camera, as far as the answers go."""
    step = await begin_change(hass, entry, kept(entry), part)
    for each in answers:
        step = await answer_share(hass, step, each)
    return step


def is_done(step: SubentryFlowResult) -> bool:
    return step["type"] is FlowResultType.ABORT and (step["reason"] == "saved")


async def openings_of(hass: HomeAssistant, entry: ConfigEntry) -> SubentryFlowResult:
    step = await details_of(hass, entry, "camera.yard")
    return await answer_share(hass, step, {**DETAILS, "label": "Camera 2"})


async def test_adding_a_camera_asks_only_what_the_choice_needs(
    hass: HomeAssistant, listed: ConfigEntry, schedule: str
) -> None:
    step = await openings_of(hass, listed)
    assert options_of(step, "when") == ["always", "only_when"]
    assert default_of(step, "when") == "always"
    step = await answer_share(hass, step, ONLY_WHEN)
    assert options_of(step, "openings") == ["schedule", "alarm", "approval", "owner"]
    assert default_of(step, "openings") == []

    step = await answer_share(hass, step, {"openings": ["alarm", "schedule"]})
    assert step["step_id"] == "schedule"
    assert default_of(step, "schedule") == schedule
    step = await answer_share(hass, step, {"schedule": schedule})
    assert step["step_id"] == "alarm"
    assert default_of(step, "alarm_minutes") == 15
    assert default_of(step, "disarm_ends") is True
    step = await answer_share(hass, step, ALARM)
    assert step["step_id"] == "confirm"
    assert "On a schedule: Nights" in told_by(step)["rules"]
    assert "for 15 minutes: &#60;b&#62;" in told_by(step)["rules"]
    step = await choose(hass, step, "never")
    step = await answer_share(hass, step, {"never": [ANNA]})
    assert step["step_id"] == "clear"
    step = await answer_share(hass, step, {"<b>It</b>": ["not_home"]})
    assert step["step_id"] == "confirm"
    await choose(hass, step, "finish")

    added = list(listed.subentries.values())[-1].data
    assert added["openings"] == ["schedule", "alarm"]
    assert added["schedule"] == registered(er.async_get(hass), schedule).id
    assert {key: added[key] for key in ALARM} == ALARM
    assert added["never"] == [{"entity": ANNA, "clear": ["not_home"]}]


async def test_a_change_says_that_more_is_asked_only_where_that_is_known(
    hass: HomeAssistant, listed: ConfigEntry, schedule: str
) -> None:
    step = await change(hass, listed, "openings")
    assert step["last_step"] is None
    step = await answer_share(hass, step, ONLY_WHEN)
    assert step["last_step"] is None
    step = await answer_share(hass, step, {"openings": ["schedule", "alarm"]})
    assert step["last_step"] is False
    step = await answer_share(hass, step, {"schedule": schedule})
    assert step["last_step"] is None
    assert is_done(await answer_share(hass, step, ALARM))


async def test_always_is_chosen_by_itself(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    asked = {"openings": ["approval"]}
    assert is_done(await change(hass, listed, "openings", ONLY_WHEN, asked))
    assert kept(listed).data["openings"] == ["approval"]

    assert is_done(await change(hass, listed, "openings", ALWAYS))

    assert kept(listed).data["openings"] == ["always"]
    step = await change(hass, listed, "openings")
    assert default_of(step, "when") == "always"
    step = await answer_share(hass, step, ONLY_WHEN)
    assert default_of(step, "openings") == []


async def test_a_camera_that_only_its_owner_shares_opens_by_nothing_else(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    alone = {"openings": ["owner"]}
    assert is_done(await change(hass, listed, "openings", ONLY_WHEN, alone))

    assert kept(listed).data["openings"] == []
    assert await rules_told(hass, listed) == [
        'Only when you share it now, with "Share now" or "Share all now"'
    ]
    step = await change(hass, listed, "openings")
    assert default_of(step, "when") == "only_when"
    step = await answer_share(hass, step, ONLY_WHEN)
    assert default_of(step, "openings") == ["owner"]


async def test_sharing_now_takes_nothing_away_from_what_else_opens_it(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    chosen = {"openings": ["approval", "owner"]}

    assert is_done(await change(hass, listed, "openings", ONLY_WHEN, chosen))

    assert kept(listed).data["openings"] == ["approval"]


@pytest.mark.parametrize(
    ("openings", "problem"),
    [
        ([], "opening_needed"),
        (["schedule"], "no_schedule"),
    ],
)
async def test_a_choice_that_would_mislead_its_owner_is_refused(
    hass: HomeAssistant, listed: ConfigEntry, openings: list[str], problem: str
) -> None:
    before = dict(kept(listed).data)

    step = await change(hass, listed, "openings", ONLY_WHEN, {"openings": openings})

    assert step["errors"] == {"openings": problem}
    assert default_of(step, "openings") == openings
    assert dict(kept(listed).data) == before


async def test_a_schedule_has_to_be_one(
    hass: HomeAssistant, listed: ConfigEntry, schedule: str
) -> None:
    chosen = {"openings": ["schedule"]}
    step = await change(hass, listed, "openings", ONLY_WHEN, chosen)

    for wrong in (DOOR, "schedule.gone", "0" * 32):
        step = await answer_share(hass, step, {"schedule": wrong})
        assert step["errors"] == {"schedule": "not_a_schedule"}


@pytest.mark.parametrize(
    ("alarms", "problem"),
    [
        ([], "alarm_needed"),
        (["binary_sensor.gone"], "alarm_needed"),
        ([PANEL, ANNA], "not_an_alarm"),
    ],
)
async def test_an_alarm_has_to_be_one(
    hass: HomeAssistant, listed: ConfigEntry, alarms: list[str], problem: str
) -> None:
    chosen = {**ALARM, "alarms": alarms}

    step = await change(
        hass, listed, "openings", ONLY_WHEN, {"openings": ["alarm"]}, chosen
    )

    assert step["errors"] == {"alarms": problem}
    assert is_done(await answer_share(hass, step, {**ALARM, "alarms": [DOOR]}))


async def test_what_a_choice_no_longer_needs_is_forgotten(
    hass: HomeAssistant, listed: ConfigEntry, schedule: str
) -> None:
    step = await change(
        hass,
        listed,
        "openings",
        ONLY_WHEN,
        {"openings": ["schedule", "alarm"]},
        {"schedule": schedule},
        ALARM,
    )
    assert is_done(step)

    await change(hass, listed, "openings", ONLY_WHEN, {"openings": ["approval"]})

    data = kept(listed).data
    assert (data["schedule"], data["alarms"]) == (None, [])
    assert data["openings"] == ["approval"]


async def test_what_counts_as_clear_is_suggested_by_what_it_is(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    hass.states.async_set("sensor.mode", "guests", {"friendly_name": "Mode"})

    step = await change(hass, listed, "never", {"never": [ANNA, "sensor.mode"]})

    assert step["step_id"] == "clear"
    assert default_of(step, "<b>It</b>") == ["not_home"]
    assert default_of(step, "Mode") == []
    step = await answer_share(hass, step, {"<b>It</b>": ["not_home"]})
    assert step["errors"] == {"Mode": "clear_needed"}
    step = await answer_share(
        hass, step, {"<b>It</b>": ["not_home", "unknown"], "Mode": ["away"]}
    )
    assert step["errors"] == {"<b>It</b>": "clear_unknown"}
    step = await answer_share(
        hass, step, {"<b>It</b>": ["not_home"], "Mode": ["away", "work"]}
    )
    assert is_done(step)
    assert kept(listed).data["never"] == [
        {"entity": ANNA, "clear": ["not_home"]},
        {"entity": "sensor.mode", "clear": ["away", "work"]},
    ]


async def test_the_hub_is_alerted_despite_a_never_rule_only_where_that_is_chosen(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    clear = {"<b>It</b>": ["not_home"]}
    step = await change(hass, listed, "never")
    assert default_of(step, "alerts_anyway") is False
    await change(hass, listed, "never", {"never": [ANNA]}, clear)
    assert kept(listed).data["alerts_anyway"] is False
    told = (
        "An alarm is told to the hub although one of these may keep the camera closed"
    )
    assert told not in await rules_told(hass, listed)

    chosen = {"never": [ANNA], "alerts_anyway": True}
    await change(hass, listed, "never", chosen, clear)
    assert kept(listed).data["alerts_anyway"] is True
    assert told in await rules_told(hass, listed)
    step = await change(hass, listed, "never")
    assert default_of(step, "alerts_anyway") is True

    await change(hass, listed, "never", {"never": [], "alerts_anyway": True})
    assert kept(listed).data["alerts_anyway"] is False


async def test_two_entities_of_one_name_are_asked_about_apart(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    step = await change(hass, listed, "never", {"never": [ANNA, DOOR]})

    assert default_of(step, "<b>It</b>") == ["not_home"]
    assert default_of(step, f"<b>It</b> ({DOOR})") == ["off"]


async def test_never_is_not_made_of_what_is_not_there(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    step = await change(hass, listed, "never", {"never": ["person.nobody"]})

    assert step["errors"] == {"never": "entity_missing"}


async def test_an_entity_that_is_gone_is_named_and_goes_on_closing_until_it_is_removed(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    registry = er.async_get(hass)
    guests = registry.async_get_or_create(
        "switch", "demo", "g", object_id_base="guests"
    )
    hass.states.async_set(guests.entity_id, "off", {"friendly_name": "Guests"})
    await change(
        hass, listed, "never", {"never": [guests.entity_id]}, {"Guests": ["off"]}
    )
    rule = [{"entity": guests.id, "clear": ["off"]}]
    assert kept(listed).data["never"] == rule
    renamed = registry.async_update_entity(
        guests.entity_id, new_entity_id="switch.visitors"
    )
    step = await change(hass, listed, "never")
    assert default_of(step, "never") == ["switch.visitors"]
    assert told_by(step)["gone"] == ""
    registry.async_remove(renamed.entity_id)
    hass.states.async_remove(renamed.entity_id)

    step = await change(hass, listed, "never")
    assert default_of(step, "never") == ["switch.visitors"]
    assert "switch&#46;visitors" in told_by(step)["gone"]
    assert is_done(await answer_share(hass, step, {"never": ["switch.visitors"]}))
    assert kept(listed).data["never"] == rule
    assert is_done(await change(hass, listed, "never", {"never": []}))
    assert kept(listed).data["never"] == []


async def test_limits_are_lenient_until_their_owner_sets_them(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    step = await change(hass, listed, "limits")
    purposes = options_of(step, "purposes")
    usual = {"viewers": 8, "minutes": 60, "case_required": False}
    assert {key: default_of(step, key) for key in usual} == usual
    assert default_of(step, "sessions_a_day") is None
    assert default_of(step, "purposes") == purposes

    step = await answer_share(hass, step, {**usual, "purposes": []})
    assert step["errors"] == {"purposes": "purpose_needed"}
    assert is_done(await answer_share(hass, step, {**usual, "purposes": purposes}))
    lenient = {**usual, "sessions_a_day": None, "purposes": None}
    assert kept(listed).data["limits"] == lenient
    assert await rules_told(hass, listed) == ["Always while its switch is on"]
    strict = {
        "viewers": 1,
        "minutes": 5,
        "sessions_a_day": 3,
        "case_required": True,
        "purposes": purposes[:1],
    }
    assert is_done(await change(hass, listed, "limits", strict))
    assert kept(listed).data["limits"] == strict
    step = await change(hass, listed, "limits")
    assert {key: default_of(step, key) for key in strict} == strict
    assert await rules_told(hass, listed) == [
        "Always while its switch is on",
        "Viewers at a time: at most 1",
        "Minutes at a time: at most 5",
        "Sessions per day: at most 3",
        "Only with a case number",
        "Only for: Burglary in progress",
    ]


async def rules_told(hass: HomeAssistant, entry: ConfigEntry) -> list[str]:
    """Give the lines in which the dialog sums up what holds."""
    step = await open_change(hass, entry, kept(entry))
    return [line.removeprefix("- ") for line in told_by(step)["rules"].split("\n")]


async def test_each_part_is_changed_without_the_others(
    hass: HomeAssistant, listed: ConfigEntry, schedule: str
) -> None:
    parts: dict[str, tuple[Mapping[str, Any], ...]] = {
        "openings": (
            ONLY_WHEN,
            {"openings": ["schedule", "alarm"]},
            {"schedule": schedule},
            {**ALARM, "alarm_minutes": 7},
        ),
        "never": ({"never": [ANNA]}, {"<b>It</b>": ["not_home"]}),
        "limits": (
            {
                "viewers": 2,
                "minutes": 30,
                "case_required": True,
                "purposes": ["burglary"],
            },
        ),
        "details": ({"label": "Street", "place": "none"},),
    }
    theirs = {
        "openings": {"openings", "schedule", *ALARM},
        "never": {"never", "alerts_anyway"},
        "limits": {"limits"},
        "details": {"label", "place"},
    }
    for part, answers in (*parts.items(), ("openings", (ALWAYS,))):
        before = dict(kept(listed).data)
        assert is_done(await change(hass, listed, part, *answers))
        after = dict(kept(listed).data)
        turned = {key for key in after if before.get(key) != after[key]}
        assert turned
        assert turned <= theirs[part]
    assert kept(listed).title == "Street"


async def test_the_household_reads_what_was_chosen(
    hass: HomeAssistant, listed: ConfigEntry, schedule: str, owner: str
) -> None:
    openings = {"openings": ["schedule", "alarm"]}
    await change(
        hass, listed, "openings", ONLY_WHEN, openings, {"schedule": schedule}, ALARM
    )
    await change(
        hass,
        listed,
        "openings",
        ONLY_WHEN,
        openings,
        {"schedule": schedule},
        {**ALARM, "alarm_minutes": 7},
    )
    await change(hass, listed, "never", {"never": [ANNA]}, {"<b>It</b>": ["not_home"]})
    await change(
        hass,
        listed,
        "limits",
        {"viewers": 2, "minutes": 60, "case_required": False, "purposes": ["burglary"]},
    )

    told = await entries(hass, user=owner, kind="consent_changed")
    assert [each["after"] for each in told[3::-1]] == [
        {**openings, "schedule": schedule, "alarms": ALARM["alarms"]},
        {"alarm_minutes": 7},
        {"never": [{"entity": ANNA, "clear": ["not_home"]}]},
        {
            "limits": {
                "viewers": 2,
                "minutes": 60,
                "sessions_a_day": None,
                "case_required": False,
                "purposes": ["burglary"],
            }
        },
    ]
    assert told[0]["content"]["rules"].keys() <= SETTINGS.keys()


async def test_a_hub_knows_of_a_hundred_cameras_at_most(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    entry = await pair(hass, hub.invitation())
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))
    waiting = await details_of(hass, entry, porch)
    for number in range(100):
        hass.config_entries.async_add_subentry(entry, crowded(number))
    await hass.async_block_till_done()
    told = await hub.camera_is("closed", crowded(99).title)
    assert told["place"]["radius_m"] == 50_000
    assert not hub.faults

    step = await begin_share(hass, entry)
    assert (step["type"], step["reason"]) == (FlowResultType.ABORT, "too_many_cameras")
    step = await answer_share(hass, waiting, {**DETAILS, "label": "Late"})
    step = await answer_share(hass, step, ALWAYS)
    step = await choose(hass, step, "finish")
    assert step["reason"] == "too_many_cameras"
    assert len(entry.subentries) == 100


async def test_a_camera_that_is_listed_while_another_dialog_ends_counts(
    hass: HomeAssistant, hub: ReferenceHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await pair(hass, hub.invitation())
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))
    step = await answer_share(hass, await details_of(hass, entry, porch), DETAILS)
    step = await answer_share(hass, step, ALWAYS)
    for number in range(99):
        hass.config_entries.async_add_subentry(entry, crowded(number))
    await hass.async_block_till_done()

    words, are_read = await Sentences.load(hass), asyncio.Event()

    async def load(_hass: HomeAssistant) -> Sentences:
        await are_read.wait()
        return words

    monkeypatch.setattr(Sentences, "load", load)
    finishing = hass.async_create_task(choose(hass, step, "finish"))
    hass.config_entries.async_add_subentry(entry, crowded(99))
    are_read.set()

    assert (await finishing).get("reason") == "too_many_cameras"
    assert len(entry.subentries) == 100


def crowded(number: int) -> ConfigSubentry:
    """A share of which the hub is told as much as can be."""
    label = f"{number:03}".ljust(64, "\U0001f3e0")
    camera = f"camera.number_{number}"
    data = {
        "camera": camera,
        "camera_id": f"{number:022}",
        "label": label,
        "openings": [],
        "place": {
            "latitude": -32.12345,
            "longitude": -170.12345,
            "radius_m": 50_000,
            "heading_deg": 359,
        },
        "video": {"codec": "hvc1.1.6.L120.B0.B0.B0", "width": 3840, "height": 2160},
    }
    return ConfigSubentry(
        data=MappingProxyType(data),
        subentry_type="share",
        title=label,
        unique_id=camera,
    )


async def test_pairing_lists_a_hundred_cameras_at_most(
    hass: HomeAssistant, hub: ReferenceHub
) -> None:
    step = await cameras_of(hass, hub.invitation())
    many = [f"camera.number_{number}" for number in range(101)]

    step = await answer(hass, step, {"cameras": many})

    assert step["errors"] == {"cameras": "too_many_cameras"}
    assert default_of(step, "cameras") == many


PARTS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "details": ({"label": "Street", "place": "none"},),
    "openings": (ONLY_WHEN, {"openings": ["alarm"]}, ALARM),
    "never": ({"never": [ANNA]}, {ANNA: ["not_home"]}),
    "limits": (
        {
            "viewers": 1,
            "minutes": 1,
            "sessions_a_day": 1,
            "case_required": True,
            "purposes": ["burglary"],
        },
    ),
}


async def test_no_change_of_a_camera_breaks_the_stream_of_another(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> None:
    yard, porch = await install(
        hass,
        OwnCamera("Yard", served.url("yard"), device="Yard"),
        OwnCamera("Porch", served.url("porch"), device="Porch"),
    )
    labels = {yard: "Back yard", porch: "Front door"}
    entry = await pair(hass, hub.invitation(), labels=labels)
    await turn_on(hass, SHARING, user=owner)
    hass.states.async_set(ANNA, "home", {"friendly_name": ANNA})
    hass.states.async_set(PANEL, "disarmed")
    session = await watch(hub)

    for part, answers in PARTS.items():
        assert is_done(await change(hass, entry, part, *answers))
        seen = hub.seen(session.carried_by)
        more = await hub.fragments(session.carried_by, seen.fragments + 3)
        assert more.end is None
    assert await recorded(hass, "session_cut") == []
