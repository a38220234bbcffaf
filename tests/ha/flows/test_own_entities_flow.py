"""No dialog offers or takes an entity of ours, or what holds one, for an alarm, a schedule or "never while"."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from tests.cameras import Cameras
from tests.ha.front_door import pair, told_by
from tests.ha.own_cameras import OwnCamera, install, registered
from tests.ha.rules import entities
from tests.ha.rules.house import share_of
from tests.ha.share_dialog import (
    DETAILS,
    ONLY_WHEN,
    answer_share,
    begin_change,
    choose,
    confirm_of,
    details_of,
)
from tests.ha.spoken import ENGLISH
from tests.ha.watching import CONNECTED, HUB, HUB_SHARING, VIEWABLE, WATCHED
from tests.reference_hub import ReferenceHub

PORCH: Final = "Front door"
DOOR: Final = "binary_sensor.door"
GROUP: Final = "binary_sensor.doors"
OUTER: Final = "binary_sensor.outer"
THRESHOLD: Final = f"binary_sensor.{HUB}_much"
ERROR: Final = ENGLISH["config_subentries"]["share"]["error"]["own_entity"]


@pytest.fixture
async def listed(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras
) -> ConfigEntry:
    """A hub that knows of a porch, and what is made of our entities beside what is not."""
    porch, _ = await install(
        hass,
        OwnCamera("Porch", served.url("porch"), device="Porch"),
        OwnCamera("Yard", served.url("yard"), device="Yard"),
    )
    entry = await pair(hass, hub.invitation(), labels={porch: PORCH})
    hass.states.async_set(DOOR, "off", {"friendly_name": "Door"})
    await entities.group(hass, DOOR, WATCHED)
    await entities.group(hass, GROUP, name="Outer")
    await entities.group(hass, DOOR, name="Others")
    await entities.threshold(hass, f"sensor.{HUB}_pending_requests")
    assert await async_setup_component(
        hass, "schedule", {"schedule": {"nights": {"name": "Nights"}}}
    )
    ours = er.async_get(hass).async_get_or_create(
        "schedule", "latchstring", "hours", config_entry=entry, object_id_base="ours"
    )
    hass.states.async_set(ours.entity_id, "on")
    return entry


async def schedule_step(hass: HomeAssistant, entry: ConfigEntry) -> SubentryFlowResult:
    return await only_when(hass, entry, "schedule")


async def alarm_step(hass: HomeAssistant, entry: ConfigEntry) -> SubentryFlowResult:
    return await only_when(hass, entry, "alarm")


async def only_when(
    hass: HomeAssistant, entry: ConfigEntry, opening: str
) -> SubentryFlowResult:
    share = share_of(entry, PORCH)
    step = await begin_change(hass, entry, share, "openings")
    step = await answer_share(hass, step, ONLY_WHEN)
    return await answer_share(hass, step, {"openings": [opening]})


async def never_step(hass: HomeAssistant, entry: ConfigEntry) -> SubentryFlowResult:
    return await begin_change(hass, entry, share_of(entry, PORCH), "never")


def answers(step: SubentryFlowResult, entity_id: str) -> Mapping[str, Any]:
    """Give what one submits who chooses this entity."""
    match step["step_id"]:
        case "schedule":
            return {"schedule": entity_id}
        case "alarm":
            return {
                "alarms": [DOOR, entity_id],
                "alarm_minutes": 15,
                "disarm_ends": True,
            }
    return {"never": [DOOR, entity_id]}


def hidden(step: SubentryFlowResult, field: str) -> set[str]:
    """Give what a picker does not offer."""
    assert step["data_schema"] is not None
    return {*step["data_schema"].schema[field].config["exclude_entities"]}


async def test_the_pickers_offer_neither_ours_nor_what_holds_them(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    sensors = {WATCHED, VIEWABLE, CONNECTED, GROUP, OUTER, THRESHOLD}
    ours = {
        each.entity_id
        for each in er.async_entries_for_config_entry(
            er.async_get(hass), listed.entry_id
        )
    }

    assert hidden(await alarm_step(hass, listed), "alarms") == sensors
    assert hidden(await schedule_step(hass, listed), "schedule") == {"schedule.ours"}
    assert hidden(await never_step(hass, listed), "never") == ours | sensors


async def test_a_picker_says_what_holds_ours_now(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    hass.states.async_set("binary_sensor.both", "off", {"entity_id": [DOOR]})
    assert "binary_sensor.both" not in hidden(await alarm_step(hass, listed), "alarms")

    hass.states.async_set("binary_sensor.both", "off", {"entity_id": [DOOR, OUTER]})

    assert "binary_sensor.both" in hidden(await alarm_step(hass, listed), "alarms")


REFUSED: Final = (
    (alarm_step, "alarms", WATCHED, "being watched by", "belongs to Latchstring"),
    (alarm_step, "alarms", CONNECTED, "Connected", "belongs to Latchstring"),
    (alarm_step, "alarms", OUTER, "Outer", "contains"),
    (alarm_step, "alarms", THRESHOLD, "Much", "Pending requests"),
    (schedule_step, "schedule", "schedule.ours", "ours", "belongs to Latchstring"),
    (schedule_step, "schedule", HUB_SHARING, "Sharing", "belongs to Latchstring"),
    (never_step, "never", HUB_SHARING, "Sharing", "belongs to Latchstring"),
    (never_step, "never", GROUP, "Doors", "being watched by"),
)


@pytest.mark.parametrize(("begin", "field", "entity_id", "named", "why"), REFUSED)
async def test_a_dialog_says_which_entity_it_does_not_take_and_why(
    hass: HomeAssistant,
    listed: ConfigEntry,
    begin: Callable[..., Any],
    field: str,
    entity_id: str,
    named: str,
    why: str,
) -> None:
    before = dict(share_of(listed, PORCH).data)
    for chosen in (entity_id, key_of(hass, entity_id)):
        step = await begin(hass, listed)

        again = await answer_share(hass, step, answers(step, chosen))

        assert again["step_id"] == step["step_id"]
        assert again["errors"] == {field: "own_entity"}
        error = ERROR.format(**told_by(again))
        assert named.casefold() in error.casefold()
        assert why.casefold() in error.casefold()
        assert "Door " not in error
        assert dict(share_of(listed, PORCH).data) == before


def key_of(hass: HomeAssistant, entity_id: str) -> str:
    return registered(er.async_get(hass), entity_id).id


async def test_what_holds_none_of_ours_is_taken(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    step = await alarm_step(hass, listed)
    step = await answer_share(hass, step, answers(step, "binary_sensor.others"))
    assert step["reason"] == "saved"
    step = await schedule_step(hass, listed)
    step = await answer_share(hass, step, answers(step, "schedule.nights"))
    assert step["reason"] == "saved"
    step = await never_step(hass, listed)
    step = await answer_share(hass, step, answers(step, "binary_sensor.others"))
    assert step["step_id"] == "clear"


async def test_a_camera_that_is_added_is_held_to_the_same(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    step = await details_of(hass, listed, "camera.yard")
    step = await answer_share(hass, step, {**DETAILS, "label": "Camera 2"})
    step = await answer_share(hass, step, ONLY_WHEN)
    step = await answer_share(hass, step, {"openings": ["alarm"]})
    step = await answer_share(hass, step, answers(step, WATCHED))
    assert step["errors"] == {"alarms": "own_entity"}

    step = await details_of(hass, listed, "camera.yard")
    step = await answer_share(hass, step, {**DETAILS, "label": "Camera 2"})
    step = await choose(hass, await confirm_of(hass, step), "never")
    step = await answer_share(hass, step, answers(step, GROUP))
    assert step["errors"] == {"never": "own_entity"}


async def test_what_gained_one_of_ours_while_the_dialog_was_open_is_not_taken(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    hass.states.async_set("binary_sensor.both", "off", {"entity_id": [DOOR]})
    step = await alarm_step(hass, listed)
    hass.states.async_set("binary_sensor.both", "off", {"entity_id": [DOOR, WATCHED]})

    step = await answer_share(hass, step, answers(step, "binary_sensor.both"))

    assert step["errors"] == {"alarms": "own_entity"}


async def test_a_picker_still_takes_nothing_that_is_no_entity(
    hass: HomeAssistant, listed: ConfigEntry
) -> None:
    step = await never_step(hass, listed)

    with pytest.raises(InvalidData):
        await answer_share(hass, step, {"never": ["no entity"]})


@pytest.mark.parametrize("begin", [alarm_step, schedule_step, never_step])
async def test_each_step_says_that_no_template_can_be_seen_into(
    hass: HomeAssistant, listed: ConfigEntry, begin: Callable[..., Any]
) -> None:
    step = await begin(hass, listed)

    page = ENGLISH["config_subentries"]["share"]["step"][step["step_id"]]
    texts = (page["description"], *page["data_description"].values())
    assert any("cannot see inside a template" in text for text in texts)
