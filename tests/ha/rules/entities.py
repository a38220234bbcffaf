"""Real entities of a house, as Home Assistant's own integrations make them."""

from calendar import Day
from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.binary_sensor import (
    DATA_COMPONENT,
    DOMAIN as BINARY_SENSOR,
    BinarySensorEntity,
)
from homeassistant.components.schedule.const import DOMAIN as SCHEDULE
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

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


class Door(BinarySensorEntity):
    """A door; each time it is added it says at once that it is shut, and then what it has found."""

    _attr_name = "Door"
    _attr_unique_id = "door"
    _attr_should_poll = False
    is_open = False

    @override
    async def async_added_to_hass(self) -> None:
        self._attr_is_on = False
        self.async_write_ha_state()
        self._attr_is_on = self.is_open

    def report(self, *, is_open: bool) -> None:
        """Say what is so."""
        self._attr_is_on = is_open
        self.async_write_ha_state()


async def door(hass: HomeAssistant) -> Door:
    """Set up `binary_sensor.door`."""
    assert await async_setup_component(hass, BINARY_SENSOR, {})
    door = Door()
    await hass.data[DATA_COMPONENT].async_add_entities([door])
    return door
