"""The blueprints, imported by an address, saved and run as an owner does it, against a real hub."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from tests.ha.watching import (
    SHARE_NOW,
    SHARING,
    VIEWABLE,
    WATCHED,
    is_on,
    opened,
    recorded,
    turn_off,
    turn_on,
    watch,
)
from tests.reference_hub import ReferenceHub

FOLDER: Final = (
    Path(__file__).parents[3]
    / "custom_components"
    / "latchstring"
    / "blueprints"
    / "automation"
)
REPOSITORY: Final = (
    "https://github.com/latchstring/latchstring/blob/main/"
    "custom_components/latchstring/blueprints/automation"
)
NAMES: Final = ("alarm_shares_cameras", "light_while_watched", "share_while_away")
ALARM: Final = "alarm_control_panel.home"
ALEX: Final = "person.alex"
SAM: Final = "person.sam"
LIGHT: Final = "light.hall"

type Use = Callable[[str, Mapping[str, Any]], Awaitable[None]]


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """Where the blueprints can be had."""
    application = web.Application()
    application.router.add_static("/", FOLDER)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ((host, port),) = runner.addresses
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def use(
    hass: HomeAssistant,
    entry: ConfigEntry,
    address: str,
    hass_ws_client: WebSocketGenerator,
) -> Use:
    """Import a blueprint and make an automation of it."""
    assert await async_setup_component(hass, "automation", {})
    socket = await hass_ws_client()

    async def command(**members: Any) -> Any:
        await socket.send_json_auto_id(members)
        answer = await socket.receive_json()
        assert answer["success"], answer
        return answer["result"]

    configuration = Path(hass.config.path("configuration.yaml"))

    async def use(name: str, inputs: Mapping[str, Any]) -> None:
        imported = await command(type="blueprint/import", url=f"{address}/{name}.yaml")
        assert imported["validation_errors"] is None
        path = f"latchstring/{name}.yaml"
        await command(
            type="blueprint/save",
            domain="automation",
            path=path,
            yaml=imported["raw_data"],
            source_url=f"{REPOSITORY}/{name}.yaml",
        )
        used = {"alias": name, "use_blueprint": {"path": path, "input": inputs}}
        await hass.async_add_executor_job(
            configuration.write_text, json.dumps({"automation": [used]})
        )
        await hass.services.async_call("automation", "reload", blocking=True)
        assert is_on(hass, f"automation.{name}")

    return use


def let_automations_open(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Choose what every blueprint that opens asks its owner for."""
    options = {**entry.options, "automations_may_open": True}
    hass.config_entries.async_update_entry(entry, options=options)


async def only_now(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Let the porch open only when it is shared for a while."""
    (share,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, share, data={**share.data, "openings": []}
    )
    await hass.async_block_till_done()


async def becomes(hass: HomeAssistant, entity_id: str, *states: str) -> None:
    for state in states:
        hass.states.async_set(entity_id, state)
        await hass.async_block_till_done()


def test_there_is_no_blueprint_without_a_test() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_blueprint_names_the_address_it_is_imported_by(name: str) -> None:
    blueprint = parse_yaml((FOLDER / f"{name}.yaml").read_text())
    assert isinstance(blueprint, dict)
    assert blueprint["blueprint"]["source_url"] == f"{REPOSITORY}/{name}.yaml"


@pytest.fixture
async def alarmed(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str, use: Use
) -> None:
    """A porch that an alarm would share, were automations let."""
    await only_now(hass, entry)
    await turn_on(hass, user=owner)
    await becomes(hass, ALARM, "armed_away")
    await use(
        "alarm_shares_cameras",
        {
            "alarms": [ALARM],
            "cameras": {"entity_id": "camera.porch"},
            "minutes": 5,
        },
    )


async def test_an_alarm_shares_cameras_until_it_is_disarmed(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, alarmed: None
) -> None:
    let_automations_open(hass, entry)

    await becomes(hass, ALARM, "triggered")

    viewable = hass.states.get(VIEWABLE)
    assert viewable is not None
    left = viewable.attributes["until"] - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    session = await watch(hub)
    await becomes(hass, ALARM, "disarmed")
    assert not is_on(hass, VIEWABLE)
    assert (await hub.upload_ended(session.session)).end == "reset"
    (shared,) = [
        turned
        for turned in await recorded(hass, "switch_turned")
        if turned["switch"] == "share_now"
    ]
    (ended,) = await recorded(hass, "openings_ended")
    assert shared["on"]
    assert {each["actor"]["kind"] for each in (shared, ended)} == {"automation"}


async def test_an_alarm_that_was_away_for_a_moment_shares_nothing(
    hass: HomeAssistant, entry: ConfigEntry, alarmed: None
) -> None:
    let_automations_open(hass, entry)

    await becomes(hass, ALARM, "unavailable", "triggered")
    assert not is_on(hass, SHARE_NOW)

    await becomes(hass, ALARM, "armed_away", "triggered")
    assert is_on(hass, SHARE_NOW)


async def test_an_alarm_shares_nothing_unless_automations_may_open(
    hass: HomeAssistant, entry: ConfigEntry, alarmed: None
) -> None:
    await becomes(hass, ALARM, "triggered")
    assert not is_on(hass, SHARE_NOW)
    assert not is_on(hass, VIEWABLE)

    let_automations_open(hass, entry)
    await becomes(hass, ALARM, "armed_away", "triggered")
    assert is_on(hass, VIEWABLE)


@pytest.fixture
async def empty_house(hass: HomeAssistant, entry: ConfigEntry, use: Use) -> None:
    """A porch that is shared while Alex and Sam are away; Alex is home."""
    let_automations_open(hass, entry)
    await becomes(hass, ALEX, "home")
    await becomes(hass, SAM, "not_home")
    await use(
        "share_while_away", {"people": [ALEX, SAM], "sharing": [SHARING], "minutes": 5}
    )


async def minutes_pass(hass: HomeAssistant, minutes: float) -> None:
    async_fire_time_changed(hass, datetime.now(UTC) + timedelta(minutes=minutes))
    await hass.async_block_till_done()


async def test_a_camera_is_shared_while_everybody_is_away_and_no_longer(
    hass: HomeAssistant, hub: ReferenceHub, empty_house: None
) -> None:
    await becomes(hass, ALEX, "Work")
    assert not is_on(hass, SHARING)
    await minutes_pass(hass, 5.1)
    assert is_on(hass, SHARING)
    session = await watch(hub)

    await becomes(hass, SAM, "home")

    assert not is_on(hass, SHARING)
    assert (await hub.upload_ended(session.session)).end == "reset"


@pytest.mark.parametrize("state", ["unknown", "unavailable"])
async def test_who_is_nobody_knows_where_may_be_home(
    hass: HomeAssistant, hub: ReferenceHub, empty_house: None, state: str
) -> None:
    await becomes(hass, ALEX, state)
    await minutes_pass(hass, 10)
    assert not is_on(hass, SHARING)
    await becomes(hass, ALEX, "not_home")
    await minutes_pass(hass, 20)
    assert is_on(hass, SHARING)

    await becomes(hass, SAM, state)

    assert not is_on(hass, SHARING)


async def test_who_comes_back_soon_was_not_away(
    hass: HomeAssistant, empty_house: None
) -> None:
    await becomes(hass, ALEX, "not_home", "home")
    await minutes_pass(hass, 5.1)

    assert not is_on(hass, SHARING)


async def test_a_home_that_starts_with_somebody_in_it_is_not_shared(
    hass: HomeAssistant, empty_house: None, owner: str
) -> None:
    await turn_on(hass, user=owner)

    hass.bus.async_fire("homeassistant_start")
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done()

    assert not is_on(hass, SHARING)


@pytest.fixture
async def light(hass: HomeAssistant, entry: ConfigEntry, use: Use) -> None:
    """A white light in the hall that is to turn blue."""
    assert await async_setup_component(hass, "scene", {})
    nothing: list[Any] = []
    hall = {"name": "Hall", "turn_on": nothing, "turn_off": nothing, "set_rgb": nothing}
    assert await async_setup_component(
        hass, "template", {"template": {"light": [hall]}}
    )
    await hass.async_block_till_done()
    await hass.services.async_call(
        "light",
        "turn_on",
        {"entity_id": LIGHT, "rgb_color": [255, 255, 255]},
        blocking=True,
    )
    await use("light_while_watched", {"watched": [WATCHED], "lights": [LIGHT]})


def lit(hass: HomeAssistant) -> tuple[str, Any]:
    state = hass.states.get(LIGHT)
    assert isinstance(state, State)
    return state.state, state.attributes.get("rgb_color")


@pytest.mark.parametrize("was_on", [True, False], ids=["on", "off"])
async def test_a_light_is_blue_while_somebody_watches_and_then_as_before(
    hass: HomeAssistant,
    hub: ReferenceHub,
    owner: str,
    light: None,
    was_on: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    if not was_on:
        await turn_off_light(hass)
    before = lit(hass)
    assert before[0] == ("on" if was_on else "off")
    await turn_on(hass, user=owner)

    for _ in range(2):
        session = await opened(hub)
        await light_is(hass, ("on", (0, 0, 255)))
        await hub.close_session(session.session)
        await hub.ended(session.session)
        await light_is(hass, before)


async def test_a_light_stays_blue_until_the_last_viewer_has_gone(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, light: None
) -> None:
    await turn_on(hass, user=owner)
    first = await watch(hub)
    second = await watch(hub, officer="Officer R. Lee")
    await light_is(hass, ("on", (0, 0, 255)))
    await hub.close_session(first.session)
    await hub.ended(first.session)
    assert is_on(hass, WATCHED)
    assert lit(hass) == ("on", (0, 0, 255))

    await turn_off(hass)

    await hub.ended(second.session)
    await light_is(hass, ("on", (255, 255, 255)))


async def turn_off_light(hass: HomeAssistant) -> None:
    await hass.services.async_call(
        "light", "turn_off", {"entity_id": LIGHT}, blocking=True
    )


async def light_is(hass: HomeAssistant, wanted: tuple[str, Any]) -> None:
    """Wait until the light is so. What waits in an automation keeps Home Assistant from ever being done."""
    turned = asyncio.Event()

    @callback
    def look(_event: object) -> None:
        turned.set()

    stop = async_track_state_change_event(hass, LIGHT, look)
    try:
        async with asyncio.timeout(60):
            while lit(hass) != wanted:
                await turned.wait()
                turned.clear()
    finally:
        stop()
