"""The owner's rules of a share, read from its subentry: what opens it by itself, and what never lets it open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import STATE_NOT_HOME, STATE_OFF

from ..const import (
    CONF_ALARM_MINUTES,
    CONF_ALARMS,
    CONF_ALERTS_ANYWAY,
    CONF_CLEAR,
    CONF_DISARM_ENDS,
    CONF_ENTITY,
    CONF_NEVER,
    CONF_OPENINGS,
    CONF_SCHEDULE,
    CONF_STAYS_CONNECTED,
    SUBENTRY_SHARE,
)
from ..core.model import Opening

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry, ConfigSubentry

DEFAULT_ALARM_MINUTES: Final = 15

CLEAR_STATES: Final[Mapping[str, frozenset[str]]] = {
    "binary_sensor": frozenset({STATE_OFF}),
    "calendar": frozenset({STATE_OFF}),
    "device_tracker": frozenset({STATE_NOT_HOME}),
    "group": frozenset({STATE_OFF, STATE_NOT_HOME}),
    "input_boolean": frozenset({STATE_OFF}),
    "person": frozenset({STATE_NOT_HOME}),
    "schedule": frozenset({STATE_OFF}),
    "switch": frozenset({STATE_OFF}),
    "zone": frozenset({"0"}),
}
"""What counts as clear, by domain, unless the owner picked states. A domain that is not here needs them picked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """While this entity reports anything but a clear state, nothing opens."""

    entity: str
    clear: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one share. Entities are named by keys that stay when they are renamed."""

    schedule: str | None = None
    opens_by_alarm: bool = False
    alarms: tuple[str, ...] = ()
    alarm_length: timedelta = timedelta(minutes=DEFAULT_ALARM_MINUTES)
    disarm_ends: bool = True
    never: tuple[Never, ...] = ()


DEFAULT_RULES: Final[Mapping[str, Any]] = {
    CONF_ALARM_MINUTES: DEFAULT_ALARM_MINUTES,
    CONF_DISARM_ENDS: Rules().disarm_ends,
    CONF_ALERTS_ANYWAY: False,
    CONF_STAYS_CONNECTED: False,
}
"""The values of what a subentry leaves out."""


def rules_of(entry: ConfigEntry) -> dict[str, Rules]:
    """Return the rules of every share of a hub, by its subentry's id."""
    return {
        subentry.subentry_id: _rules(subentry)
        for subentry in entry.get_subentries_of_type(SUBENTRY_SHARE)
    }


def _rules(subentry: ConfigSubentry) -> Rules:
    data = {**DEFAULT_RULES, **subentry.data}
    return Rules(
        schedule=data.get(CONF_SCHEDULE),
        opens_by_alarm=Opening.ALARM in data[CONF_OPENINGS],
        alarms=tuple(data.get(CONF_ALARMS, ())),
        alarm_length=timedelta(minutes=data[CONF_ALARM_MINUTES]),
        disarm_ends=data[CONF_DISARM_ENDS],
        never=tuple(_never(each) for each in data.get(CONF_NEVER, ())),
    )


def _never(data: Mapping[str, Any]) -> Never:
    return Never(entity=data[CONF_ENTITY], clear=frozenset(data[CONF_CLEAR]))
