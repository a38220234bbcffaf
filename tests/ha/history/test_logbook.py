"""What happened at a camera reads well in the logbook, and none of its words go over the bus."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
import json
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component
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
    WebSocketGenerator,
)

from custom_components.latchstring.history.entry_names import EntryNames
from custom_components.latchstring.history.logbook_lines import (
    LOGBOOK_LINES_KEY,
    LogbookLines,
)
from custom_components.latchstring.household.household import HOUSEHOLD_KEY
from custom_components.latchstring.localize import Sentences
from tests.cameras import Cameras
from tests.end_to_end.phone import button
from tests.ha.actions.test_record_actions import entries
from tests.ha.front_door import pair
from tests.ha.gate.test_requests import press
from tests.ha.own_cameras import OwnCamera, install
from tests.ha.phones import ALEX, register_phone
from tests.ha.watching import ACCESS, ask_the_owner, may_be_asked, turn_on, watch
from tests.reference_hub import (
    Agency,
    Authority,
    Officer,
    ReferenceHub,
    Refused,
    Viewer,
)
from tests.reference_hub.wire import new_id

DOE = "Officer J. Doe, Jackson PD, Burglary in progress"
REFUSED = "may not be watched by {}: {} refused it"
NAME = "Porch Access by Jackson Police Department"
SUBJECTS = ("A camera", "a label", "Front door", "Jackson Police Department", "Record")
HOSTILE = "<img src=//spy.example> {viewer} **b** ![x](https://spy.example/x.png)"


@pytest.fixture
async def mock_recorder_before_hass(
    async_test_recorder: RecorderInstanceContextManager,
) -> None:
    """Let there be a recorder, which wants to be there first."""


@pytest.fixture
async def passed(hass: HomeAssistant, recorder_mock: object) -> list[Event[Any]]:
    """Set the logbook up; give every event of ours that passes on the bus."""
    assert await async_setup_component(hass, "logbook", {})
    passed: list[Event[Any]] = []

    @callback
    def note(event: Event[Any]) -> None:
        passed.append(event)

    hass.bus.async_listen("latchstring_access", note)
    return passed


async def lines(
    hass: HomeAssistant, connect: WebSocketGenerator, entity_id: str = ACCESS
) -> list[tuple[str, str]]:
    """Read our lines about an entity in the logbook, the oldest first."""
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    socket = await connect()
    await socket.send_json_auto_id(
        {
            "type": "logbook/get_events",
            "start_time": (datetime.now(UTC) - timedelta(days=1)).isoformat(),
            "entity_ids": [entity_id],
        }
    )
    answer = await socket.receive_json()
    assert answer["success"], answer
    return ours(answer["result"])


def ours(shown: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Give the lines that came out of the record: of what, and what became of it."""
    found = [line for line in shown if line.get("domain") == "latchstring"]
    assert all(line["name"] == NAME for line in found)
    return [_parted(line["message"]) for line in found]


def _parted(message: str) -> tuple[str, str]:
    """Take a line apart that stands behind the name of the entity, and is a sentence of its own."""
    known = [each for each in SUBJECTS if message.startswith(f"\N{EN DASH} {each} ")]
    assert known, message
    subject = known[0]
    return subject, message.removeprefix(f"\N{EN DASH} {subject} ")


@pytest.fixture
async def watched(
    hass: HomeAssistant,
    passed: list[Event[Any]],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
) -> list[Event[Any]]:
    """Somebody has watched the front door for a moment."""
    await turn_on(hass, user=owner)
    session = await watch(hub)
    await hub.close_session(session.session)
    await hub.ended(session.session)
    await hass.async_block_till_done()
    return passed


async def test_the_logbook_says_who_watched_and_why_and_for_how_long(
    hass: HomeAssistant,
    watched: list[Event[Any]],
    hass_ws_client: WebSocketGenerator,
) -> None:
    began, ended = await lines(hass, hass_ws_client)

    assert began == ("Front door", f"is being watched live by {DOE}")
    name, message = ended
    assert name == "Front door"
    assert message.startswith(f"was watched live by {DOE}, for ")
    assert message.endswith(("a moment", " seconds"))


async def test_the_bus_is_told_of_an_entry_and_an_entity_and_nothing_else(
    watched: list[Event[Any]], entry: ConfigEntry
) -> None:
    assert len(watched) == 2
    for event in watched:
        assert event.data.keys() == {"entry", "entity_id"}
        assert event.data["entry"].startswith(f"{entry.entry_id}:")
        assert event.data["entity_id"] == ACCESS
        assert "Doe" not in json.dumps(event.as_dict(), default=str)


async def test_after_a_restart_the_lines_are_read_from_the_record(
    hass: HomeAssistant,
    watched: list[Event[Any]],
    hass_ws_client: WebSocketGenerator,
) -> None:
    before = await lines(hass, hass_ws_client)
    record = hass.data[HOUSEHOLD_KEY].record
    fresh = LogbookLines(hass, record, await Sentences.load(hass))

    hass.data[LOGBOOK_LINES_KEY] = fresh

    assert fresh.cached(watched[0].data["entry"], ACCESS).name == "Record"
    assert await lines(hass, hass_ws_client) == before


async def test_a_line_comes_live_as_it_is_read_later(
    hass: HomeAssistant,
    passed: list[Event[Any]],
    hub: ReferenceHub,
    entry: ConfigEntry,
    owner: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await turn_on(hass, user=owner)
    socket = await hass_ws_client()
    await socket.send_json_auto_id(
        {
            "type": "logbook/event_stream",
            "start_time": datetime.now(UTC).isoformat(),
            "entity_ids": [ACCESS],
        }
    )
    assert (await socket.receive_json())["success"]

    session = await watch(hub)

    shown: list[tuple[str, str]] = []
    while not shown:
        shown = ours((await socket.receive_json(timeout=30))["event"]["events"])
    assert shown == [("Front door", f"is being watched live by {DOE}")]
    await hub.close_session(session.session)
    await hub.ended(session.session)


async def test_a_look_of_three_minutes_reads_so(
    hass: HomeAssistant, watched: list[Event[Any]]
) -> None:
    record = hass.data[HOUSEHOLD_KEY].record
    names = EntryNames(hass, record.reader, await Sentences.load(hass))

    lengths = [
        names.duration(timedelta(seconds=seconds))
        for seconds in (1.9, 2, 89, 90, 180, 3600)
    ]

    assert lengths == [
        "a moment",
        "2 seconds",
        "89 seconds",
        "2 minutes",
        "3 minutes",
        "60 minutes",
    ]


@pytest.mark.parametrize(
    ("title", "said"),
    [("Allow once", "may be watched by {}: {} allowed it"), ("Refuse", REFUSED)],
)
async def test_a_request_and_its_answer_have_their_lines(
    hass: HomeAssistant,
    passed: list[Event[Any]],
    hub: ReferenceHub,
    entry: ConfigEntry,
    hass_admin_user: MockUser,
    hass_ws_client: WebSocketGenerator,
    title: str,
    said: str,
) -> None:
    register_phone(hass, "Alex", "Apple")
    phone = async_mock_service(hass, "notify", "mobile_app_alex")
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "notify": [ALEX]}
    )
    await ask_the_owner(hass, entry)
    await turn_on(hass, user=hass_admin_user.id)
    camera = await may_be_asked(hub)
    await hub.ask_to_watch(camera, viewer=Viewer(officer="Officer J. Doe"))
    await hass.async_block_till_done()

    await press(hass, button(phone[-1].data, title), hass_admin_user.id)

    assert await lines(hass, hass_ws_client) == [
        ("Front door", f"was asked for by {DOE}, for 15 minutes"),
        ("Front door", said.format(DOE, hass_admin_user.name)),
    ]


async def test_a_hub_that_asked_in_vain_has_its_line(
    hass: HomeAssistant,
    passed: list[Event[Any]],
    hub: ReferenceHub,
    entry: ConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    camera = await hub.camera_is("closed")
    assert isinstance(await hub.open_session(camera["camera"]), Refused)

    async_fire_time_changed(hass, datetime.now(UTC) + timedelta(seconds=61))

    assert await lines(hass, hass_ws_client) == [
        (
            "Front door",
            "was asked for by Jackson Police Department and refused, once",
        )
    ]


@pytest.mark.usefixtures("passed")
async def test_refusals_are_told_beside_each_camera_as_far_as_they_are_of_it(
    hass: HomeAssistant,
    hub: ReferenceHub,
    served: Cameras,
    owner: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    cameras = [
        OwnCamera(name, served.url("porch"), device=name) for name in ("Porch", "Yard")
    ]
    porch, yard = await install(hass, *cameras)
    labels = {porch: "Front door", yard: "Back yard"}
    await pair(hass, hub.invitation(), labels=labels)
    await hub.home_connected()
    closed = {each: await hub.camera_is("closed", each) for each in labels.values()}
    listed = [closed[each]["camera"] for each in (*labels.values(), "Front door")]
    for camera in (*listed, new_id()):
        assert isinstance(await hub.open_session(camera), Refused)

    async_fire_time_changed(hass, datetime.now(UTC) + timedelta(seconds=61))

    assert await lines(hass, hass_ws_client) == [
        (
            "Front door",
            "was asked for by Jackson Police Department and refused, twice",
        )
    ]
    (told,) = await entries(hass, user=owner, kind="refusals")
    sentence, _, asked_for = told["sentence"].partition(": ")
    assert sentence == "Jackson Police Department asked for access and was refused"
    assert sorted(asked_for.split(", ")) == [
        "Back yard (once)",
        "Front door (twice)",
        "cameras that are not shared (once)",
    ]


async def test_what_a_hub_calls_its_viewers_is_text_in_the_logbook(
    hass: HomeAssistant,
    passed: list[Event[Any]],
    authority: Authority,
    served: Cameras,
    owner: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    agency = Agency(officers=(Officer(sub="badge-1", name=HOSTILE),))
    (porch,) = await install(
        hass, OwnCamera("Porch", served.url("porch"), device="Porch")
    )
    async with ReferenceHub(authority, agency) as hub:
        await pair(hass, hub.invitation(), labels={porch: "Front door"})
        await turn_on(hass, user=owner)
        await watch(hub, officer=HOSTILE)

        (line, *_) = await lines(hass, hass_ws_client)

    assert line == (
        "Front door",
        f"is being watched live by {HOSTILE}, Jackson PD, Burglary in progress",
    )


@pytest.mark.parametrize("entry_id", ["", "x", "x:0:y", "x:0:1", None, "household:0:0"])
async def test_an_event_that_somebody_made_up_tells_nothing(
    hass: HomeAssistant,
    watched: list[Event[Any]],
    hass_ws_client: WebSocketGenerator,
    entry_id: str | None,
) -> None:
    hass.bus.async_fire("latchstring_access", {"entry": entry_id, "entity_id": ACCESS})

    assert (await lines(hass, hass_ws_client))[-1] == (
        "Record",
        "has an entry that cannot be read right now",
    )


async def test_an_entry_that_a_user_points_at_is_not_told_of(
    hass: HomeAssistant,
    watched: list[Event[Any]],
    hass_admin_user: MockUser,
    hass_ws_client: WebSocketGenerator,
) -> None:
    hass.bus.async_fire(
        "latchstring_access",
        {"entry": watched[0].data["entry"], "entity_id": ACCESS},
        context=Context(user_id=hass_admin_user.id),
    )

    *told, pointed_at = await lines(hass, hass_ws_client)

    assert len(told) == len(watched) - 1
    assert pointed_at == ("Record", "has an entry that cannot be read right now")
