"""The questions of when a camera may open: its openings, and the schedule and alarms that they need."""

from collections.abc import Collection
from functools import partial
from typing import Any, Final

from homeassistant.core import split_entity_id
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol

from ...const import (
    CONF_ALARM_MINUTES,
    CONF_ALARMS,
    CONF_DISARM_ENDS,
    CONF_OPENINGS,
    CONF_SCHEDULE,
    CONF_WHEN,
    ONLY_WHEN,
)
from ...core.decision import openings_in_force
from ...core.model import Opening
from ...rules.timed_openings import CAP_MINUTES
from ...settings.rules import DEFAULT_RULES
from ...settings.shares import stored_openings
from ...tracking.reference import is_there, last_entity_id_of, stored_keys
from ..questions import Dialog, EntityField, Question, Values
from ..selectors import LenientEntitySelector, choice, whole_number

SCHEDULE_DOMAIN: Final = "schedule"
ALARM_DOMAINS: Final = ("alarm_control_panel", "binary_sensor")

OFFERED: Final = (
    Opening.SCHEDULE,
    Opening.ALARM,
    Opening.APPROVAL,
    Opening.OWNER,
)
"""The openings offered instead of the switch alone. Sharing now is always possible, chosen or not."""

WHEN_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_WHEN): choice([Opening.ALWAYS.value, ONLY_WHEN], CONF_WHEN)}
)
OPENINGS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_OPENINGS): choice(
            [*map(str, OFFERED)], CONF_OPENINGS, several=True
        )
    }
)


def _when_values(dialog: Dialog) -> dict[str, Any]:
    """Return whether the switch alone opens it."""
    is_always = Opening.ALWAYS in _openings_in_force(dialog.rules)
    return {CONF_WHEN: Opening.ALWAYS.value if is_always else ONLY_WHEN}


def _when_data(_dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return the opening of the switch alone, or nothing: the next question asks for the openings."""
    return {} if _is_only_when(answer) else _data_of([Opening.ALWAYS])


def _is_only_when(form_answers: Values) -> bool:
    when: str = form_answers.get(CONF_WHEN, Opening.ALWAYS)
    return when != Opening.ALWAYS


def _is_chosen(opening: Opening, dialog: Dialog) -> bool:
    """Return whether an opening is among those chosen just now."""
    return opening in dialog.form_answers.get(CONF_OPENINGS, ())


def _openings_values(dialog: Dialog) -> dict[str, Any]:
    """Return the current openings. Where none opens a camera by itself, only sharing it now does."""
    in_force = _openings_in_force(dialog.rules) or {Opening.OWNER}
    return {CONF_OPENINGS: [each.value for each in OFFERED if each in in_force]}


def _openings_errors(dialog: Dialog, answer: Values) -> dict[str, str]:
    chosen = answer.get(CONF_OPENINGS, [])
    schedules = dialog.hass.states.async_entity_ids(SCHEDULE_DOMAIN)
    if not chosen:
        return {CONF_OPENINGS: "opening_needed"}
    if Opening.SCHEDULE in chosen and not schedules:
        return {CONF_OPENINGS: "no_schedule"}
    return {}


def _openings_data(_dialog: Dialog, answer: Values) -> dict[str, Any]:
    return _data_of(answer.get(CONF_OPENINGS, []))


def _data_of(chosen: Collection[str]) -> dict[str, Any]:
    """Return openings to store, without a schedule or alarms they do not need. Sharing now is not stored."""
    data: dict[str, Any] = {
        CONF_OPENINGS: [
            each.value
            for each in Opening
            if each in chosen and each is not Opening.OWNER
        ]
    }
    if Opening.SCHEDULE not in chosen:
        data[CONF_SCHEDULE] = None
    if Opening.ALARM not in chosen:
        data[CONF_ALARMS] = []
    return data


def _openings_in_force(rules: Values) -> Collection[Opening]:
    """Return the openings in force; until any is stored, the camera's switch alone opens it."""
    if CONF_OPENINGS not in rules:
        return {Opening.ALWAYS}
    return openings_in_force(stored_openings(rules))


def _schedules(rules: Values) -> list[str]:
    """Return the key of the stored schedule, as a list of none or one."""
    return [rules[CONF_SCHEDULE]] if rules.get(CONF_SCHEDULE) else []


def _schedule_schema(dialog: Dialog) -> vol.Schema:
    field = LenientEntitySelector.of_domains(
        dialog.hass, SCHEDULE_DOMAIN, multiple=False
    )
    return vol.Schema({vol.Required(CONF_SCHEDULE): field})


def _schedule_values(dialog: Dialog) -> dict[str, Any]:
    """Return the current schedule, or the only one that exists."""
    ids = dialog.hass.states.async_entity_ids(SCHEDULE_DOMAIN)
    known = [last_entity_id_of(dialog.hass, key) for key in _schedules(dialog.rules)]
    suggested = known or (ids if len(ids) == 1 else [])
    return {CONF_SCHEDULE: suggested[0]} if suggested else {}


def _schedule_errors(dialog: Dialog, answer: Values) -> dict[str, str]:
    entity_id = answer[CONF_SCHEDULE]
    is_schedule = entity_id.startswith(f"{SCHEDULE_DOMAIN}.")
    if is_schedule and is_there(dialog.hass, entity_id):
        return {}
    return {CONF_SCHEDULE: "not_a_schedule"}


def _schedule_data(dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return the key of the schedule, which survives a rename."""
    return {CONF_SCHEDULE: stored_keys(dialog.hass, [answer[CONF_SCHEDULE]], ())[0]}


def _alarms(rules: Values) -> list[str]:
    return [*rules.get(CONF_ALARMS, ())]


def _alarm_schema(dialog: Dialog) -> vol.Schema:
    """Return the form of the alarms, and for how long they open."""
    alarms = LenientEntitySelector.of_domains(dialog.hass, *ALARM_DOMAINS)
    return vol.Schema(
        {
            vol.Optional(CONF_ALARMS): alarms,
            vol.Required(CONF_ALARM_MINUTES): whole_number(1, CAP_MINUTES, "min"),
            vol.Required(CONF_DISARM_ENDS): BooleanSelector(),
        }
    )


def _alarm_values(dialog: Dialog) -> dict[str, Any]:
    return {
        CONF_ALARMS: [
            last_entity_id_of(dialog.hass, key) for key in _alarms(dialog.rules)
        ],
        **{
            name: dialog.rules.get(name, DEFAULT_RULES[name])
            for name in (CONF_ALARM_MINUTES, CONF_DISARM_ENDS)
        },
    }


def _alarm_errors(dialog: Dialog, answer: Values) -> dict[str, str]:
    """Return the error of the alarms. One that is gone may stay beside one that exists."""
    chosen = _alarms(answer)
    if not any(is_there(dialog.hass, entity_id) for entity_id in chosen):
        return {CONF_ALARMS: "alarm_needed"}
    if any(_domain(entity_id) not in ALARM_DOMAINS for entity_id in chosen):
        return {CONF_ALARMS: "not_an_alarm"}
    return {}


def _domain(entity_id: str) -> str:
    return split_entity_id(entity_id)[0] if "." in entity_id else ""


def _alarm_data(dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return the answer with the keys of the alarms, which survive a rename."""
    before = _alarms(dialog.rules)
    return {
        **answer,
        CONF_ALARMS: stored_keys(dialog.hass, answer[CONF_ALARMS], before),
    }


OPENING_QUESTIONS: Final = (
    Question(
        step_id="openings",
        schema=lambda _dialog: WHEN_SCHEMA,
        suggested_values=_when_values,
        data=_when_data,
    ),
    Question(
        step_id="only_when",
        is_asked=lambda dialog: _is_only_when(dialog.form_answers),
        schema=lambda _dialog: OPENINGS_SCHEMA,
        suggested_values=_openings_values,
        errors=_openings_errors,
        data=_openings_data,
    ),
    Question(
        step_id="schedule",
        is_asked=partial(_is_chosen, Opening.SCHEDULE),
        schema=_schedule_schema,
        suggested_values=_schedule_values,
        errors=_schedule_errors,
        data=_schedule_data,
        entities=EntityField(
            name=CONF_SCHEDULE,
            selection=lambda _dialog, answer: [answer[CONF_SCHEDULE]],
            current=_schedules,
        ),
    ),
    Question(
        step_id="alarm",
        is_asked=partial(_is_chosen, Opening.ALARM),
        schema=_alarm_schema,
        suggested_values=_alarm_values,
        errors=_alarm_errors,
        data=_alarm_data,
        entities=EntityField(
            name=CONF_ALARMS,
            selection=lambda _dialog, answer: _alarms(answer),
            current=_alarms,
        ),
    ),
)
