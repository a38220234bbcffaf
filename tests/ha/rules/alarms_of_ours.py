"""Alarms that are made of an entity of ours, or follow it, as real homes have them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from homeassistant.components.alarm_control_panel.const import DOMAIN as PANEL
from homeassistant.components.group import DOMAIN as GROUP
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.helpers.entity_component import EntityComponent
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from . import entities
from .house import House, key_of

DOOR: Final = "binary_sensor.door"
BELL: Final = "input_boolean.bell"
AFTER: Final = 30
"""Seconds after which whatever is late has come."""
FOLLOWS: Final = "{{{{ is_state('{0}', 'on') }}}}"

type Build = Callable[[House, str], Awaitable[str]]
"""Makes an alarm of one of our entities; gives the alarm's entity id."""


async def itself(_house: House, ours: str) -> str:
    return ours


async def a_group_in_yaml(house: House, ours: str) -> str:
    sensors: EntityComponent[Any] = house.hass.data["binary_sensor"]
    config = {"platform": GROUP, "name": "Both", "entities": [DOOR, ours], "all": False}
    await sensors.async_setup_platform(GROUP, config)
    await house.hass.async_block_till_done()
    return "binary_sensor.both"


async def a_group(house: House, ours: str) -> str:
    return await entities.group(house.hass, DOOR, ours)


async def a_group_by_registry_id(house: House, ours: str) -> str:
    return await entities.group(house.hass, DOOR, key_of(house.hass, ours))


async def a_bayesian(house: House, ours: str) -> str:
    """It is no helper to Home Assistant, and keeps what it observes in parts of its config entry."""
    entry = MockConfigEntry(
        domain="bayesian",
        title="Likely",
        options={"name": "Likely", "prior": 0.5, "probability_threshold": 0.5},
        subentries_data=[
            ConfigSubentryDataWithId(
                data={
                    "platform": "state",
                    "entity_id": ours,
                    "to_state": "on",
                    "prob_given_true": 0.9,
                    "prob_given_false": 0.1,
                    "name": "Watched",
                },
                subentry_id="watched",
                subentry_type="observation",
                title="Watched",
                unique_id=None,
            )
        ],
    )
    entry.add_to_hass(house.hass)
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await house.hass.async_block_till_done()
    return "binary_sensor.likely"


async def a_group_in_a_group(house: House, ours: str) -> str:
    inner = await a_group_in_yaml(house, ours)
    return await entities.group(house.hass, inner)


async def a_template(house: House, ours: str) -> str:
    return await entities.template(house.hass, FOLLOWS.format(ours))


async def a_template_in_a_group(house: House, ours: str) -> str:
    inner = await a_template(house, ours)
    return await entities.group(house.hass, DOOR, inner)


async def a_template_of_a_template(house: House, ours: str) -> str:
    inner = {"name": "Inner", "unique_id": "inner", "state": FOLLOWS.format(ours)}
    config = {"template": {"binary_sensor": inner}}
    assert await async_setup_component(house.hass, "template", config)
    await house.hass.async_block_till_done()
    return await a_template(house, "binary_sensor.inner")


async def a_threshold_of_a_template(house: House, ours: str) -> str:
    """A helper that hands no context on, over a sensor that names nobody."""
    number = {
        "name": "Number",
        "state": f"{{{{ 1 if is_state('{ours}', 'on') else 0 }}}}",
    }
    config = {"template": {"sensor": number}}
    assert await async_setup_component(house.hass, "template", config)
    await house.hass.async_block_till_done()
    return await entities.threshold(house.hass, "sensor.number")


async def bell(house: House) -> None:
    config = {"input_boolean": {"bell": {"name": "Bell", "initial": False}}}
    assert await async_setup_component(house.hass, "input_boolean", config)


def rings(trigger: Mapping[str, Any]) -> dict[str, Any]:
    """An automation that rings the bell."""
    act = {"action": "input_boolean.turn_on", "target": {"entity_id": BELL}}
    return {"triggers": [trigger], "actions": [act]}


def goes_on(entity_id: str) -> dict[str, Any]:
    return {"trigger": "state", "entity_id": entity_id, "to": "on"}


async def an_automation(house: House, ours: str) -> str:
    await bell(house)
    await entities.automations(house.hass, rings(goes_on(ours)))
    return await a_template(house, BELL)


async def an_automation_that_takes_its_time(house: House, ours: str) -> str:
    await bell(house)
    late = rings(goes_on(ours))
    late["actions"].insert(0, {"delay": {"seconds": 1}})
    await entities.automations(house.hass, late)
    return await a_template(house, BELL)


async def an_automation_after_another(house: House, ours: str) -> str:
    """The first one only says something, in a context that no entity changes in but itself."""
    await bell(house)
    says = {"triggers": [goes_on(ours)], "actions": [{"event": "something"}]}
    await entities.automations(
        house.hass,
        says,
        rings({"trigger": "event", "event_type": "something"}),
    )
    return await a_template(house, BELL)


async def a_script_of_an_automation(house: House, ours: str) -> str:
    await bell(house)
    script = {"ring": {"sequence": rings({})["actions"]}}
    assert await async_setup_component(house.hass, "script", {"script": script})
    calls = {"triggers": [goes_on(ours)], "actions": [{"action": "script.ring"}]}
    await entities.automations(house.hass, calls)
    return await a_template(house, BELL)


async def a_template_with_a_trigger(house: House, ours: str) -> str:
    """Its actions run in a context of their own, in which no entity changes: what they say starts an automation."""
    await bell(house)
    config = {
        "template": {
            "triggers": [goes_on(ours)],
            "actions": [{"event": "something"}],
            "binary_sensor": {"name": "Unused", "state": "{{ false }}"},
        }
    }
    assert await async_setup_component(house.hass, "template", config)
    await entities.automations(
        house.hass, rings({"trigger": "event", "event_type": "something"})
    )
    return await a_template(house, BELL)


async def a_timer(house: House, ours: str) -> str:
    """What it says when it ends hands no context on."""
    timer = "timer.late"
    assert await async_setup_component(
        house.hass, "timer", {"timer": {"late": {"duration": AFTER}}}
    )
    await bell(house)
    start = {"action": "timer.start", "target": {"entity_id": timer}}
    await entities.automations(
        house.hass,
        {"triggers": [goes_on(ours)], "actions": [start]},
        rings({"trigger": "event", "event_type": "timer.finished"}),
    )
    return await a_template(house, BELL)


async def what_we_say(house: House, _ours: str) -> str:
    """An event of ours that is no change of an entity."""
    await bell(house)
    said = {"trigger": "event", "event_type": "latchstring_access"}
    await entities.automations(house.hass, rings(said))
    return await a_template(house, BELL)


async def a_panel(house: House, ours: str) -> str:
    return await _panel(house, ours, delay_time=0)


async def a_panel_with_a_delay(house: House, ours: str) -> str:
    return await _panel(house, ours, delay_time=AFTER)


async def _panel(house: House, ours: str, *, delay_time: int) -> str:
    manual = {
        "platform": "manual",
        "name": "House",
        "arming_time": 0,
        "delay_time": delay_time,
        "code_arm_required": False,
    }
    assert await async_setup_component(house.hass, PANEL, {PANEL: manual})
    await house.hass.async_block_till_done()
    panel = "alarm_control_panel.house"
    await house.call(PANEL, "alarm_arm_away", panel)
    act = {
        "action": "alarm_control_panel.alarm_trigger",
        "target": {"entity_id": panel},
    }
    await entities.automations(
        house.hass, {"triggers": [goes_on(ours)], "actions": [act]}
    )
    return panel


NAMED: Final[tuple[Build, ...]] = (
    itself,
    a_group_in_yaml,
    a_group,
    a_group_by_registry_id,
    a_group_in_a_group,
    a_bayesian,
)
"""Home Assistant names what these are made of."""

UNNAMED: Final[tuple[Build, ...]] = (
    a_template,
    a_template_in_a_group,
    a_template_of_a_template,
    a_threshold_of_a_template,
    an_automation,
    an_automation_that_takes_its_time,
    an_automation_after_another,
    a_script_of_an_automation,
    a_template_with_a_trigger,
    a_timer,
    what_we_say,
    a_panel,
    a_panel_with_a_delay,
)
"""Nobody knows what these follow, until they do."""
