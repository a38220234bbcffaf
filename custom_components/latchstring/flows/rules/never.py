"""The questions of what keeps a camera closed: the entities, and the clear states of each."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers.selector import BooleanSelector, selector
import voluptuous as vol

from ...const import CONF_ALERTS_ANYWAY, CONF_CLEAR, CONF_ENTITY, CONF_NEVER
from ...settings.rules import CLEAR_STATES, DEFAULT_RULES
from ...tracking.reference import is_there, last_entity_id_of, name_of, stored_keys
from ...tracking.states import NO_REPORT
from ..questions import Dialog, EntityField, Question, Values
from ..selectors import LenientEntitySelector


def never_keys(rules: Values) -> list[str]:
    """Return the keys of the entities that the rules name."""
    return [each[CONF_ENTITY] for each in rules.get(CONF_NEVER, ())]


def _never_schema(dialog: Dialog) -> vol.Schema:
    """Return the form of the entities, and whether the hub is alerted all the same."""
    return vol.Schema(
        {
            vol.Optional(CONF_NEVER): LenientEntitySelector.of_domains(dialog.hass),
            vol.Optional(
                CONF_ALERTS_ANYWAY, default=DEFAULT_RULES[CONF_ALERTS_ANYWAY]
            ): BooleanSelector(),
        }
    )


def _never_values(dialog: Dialog) -> dict[str, Any]:
    default = DEFAULT_RULES[CONF_ALERTS_ANYWAY]
    return {
        CONF_NEVER: [
            last_entity_id_of(dialog.hass, key) for key in never_keys(dialog.rules)
        ],
        CONF_ALERTS_ANYWAY: dialog.rules.get(CONF_ALERTS_ANYWAY, default),
    }


def _chosen_keys(dialog: Dialog, answer: Values) -> list[str]:
    before = never_keys(dialog.rules)
    return stored_keys(dialog.hass, answer.get(CONF_NEVER, []), before)


def _never_errors(dialog: Dialog, answer: Values) -> dict[str, str]:
    """Return the error of a choice. An entity that is gone may stay: it keeps the camera closed."""
    before = never_keys(dialog.rules)
    chosen = _chosen_keys(dialog, answer)
    if all(key in before or is_there(dialog.hass, key) for key in chosen):
        return {}
    return {CONF_NEVER: "entity_missing"}


def _never_data(dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return each entity with its stored clear states, and whether the hub is alerted all the same.

    A new entity has no clear states until they are asked for, so that it keeps the camera closed.
    """
    states = _clear_states(dialog.rules)
    chosen = _chosen_keys(dialog, answer)
    alerts = answer.get(CONF_ALERTS_ANYWAY, DEFAULT_RULES[CONF_ALERTS_ANYWAY])
    return {
        CONF_NEVER: [_never_rule(key, states.get(key, ())) for key in chosen],
        # Where there is no rule, the hub is alerted in any case.
        CONF_ALERTS_ANYWAY: alerts and bool(answer.get(CONF_NEVER)),
    }


def _clear_fields(dialog: Dialog) -> dict[str, str]:
    """Return the entities to ask about by a caption in the form that is unique."""
    hass = dialog.hass
    fields: dict[str, str] = {}
    for key in never_keys(dialog.rules):
        if is_there(hass, key):
            name = name_of(hass, key)
            fields[
                f"{name} ({last_entity_id_of(hass, key)})" if name in fields else name
            ] = key
    return fields


def _is_clear_asked(dialog: Dialog) -> bool:
    """Return whether entities were chosen and at least one of them exists."""
    return bool(dialog.form_answers.get(CONF_NEVER)) and bool(_clear_fields(dialog))


def _clear_schema(dialog: Dialog) -> vol.Schema:
    return vol.Schema(
        {
            vol.Optional(caption): selector(
                {"state": _state_config(last_entity_id_of(dialog.hass, key))}
            )
            for caption, key in _clear_fields(dialog).items()
        }
    )


def _state_config(entity_id: str) -> dict[str, Any]:
    return {"entity_id": entity_id, "hide_states": [*NO_REPORT], "multiple": True}


def _clear_values(dialog: Dialog) -> dict[str, list[str]]:
    """Return the stored clear states of each, or the default ones of its domain."""
    known = _clear_states(dialog.rules)
    return {
        caption: known.get(key) or _default_clear_states(dialog.hass, key)
        for caption, key in _clear_fields(dialog).items()
    }


def _clear_errors(dialog: Dialog, answer: Values) -> dict[str, str]:
    return {
        caption: problem
        for caption in _clear_fields(dialog)
        if (problem := _clear_problem(answer.get(caption, ())))
    }


def _clear_problem(states: Collection[str]) -> str | None:
    if not states:
        return "clear_needed"
    return None if set(states).isdisjoint(NO_REPORT) else "clear_unknown"


def _clear_data(dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return each entity with its clear states; one that is gone keeps its stored ones."""
    asked = {key: answer[each] for each, key in _clear_fields(dialog).items()}
    states = {**_clear_states(dialog.rules), **asked}
    return {
        CONF_NEVER: [_never_rule(key, states[key]) for key in never_keys(dialog.rules)]
    }


def _never_rule(key: str, clear: Collection[str]) -> dict[str, Any]:
    return {CONF_ENTITY: key, CONF_CLEAR: list(clear)}


def _clear_states(rules: Values) -> Mapping[str, list[str]]:
    return {each[CONF_ENTITY]: each[CONF_CLEAR] for each in rules.get(CONF_NEVER, ())}


def _default_clear_states(hass: HomeAssistant, key: str) -> list[str]:
    domain = split_entity_id(last_entity_id_of(hass, key))[0]
    return sorted(CLEAR_STATES.get(domain, ()))


NEVER_QUESTIONS: Final = (
    Question(
        step_id="never",
        schema=_never_schema,
        suggested_values=_never_values,
        errors=_never_errors,
        data=_never_data,
        entities=EntityField(
            name=CONF_NEVER, selection=_chosen_keys, current=never_keys
        ),
    ),
    Question(
        step_id="clear",
        is_asked=_is_clear_asked,
        schema=_clear_schema,
        suggested_values=_clear_values,
        errors=_clear_errors,
        data=_clear_data,
    ),
)
