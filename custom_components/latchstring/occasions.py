"""When a camera may open: the owner's choice, and the schedule and the alarms it needs."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol

from .asking import choice, whole_number
from .chosen import ChosenEntitySelector, is_there, kept, shown
from .const import (
    CONF_ALARM_MINUTES,
    CONF_ALARMS,
    CONF_DISARM_ENDS,
    CONF_OPENINGS,
    CONF_SCHEDULE,
    CONF_WHEN,
    ONLY_WHEN,
)
from .core.decision import standing_openings
from .core.model import Opening
from .openings import CAP_MINUTES
from .rules import DEFAULT_RULES
from .shares import chosen_openings

SCHEDULE_DOMAIN: Final = "schedule"
ALARM_DOMAINS: Final = ("alarm_control_panel", "binary_sensor")

OCCASIONS: Final = (
    Opening.SCHEDULE,
    Opening.ALARM,
    Opening.APPROVAL,
    Opening.OWNER,
)
"""What a camera may open by instead of its switch alone. Sharing it now is always possible, chosen or not."""

WHEN_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_WHEN): choice([Opening.ALWAYS.value, ONLY_WHEN], CONF_WHEN)}
)
OPENINGS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_OPENINGS): choice(
            [*map(str, OCCASIONS)], CONF_OPENINGS, several=True
        )
    }
)


def when_shown(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return which of the two is chosen."""
    is_always = Opening.ALWAYS in _standing(rules)
    return {CONF_WHEN: Opening.ALWAYS.value if is_always else ONLY_WHEN}


def openings_shown(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is chosen. Where nothing opens a camera by itself, only sharing it now does."""
    standing = _standing(rules) or {Opening.OWNER}
    return {CONF_OPENINGS: [each.value for each in OCCASIONS if each in standing]}


def openings_problem(hass: HomeAssistant, chosen: Collection[str]) -> str | None:
    """Return what is wrong with a choice of occasions."""
    if not chosen:
        return "opening_needed"
    if Opening.SCHEDULE in chosen and not hass.states.async_entity_ids(SCHEDULE_DOMAIN):
        return "no_schedule"
    return None


def openings_from(chosen: Collection[str]) -> dict[str, Any]:
    """Keep the choice, and nothing of what it does not need. Sharing now needs no choice."""
    kept: dict[str, Any] = {
        CONF_OPENINGS: [
            each.value
            for each in Opening
            if each in chosen and each is not Opening.OWNER
        ]
    }
    if Opening.SCHEDULE not in chosen:
        kept[CONF_SCHEDULE] = None
    if Opening.ALARM not in chosen:
        kept[CONF_ALARMS] = []
    return kept


def schedules(rules: Mapping[str, Any]) -> list[str]:
    """Give the schedule that is kept, as the keys of none or one."""
    return [rules[CONF_SCHEDULE]] if rules.get(CONF_SCHEDULE) else []


def schedule_schema(hass: HomeAssistant) -> vol.Schema:
    """Ask for a schedule."""
    return vol.Schema(
        {
            vol.Required(CONF_SCHEDULE): ChosenEntitySelector.within(
                hass, SCHEDULE_DOMAIN, multiple=False
            )
        }
    )


def schedule_shown(hass: HomeAssistant, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Give the schedule that is chosen, or the only one there is."""
    ids = hass.states.async_entity_ids(SCHEDULE_DOMAIN)
    known = [shown(hass, key) for key in schedules(rules)]
    suggested = known or (ids if len(ids) == 1 else [])
    return {CONF_SCHEDULE: suggested[0]} if suggested else {}


def schedule_problem(hass: HomeAssistant, entity_id: str) -> str | None:
    """Name what is wrong with a schedule."""
    is_schedule = entity_id.startswith(f"{SCHEDULE_DOMAIN}.")
    return None if is_schedule and is_there(hass, entity_id) else "not_a_schedule"


def schedule_from(hass: HomeAssistant, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a schedule by what survives a rename."""
    return {CONF_SCHEDULE: kept(hass, [answers[CONF_SCHEDULE]], ())[0]}


def alarm_schema(hass: HomeAssistant) -> vol.Schema:
    """Ask for alarms, and for how long they open."""
    return vol.Schema(
        {
            vol.Optional(CONF_ALARMS): ChosenEntitySelector.within(
                hass, *ALARM_DOMAINS
            ),
            vol.Required(CONF_ALARM_MINUTES): whole_number(1, CAP_MINUTES, "min"),
            vol.Required(CONF_DISARM_ENDS): BooleanSelector(),
        }
    )


def alarm_shown(hass: HomeAssistant, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is chosen."""
    return {
        CONF_ALARMS: [shown(hass, key) for key in rules.get(CONF_ALARMS, ())],
        **{
            name: rules.get(name, DEFAULT_RULES[name])
            for name in (CONF_ALARM_MINUTES, CONF_DISARM_ENDS)
        },
    }


def alarm_problem(hass: HomeAssistant, entity_ids: Collection[str]) -> str | None:
    """Name what is wrong with alarms. One that is gone may stay beside one that is there."""
    if not any(is_there(hass, entity_id) for entity_id in entity_ids):
        return "alarm_needed"
    if any(_domain(entity_id) not in ALARM_DOMAINS for entity_id in entity_ids):
        return "not_an_alarm"
    return None


def alarm_from(
    hass: HomeAssistant, answers: Mapping[str, Any], rules: Mapping[str, Any]
) -> dict[str, Any]:
    """Keep alarms by what survives a rename."""
    return {
        **answers,
        CONF_ALARMS: kept(hass, answers[CONF_ALARMS], rules.get(CONF_ALARMS, ())),
    }


def _domain(entity_id: str) -> str:
    return split_entity_id(entity_id)[0] if "." in entity_id else ""


def _standing(rules: Mapping[str, Any]) -> Collection[Opening]:
    """Return what counts of what is kept; until something is, a camera's switch alone opens it."""
    if CONF_OPENINGS not in rules:
        return {Opening.ALWAYS}
    return standing_openings(chosen_openings(rules))
