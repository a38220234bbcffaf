"""What Home Assistant remembers of an entity over its start is no word of now: a camera waits for one."""

from homeassistant.components.group import DOMAIN as GROUP
from homeassistant.components.person import DOMAIN as PERSON
from homeassistant.components.zone import DOMAIN as ZONE
from homeassistant.const import (
    EVENT_HOMEASSISTANT_START,
    EVENT_HOMEASSISTANT_STARTED,
)
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.helpers import restore_state
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import mock_restore_cache

from tests.ha.watching import text_of

from . import entities
from .house import House
from .test_explain import explained

GATE = "binary_sensor.gate"
PHONE = "device_tracker.phone"
GUESTS = "input_boolean.guests"
CLEAR = {"person.sam": "not_home", "group.family": "not_home", "zone.home": "0"}
"""All that may be asked about Sam, whom a phone stands for."""


@pytest.fixture
def starting(hass: HomeAssistant) -> None:
    """Home Assistant has not yet started, and remembers that all was quiet."""
    hass.set_state(CoreState.starting)
    mock_restore_cache(
        hass, [State(GATE, "off"), State(PHONE, "not_home"), State(GUESTS, "off")]
    )


async def starts(house: House) -> None:
    """Let Home Assistant be done with its start."""
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_START)
    await house.hass.async_block_till_done()
    house.hass.set_state(CoreState.running)
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await house.hass.async_block_till_done()
    await house.clock.passes(seconds=1)


@pytest.mark.usefixtures("starting")
async def test_what_is_remembered_over_a_start_is_not_clear(house: House) -> None:
    gate = await entities.gate(house.hass)
    never = [{"entity": GATE, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    assert text_of(house.hass, GATE) == "off"
    assert house.why() == "never"

    await starts(house)
    assert house.why() == "never"
    assert (await explained(house))["never_while"] == [GATE]
    assert await house.refuses()

    gate.report(is_open=False)
    await house.watch()


@pytest.mark.usefixtures("starting")
async def test_what_was_said_since_a_start_is_still_said_after_a_reload(
    house: House,
) -> None:
    gate = await entities.gate(house.hass)
    never = [{"entity": GATE, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    await starts(house)

    for is_open in (True, False):
        gate.report(is_open=is_open)
    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()

    await house.hub.camera_is("ask", "Front door")
    await house.watch()


@pytest.mark.usefixtures("starting")
async def test_what_is_remembered_is_still_only_that_after_a_reload(
    house: House,
) -> None:
    await entities.gate(house.hass)
    never = [{"entity": GATE, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    await starts(house)

    assert await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.hass.async_block_till_done()

    await house.hub.home_connected()
    assert house.why() == "never"


@pytest.mark.usefixtures("starting")
@pytest.mark.parametrize("entity", CLEAR)
async def test_who_is_where_their_phone_was_may_be_home(
    house: House, entity: str
) -> None:
    phone = await entities.phone(house.hass)
    sam = {"id": "sam", "name": "Sam", "device_trackers": [PHONE]}
    assert await async_setup_component(house.hass, PERSON, {PERSON: [sam]})
    assert await async_setup_component(house.hass, ZONE, {})
    family = {"family": {"name": "Family", "entities": ["person.sam"]}}
    assert await async_setup_component(house.hass, GROUP, {GROUP: family})
    never = [{"entity": entity, "clear": [CLEAR[entity]]}]
    await house.set_rules(openings=["always"], never=never)

    await starts(house)
    assert text_of(house.hass, entity) == CLEAR[entity]
    assert (await explained(house))["never_while"] == [PHONE]
    assert await house.refuses()

    phone.report(home=False)
    opened = await house.watch()
    phone.report(home=True)
    await house.was_cut(opened)
    assert house.why() == "never"


@pytest.mark.usefixtures("starting")
async def test_what_the_owner_set_stands_over_a_start(house: House) -> None:
    config = {"input_boolean": {"guests": {"name": "Guests"}}}
    assert await async_setup_component(house.hass, "input_boolean", config)
    never = [{"entity": GUESTS, "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)

    await starts(house)

    assert text_of(house.hass, GUESTS) == "off"
    await house.watch()


@pytest.mark.usefixtures("starting")
async def test_where_nobody_knows_who_restores_a_state_none_from_before_is_clear(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = await entities.door(house.hass)
    never = [{"entity": "binary_sensor.door", "clear": ["off"]}]
    await house.set_rules(openings=["always"], never=never)
    await starts(house)
    assert house.why() == "always"

    with monkeypatch.context() as later:
        later.delattr(restore_state.async_get(house.hass), "entities")
        await house.clock.passes(seconds=10)
        assert house.why() == "never"
        door.report(is_open=True)
        door.report(is_open=False)
        await house.watch()
