"""While which entities a camera never opens, and what counts as clear of each."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers.selector import BooleanSelector, selector
import voluptuous as vol

from .chosen import ChosenEntitySelector, is_there, name_of, shown
from .const import CONF_ALERTS_ANYWAY, CONF_CLEAR, CONF_ENTITY, CONF_NEVER
from .following import NOT_SAID
from .rules import CLEAR_STATES, DEFAULT_RULES


def never_schema(hass: HomeAssistant) -> vol.Schema:
    """Ask for entities, and whether the hub is alerted all the same."""
    return vol.Schema(
        {
            vol.Optional(CONF_NEVER): ChosenEntitySelector.within(hass),
            vol.Optional(
                CONF_ALERTS_ANYWAY, default=DEFAULT_RULES[CONF_ALERTS_ANYWAY]
            ): BooleanSelector(),
        }
    )


def never_keys(rules: Mapping[str, Any]) -> list[str]:
    """Give the entities that are kept, by their keys."""
    return [each[CONF_ENTITY] for each in rules.get(CONF_NEVER, ())]


def never_shown(hass: HomeAssistant, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is chosen."""
    usual = DEFAULT_RULES[CONF_ALERTS_ANYWAY]
    return {
        CONF_NEVER: [shown(hass, key) for key in never_keys(rules)],
        CONF_ALERTS_ANYWAY: rules.get(CONF_ALERTS_ANYWAY, usual),
    }


def never_problem(
    hass: HomeAssistant, keys: Iterable[str], known: Collection[str]
) -> str | None:
    """Name what is wrong with a choice. One that is gone may stay: it keeps the camera closed."""
    if all(key in known or is_there(hass, key) for key in keys):
        return None
    return "entity_missing"


def clear_fields(hass: HomeAssistant, keys: Iterable[str]) -> dict[str, str]:
    """Give the entities to ask about, by the caption each has for the owner, no two alike."""
    fields: dict[str, str] = {}
    for key in keys:
        if is_there(hass, key):
            name = name_of(hass, key)
            fields[f"{name} ({shown(hass, key)})" if name in fields else name] = key
    return fields


def clear_schema(hass: HomeAssistant, fields: Mapping[str, str]) -> vol.Schema:
    """Ask for the clear states of each."""
    return vol.Schema(
        {
            vol.Optional(caption): selector(
                {
                    "state": {
                        "entity_id": shown(hass, key),
                        "hide_states": [*NOT_SAID],
                        "multiple": True,
                    }
                }
            )
            for caption, key in fields.items()
        }
    )


def clear_shown(
    hass: HomeAssistant, fields: Mapping[str, str], rules: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Give the clear states that are kept, or else those of the entity's domain."""
    known = _clear_states(rules)
    return {
        caption: known.get(key) or _usual(shown(hass, key))
        for caption, key in fields.items()
    }


def clear_problems(answers: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Name what is wrong, by caption."""
    problems: dict[str, str] = {}
    for caption, states in answers.items():
        if not states:
            problems[caption] = "clear_needed"
        elif not set(states).isdisjoint(NOT_SAID):
            problems[caption] = "clear_unknown"
    return problems


def never_from(
    keys: Iterable[str], clear: Mapping[str, Collection[str]], rules: Mapping[str, Any]
) -> dict[str, Any]:
    """Keep each entity with its clear states; one that is gone keeps those it had."""
    states = {**_clear_states(rules), **clear}
    return {
        CONF_NEVER: [
            {CONF_ENTITY: key, CONF_CLEAR: list(states.get(key, ()))} for key in keys
        ]
    }


def alerts_from(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep whether the hub is alerted all the same. Where there is no rule, it is in any case."""
    alerts = answers.get(CONF_ALERTS_ANYWAY, DEFAULT_RULES[CONF_ALERTS_ANYWAY])
    return {CONF_ALERTS_ANYWAY: alerts and bool(answers.get(CONF_NEVER))}


def _clear_states(rules: Mapping[str, Any]) -> dict[str, list[str]]:
    return {each[CONF_ENTITY]: each[CONF_CLEAR] for each in rules.get(CONF_NEVER, ())}


def _usual(entity_id: str) -> list[str]:
    return sorted(CLEAR_STATES.get(split_entity_id(entity_id)[0], ()))
