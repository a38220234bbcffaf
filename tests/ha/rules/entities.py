"""Real entities of a house, as Home Assistant's own integrations make them."""

from calendar import Day
from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.alarm_control_panel import (
    DOMAIN as PANEL,
    AlarmControlPanelEntity,
    AlarmControlPanelState,
)
from homeassistant.components.binary_sensor import (
    DOMAIN as BINARY_SENSOR,
    BinarySensorEntity,
)
from homeassistant.components.device_tracker import (
    DOMAIN as DEVICE_TRACKER,
    TrackerEntity,
)
from homeassistant.components.group import DOMAIN as GROUP
from homeassistant.components.schedule import DOMAIN as SCHEDULE
from homeassistant.const import STATE_HOME, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_component import EntityComponent
from homeassistant.helpers.restore_state import RestoreEntity
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .house import key_of

WEEK = tuple(day.name.lower() for day in Day)

type Hours = tuple[str, str]


def every_day(*hours: Hours) -> dict[str, Any]:
    """The same hours on every day of the week."""
    return dict.fromkeys(WEEK, ranges(*hours))


def ranges(*hours: Hours) -> list[dict[str, str]]:
    """Hours as Home Assistant writes them."""
    return [{"from": start, "to": end} for start, end in hours]


async def schedule(hass: HomeAssistant, week: Mapping[str, Any]) -> str:
    """Set up `schedule.hours`; give what stays of it when it is renamed."""
    config = {SCHEDULE: {"hours": {"name": "Hours", **week}}}
    assert await async_setup_component(hass, SCHEDULE, config)
    await hass.async_block_till_done()
    return key_of(hass, "schedule.hours")


async def all_day(hass: HomeAssistant) -> str:
    """Set up a schedule that is always on."""
    return await schedule(hass, every_day(("00:00:00", "24:00:00")))


async def helper(
    hass: HomeAssistant, domain: str, name: str, **options: Any
) -> MockConfigEntry:
    """Set up a helper, as its dialog does."""
    entry = MockConfigEntry(
        domain=domain, title=name, options={"name": name, **options}
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def group(hass: HomeAssistant, *members: str, name: str = "Doors") -> str:
    """Set up a group of binary sensors, by itself `binary_sensor.doors`, which is on while one of its members is."""
    await helper(hass, GROUP, name, **members_of_group(*members))
    return f"binary_sensor.{name.lower()}"


def members_of_group(*members: str) -> dict[str, Any]:
    """Give the options of a group of binary sensors."""
    return {
        "group_type": BINARY_SENSOR,
        "entities": [*members],
        "hide_members": False,
        "all": False,
    }


async def threshold(hass: HomeAssistant, source: str) -> str:
    """Set up what is on while a sensor gives at least one; it stands on that one's device."""
    limits = {"hysteresis": 0.0, "lower": None, "upper": 0.5}
    entry = await helper(hass, "threshold", "Much", entity_id=source, **limits)
    (much,) = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return much.entity_id


async def template(hass: HomeAssistant, state: str) -> str:
    """Set up `binary_sensor.template`, which says what this template does."""
    kind = {"template_type": BINARY_SENSOR, "state": state}
    await helper(hass, "template", "Template", **kind)
    return "binary_sensor.template"


async def automations(hass: HomeAssistant, *configs: Mapping[str, Any]) -> None:
    """Set up automations."""
    named = [
        {"id": f"a{number}", "alias": f"A {number}", **config}
        for number, config in enumerate(configs)
    ]
    assert await async_setup_component(hass, "automation", {"automation": named})
    await hass.async_block_till_done()


class Reporting(BinarySensorEntity):
    """A sensor that says something when something happens."""

    _attr_should_poll = False
    is_within_reach = True

    @property
    @override
    def available(self) -> bool:
        return self.is_within_reach

    def report(self, *, is_open: bool) -> None:
        """Say what is so."""
        self._attr_is_on = is_open
        self.async_write_ha_state()


class Door(Reporting):
    """A door; each time it is added it says at once that it is shut, and then what it has found."""

    _attr_name = "Door"
    _attr_unique_id = "door"
    is_open = False

    @override
    async def async_added_to_hass(self) -> None:
        self.report(is_open=False)
        self._attr_is_on = self.is_open


class Gate(RestoreEntity, Reporting):
    """A gate whose battery lets it report seldom: it stands as it stood before Home Assistant started."""

    def __init__(self, name: str = "Gate") -> None:
        self._attr_name = name
        self._attr_unique_id = name.lower()

    @override
    async def async_added_to_hass(self) -> None:
        last = await self.async_get_last_state()
        self._attr_is_on = last.state == STATE_ON if last else None


class Panel(RestoreEntity, AlarmControlPanelEntity):
    """An alarm panel that stands as it stood before Home Assistant started."""

    _attr_name = "House"
    _attr_unique_id = "house"
    _attr_should_poll = False

    @override
    async def async_added_to_hass(self) -> None:
        if (last := await self.async_get_last_state()) is not None:
            self._attr_alarm_state = AlarmControlPanelState(last.state)

    def goes_off(self) -> None:
        """Say that there is a burglar."""
        self._attr_alarm_state = AlarmControlPanelState.TRIGGERED
        self.async_write_ha_state()


class Phone(RestoreEntity, TrackerEntity):
    """A phone that was where it was when Home Assistant stopped, until it reports."""

    _attr_name = "Phone"
    _attr_unique_id = "phone"
    _attr_should_poll = False

    @override
    async def async_added_to_hass(self) -> None:
        last = await self.async_get_last_state()
        self._is_at(home=last is not None and last.state == STATE_HOME)

    def report(self, *, home: bool) -> None:
        """Say where it is: at home, or far away."""
        self._is_at(home=home)
        self.async_write_ha_state()

    def _is_at(self, *, home: bool) -> None:
        here = self.hass.config
        self._attr_latitude = here.latitude if home else 0.0
        self._attr_longitude = here.longitude if home else 0.0


async def door(hass: HomeAssistant) -> Door:
    """Set up `binary_sensor.door`."""
    return await _added(hass, BINARY_SENSOR, Door())


async def gate(hass: HomeAssistant, name: str = "Gate") -> Gate:
    """Set up what restores its state, by itself `binary_sensor.gate`."""
    return await _added(hass, BINARY_SENSOR, Gate(name))


async def panel(hass: HomeAssistant) -> Panel:
    """Set up `alarm_control_panel.house`."""
    return await _added(hass, PANEL, Panel())


async def phone(hass: HomeAssistant) -> Phone:
    """Set up `device_tracker.phone`."""
    return await _added(hass, DEVICE_TRACKER, Phone())


async def _added[T: Entity](hass: HomeAssistant, domain: str, entity: T) -> T:
    assert await async_setup_component(hass, domain, {})
    component: EntityComponent[T] = hass.data[domain]
    await component.async_add_entities([entity])
    return entity
