"""Sharing one more camera, and changing how it is shared, by the front door."""

import html
from math import asin, cos, radians, sin, sqrt
from typing import Any

from homeassistant.components.camera import DATA_COMPONENT
from homeassistant.config_entries import ConfigEntry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from tests.cameras import Cameras
from tests.ha.front_door import default_of, fields_of, options_of, pair, told_by
from tests.ha.own_cameras import (
    INTEGRATION,
    OwnCamera,
    StreamCamera,
    install,
    registered,
)
from tests.ha.rules.house import set_rules
from tests.ha.share_dialog import (
    ALWAYS,
    DETAILS,
    ONLY_WHEN,
    answer_share,
    begin_change,
    begin_share,
    choose,
    confirm_of,
    details_of,
    finish,
    open_change,
    share,
)
from tests.reference_hub import Agency, Authority, ReferenceHub

AWAY = "rtsp://127.0.0.1:1/"

HOME = (32.298757, -90.184807)


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = (
        (radians(lat), radians(lon)) for lat, lon in (one, other)
    )
    half = sin((lat2 - lat1) / 2) ** 2
    half += cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_000 * asin(sqrt(half))


@pytest.fixture
async def entry(hass: HomeAssistant, hub: ReferenceHub) -> ConfigEntry:
    """A hub that knows of no camera yet."""
    return await pair(hass, hub.invitation())


async def test_a_shared_camera_is_kept_closed_and_the_hub_sees_its_label_only(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, served: Cameras
) -> None:
    (porch,) = await install(hass, OwnCamera("Anna's porch", served.url("porch")))
    step = await details_of(hass, entry, porch)
    step = await answer_share(hass, step, {**DETAILS, "label": "Front door"})

    result = await finish(hass, step)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    (kept,) = entry.subentries.values()
    camera = registered(er.async_get(hass), porch)
    assert kept.unique_id == kept.data["camera"] == camera.id
    assert kept.title == kept.data["label"] == "Front door"
    told = await hub.camera_is("closed", "Front door")
    assert told["camera"] == kept.data["camera_id"]
    assert set(told) == {"camera", "label", "state", "video"}


@pytest.mark.parametrize("neighbours", [0, 1])
async def test_the_last_step_names_the_switch_and_where_it_stands(
    hass: HomeAssistant, entry: ConfigEntry, neighbours: int
) -> None:
    porch, *_ = await install(
        hass,
        OwnCamera("Porch", AWAY, device="Porch recorder"),
        *(OwnCamera(f"{n}", AWAY, device="Porch recorder") for n in range(neighbours)),
    )
    step = await details_of(hass, entry, porch)

    step = await confirm_of(hass, await answer_share(hass, step, DETAILS))

    assert step["step_id"] == "confirm"
    assert told_by(step)["device"] == "Porch recorder"
    named = html.unescape(told_by(step)["switch"])
    await choose(hass, step, "finish")
    registry = er.async_get(hass)
    switches = [
        entity.original_name
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if entity.translation_key == "sharing"
        and entity.device_id == registered(registry, porch).device_id
    ]
    assert switches == [named]


async def test_nothing_is_kept_before_the_last_step(
    hass: HomeAssistant, entry: ConfigEntry, served: Cameras
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", served.url("porch")))
    step = await answer_share(hass, await details_of(hass, entry, porch), DETAILS)
    step = await confirm_of(hass, step)

    hass.config_entries.subentries.async_abort(step["flow_id"])

    assert not entry.subentries


async def test_only_cameras_that_are_not_listed_are_offered_while_there_are_any(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    porch, yard = await install(hass, OwnCamera("Porch", AWAY), OwnCamera("Yard", AWAY))
    assert hidden_in(await begin_share(hass, entry)) == []
    await share(hass, entry, porch)
    entrance = "camera.entrance"
    er.async_get(hass).async_update_entity(porch, new_entity_id=entrance)
    await hass.async_block_till_done()

    assert hidden_in(await begin_share(hass, entry)) == [entrance]

    await share(hass, entry, yard, "Back yard")
    step = await begin_share(hass, entry)
    assert (step["type"], step["reason"]) == (FlowResultType.ABORT, "no_camera_left")


def hidden_in(step: SubentryFlowResult) -> list[str]:
    """Return the cameras that a dialog does not offer."""
    schema = step["data_schema"]
    assert schema is not None
    config = schema.schema["camera"].config
    assert config["filter"] == [{"domain": ["camera"]}]
    return list(config["exclude_entities"])


async def test_a_camera_is_listed_once_for_a_hub(
    hass: HomeAssistant, entry: ConfigEntry, served: Cameras
) -> None:
    """Also where another dialog lists it while this one is open."""
    (porch,) = await install(hass, OwnCamera("Porch", served.url("porch")))
    waiting = await begin_share(hass, entry)
    await share(hass, entry, porch)

    step = await answer_share(hass, waiting, {"camera": porch})

    assert step["type"] is FlowResultType.ABORT
    assert step["reason"] == "already_configured"


async def test_a_renamed_camera_is_still_the_same_camera(
    hass: HomeAssistant, entry: ConfigEntry, served: Cameras
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", served.url("porch")))
    waiting = await begin_share(hass, entry)
    await share(hass, entry, porch)
    er.async_get(hass).async_update_entity(porch, new_entity_id="camera.entrance")
    await hass.async_block_till_done()

    step = await answer_share(hass, waiting, {"camera": "camera.entrance"})

    assert step["reason"] == "already_configured"


async def test_cameras_that_cannot_be_relayed_are_told_so(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    silent, cloud = await install(
        hass,
        StreamCamera("Silent", None),
        OwnCamera("Cloud", "srt://127.0.0.1:1/live"),
    )
    ours = er.async_get(hass).async_get_or_create(
        "camera", "latchstring", "mirror", config_entry=entry
    )
    hass.states.async_set("sensor.porch", "on")
    reasons = {}
    step = await begin_share(hass, entry)
    for camera in (
        *(silent, cloud, ours.entity_id),
        *("camera.gone", "sensor.porch"),
    ):
        step = await answer_share(hass, step, {"camera": camera})
        assert step["step_id"] == "user"
        assert step["errors"] == {"camera": "cannot_be_relayed"}
        reasons[camera] = told_by(step)["reason"]

    assert "does not tell Home Assistant where" in reasons[silent]
    assert "in a way that cannot be shared" in reasons[cloud]
    assert "belongs to Latchstring" in reasons[ours.entity_id]
    assert "does not know this camera" in reasons["camera.gone"]
    assert "is not a camera of yours" in reasons["sensor.porch"]


async def test_a_camera_that_is_away_is_shared_all_the_same_and_the_owner_told(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    (shed,) = await install(hass, OwnCamera("Shed", AWAY))
    step = await answer_share(hass, await details_of(hass, entry, shed), DETAILS)
    step = await confirm_of(hass, step)

    assert "is not responding" in told_by(step)["video"]
    await choose(hass, step, "finish")
    (kept,) = entry.subentries.values()
    assert kept.data["video"] is None


async def test_a_camera_without_a_registry_entry_is_kept_by_its_entity_id(
    hass: HomeAssistant, entry: ConfigEntry, served: Cameras
) -> None:
    camera = OwnCamera("Yaml", served.url("porch"))
    camera._attr_unique_id = None  # noqa: SLF001 - as cameras in YAML are
    (yaml,) = await install(hass, camera)

    waiting = await begin_share(hass, entry)

    kept = await share(hass, entry, yaml)

    assert kept.unique_id == kept.data["camera"] == "camera.yaml"
    # Its owner gives it a unique id.
    await camera.async_remove()
    with_an_id = OwnCamera("Yaml", served.url("porch"))
    await hass.data[DATA_COMPONENT].async_add_entities([with_an_id])
    assert er.async_get(hass).async_get(yaml) is not None
    step = await answer_share(hass, waiting, {"camera": yaml})
    assert step["reason"] == "already_configured"
    await hass.services.async_call(
        "latchstring", "stop_sharing", {"entity_id": yaml}, blocking=True
    )


async def test_what_stands_in_for_a_cameras_device_goes_when_it_gets_one(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))
    await share(hass, entry, porch, "Front door")
    devices = dr.async_get(hass)

    def names() -> list[str | None]:
        ours = dr.async_entries_for_config_entry(devices, entry.entry_id)
        return [device.name for device in ours]

    assert names() == ["Jackson Police Department", "Front door"]
    (cameras,) = hass.config_entries.async_entries(INTEGRATION)
    device = devices.async_get_or_create(
        config_entry_id=cameras.entry_id, identifiers={(INTEGRATION, "Porch")}
    )
    er.async_get(hass).async_update_entity(porch, device_id=device.id)
    assert await hass.config_entries.async_reload(entry.entry_id)

    assert names() == ["Jackson Police Department"]


async def test_a_label_is_neutral_free_and_fit_for_the_hub(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    porch, yard = await install(hass, OwnCamera("Porch", AWAY), OwnCamera("Yard", AWAY))
    await share(hass, entry, porch)
    step = await details_of(hass, entry, yard)

    assert default_of(step, "label") == "Camera 2"
    for label, problem in (("Camera 1", "label_taken"), ("a\tb", "label_unsafe")):
        step = await answer_share(hass, step, {**DETAILS, "label": label})
        assert step["errors"] == {"label": problem}


async def test_of_two_dialogs_only_one_gives_its_camera_a_label(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    cameras = await install(hass, OwnCamera("Porch", AWAY), OwnCamera("Yard", AWAY))
    first, second = [
        await confirm_of(
            hass, await answer_share(hass, await details_of(hass, entry, each), DETAILS)
        )
        for each in cameras
    ]
    await choose(hass, first, "finish")

    again = await choose(hass, second, "finish")

    assert again["errors"] == {"label": "label_taken"}
    step = await answer_share(hass, again, {**DETAILS, "label": "Camera 2"})
    await finish(hass, step)
    labels = [share.data["label"] for share in entry.subentries.values()]
    assert labels == ["Camera 1", "Camera 2"]


async def test_after_another_label_only_what_is_chosen_then_is_asked(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    porch, yard = await install(hass, OwnCamera("Porch", AWAY), OwnCamera("Yard", AWAY))
    hass.states.async_set("binary_sensor.door", "off")
    step = await answer_share(hass, await details_of(hass, entry, yard), DETAILS)
    step = await answer_share(hass, step, ONLY_WHEN)
    step = await answer_share(hass, step, {"openings": ["alarm"]})
    alarm = {"alarms": ["binary_sensor.door"], "alarm_minutes": 15, "disarm_ends": True}
    waiting = await answer_share(hass, step, alarm)
    await share(hass, entry, porch)

    again = await choose(hass, waiting, "finish")
    step = await answer_share(hass, again, {**DETAILS, "label": "Camera 2"})
    assert step["step_id"] == "openings"
    step = await answer_share(hass, step, ALWAYS)

    assert step["step_id"] == "confirm"
    await choose(hass, step, "finish")
    kept = list(entry.subentries.values())[-1].data
    assert (kept["openings"], kept["alarms"]) == (["always"], [])


async def test_the_place_is_kept_unless_its_owner_tells_it(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))

    step = await details_of(hass, entry, porch)

    assert fields_of(step) == ["label", "place", "stays_connected"]
    assert options_of(step, "place") == ["none", "coarse"]
    assert default_of(step, "place") == "none"


async def place_step(
    hass: HomeAssistant, entry: ConfigEntry, camera: str
) -> SubentryFlowResult:
    step = await details_of(hass, entry, camera)
    return await answer_share(hass, step, {**DETAILS, "place": "coarse"})


async def test_the_suggested_place_is_the_neighbourhood_not_the_house(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    await hass.config.async_update(latitude=HOME[0], longitude=HOME[1])
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))

    step = await place_step(hass, entry, porch)

    suggested = default_of(step, "location")
    where = (suggested["latitude"], suggested["longitude"])
    assert suggested["radius"] == 1000
    assert 50 < metres_between(HOME, where) < 1000


@pytest.mark.parametrize("radius", [100, 1000, 50_000])
async def test_no_place_is_kept_more_exactly_than_its_radius(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, radius: int
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))
    step = await place_step(hass, entry, porch)
    location = {"latitude": HOME[0], "longitude": HOME[1], "radius": radius}
    step = await answer_share(hass, step, {"location": location, "heading_deg": 90})
    await finish(hass, step)

    (kept,) = entry.subentries.values()
    place = kept.data["place"]
    where = (place["latitude"], place["longitude"])
    assert where != HOME
    assert metres_between(HOME, where) <= radius
    assert (place["radius_m"], place["heading_deg"]) == (radius, 90)
    told = await hub.camera_is("closed", "Camera 1")
    assert told["place"] == {
        "point": {"type": "Point", "coordinates": [where[1], where[0]]},
        "radius_m": radius,
        "heading_deg": 90,
    }
    assert str(HOME[0]) not in str(entry.as_dict())


@pytest.mark.parametrize("radius", [0, 99, 50_001])
async def test_a_circle_that_tells_too_much_or_nothing_is_refused(
    hass: HomeAssistant, entry: ConfigEntry, radius: int
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))
    step = await place_step(hass, entry, porch)
    location = {"latitude": HOME[0], "longitude": HOME[1], "radius": radius}

    step = await answer_share(hass, step, {"location": location})

    assert step["step_id"] == "place"
    assert step["errors"] == {"location": "radius_out_of_range"}


async def test_changing_a_share_changes_nothing_else(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry
) -> None:
    porch, yard = await install(hass, OwnCamera("Porch", AWAY), OwnCamera("Yard", AWAY))
    first = await share(hass, entry, porch)
    await share(hass, entry, yard, "Camera 2")
    first_data, second_data = (dict(each.data) for each in entry.subentries.values())
    runtime = entry.runtime_data

    step = await begin_change(hass, entry, first, "details")
    assert [default_of(step, field) for field in fields_of(step)] == [
        "Camera 1",
        "none",
        False,
    ]
    assert told_by(step)["camera"] == "Porch"
    step = await answer_share(hass, step, {**DETAILS, "label": "Street"})

    assert step["type"] is FlowResultType.ABORT
    assert step["reason"] == "saved"
    changed, other = entry.subentries.values()
    assert changed.title == "Street"
    assert dict(changed.data) == {**first_data, "label": "Street"}
    assert dict(other.data) == second_data
    assert entry.runtime_data is runtime
    told = await hub.camera_is("closed", "Street")
    assert told["camera"] == first_data["camera_id"]


@pytest.mark.parametrize(
    "openings", [[], ["schedule"], ["alarm", "approval"], ["approval"]]
)
async def test_a_new_label_opens_nothing(
    hass: HomeAssistant, entry: ConfigEntry, openings: list[str]
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))
    kept = await share(hass, entry, porch)
    await set_rules(hass, entry, "Camera 1", openings=openings)

    step = await begin_change(hass, entry, kept, "details")
    await answer_share(hass, step, {**DETAILS, "label": "Street"})

    changed = entry.subentries[kept.subentry_id]
    assert changed.data["label"] == "Street"
    assert changed.data["openings"] == openings


async def test_a_place_can_be_added_later_and_taken_away(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))
    kept = await share(hass, entry, porch)
    location = {"latitude": HOME[0], "longitude": HOME[1], "radius": 500}
    step = await begin_change(hass, entry, kept, "details")
    step = await answer_share(hass, step, {**DETAILS, "place": "coarse"})
    await answer_share(hass, step, {"location": location})
    placed = entry.subentries[kept.subentry_id]
    assert placed.data["place"]["radius_m"] == 500

    step = await begin_change(hass, entry, placed, "details")
    assert default_of(step, "place") == "coarse"
    step = await answer_share(hass, step, {**DETAILS, "place": "coarse"})
    assert default_of(step, "location")["radius"] == 500
    hass.config_entries.subentries.async_abort(step["flow_id"])
    step = await begin_change(hass, entry, placed, "details")
    await answer_share(hass, step, DETAILS)

    assert entry.subentries[kept.subentry_id].data["place"] is None


async def test_a_camera_that_is_gone_is_called_what_it_was_called_last(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))
    kept = await share(hass, entry, porch)
    er.async_get(hass).async_remove(porch)
    await hass.async_block_till_done()

    step = await open_change(hass, entry, kept)

    assert html.unescape(told_by(step)["camera"]) == porch


async def test_a_share_may_keep_its_own_label(
    hass: HomeAssistant, entry: ConfigEntry
) -> None:
    (porch,) = await install(hass, OwnCamera("Porch", AWAY))
    kept = await share(hass, entry, porch)

    step = await begin_change(hass, entry, kept, "details")
    step = await answer_share(hass, step, DETAILS)

    assert step["reason"] == "saved"


async def test_a_hubs_name_stays_inert_in_every_step(
    hass: HomeAssistant, authority: Authority
) -> None:
    name = "![x](https://spy.example) <b>PD</b>"
    async with ReferenceHub(authority, agency=Agency(name=name)) as hub:
        entry = await pair(hass, hub.invitation())
        (porch,) = await install(hass, OwnCamera("<i>Porch</i>", AWAY))
        shown: list[Any] = [await begin_share(hass, entry)]
        shown.append(await answer_share(hass, shown[-1], {"camera": porch}))
        shown.append(
            await answer_share(hass, shown[-1], {**DETAILS, "label": "<u>1</u>"})
        )
        shown.append(await answer_share(hass, shown[-1], ALWAYS))
        texts = [text for step in shown for text in told_by(step).values()]

    assert any("spy" in text for text in texts)
    assert not any(mark in text for text in texts for mark in "![]<>")
