"""When a camera may open: the owner's choice, and the schedule and the alarms it needs."""

from collections.abc import Collection
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
from ...core.decision import standing_openings
from ...core.model import Opening
from ...rules.timed_openings import CAP_MINUTES
from ...settings.rules import DEFAULT_RULES
from ...settings.shares import stored_openings
from ...tracking.reference import is_there, last_entity_id_of, stored_keys
from ..entity_selector import ChosenEntitySelector
from ..questions import Dialog, EntityField, Question, Values
from ..selectors import choice, whole_number

SCHEDULE_DOMAIN: Final = "schedule"
ALARM_DOMAINS: Final = ("alarm_control_panel", "binary_sensor")

OFFERED: Final = (
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
            [*map(str, OFFERED)], CONF_OPENINGS, several=True
        )
    }
)


def _when_shown(dialog: Dialog) -> dict[str, Any]:
    """Return which of the two is chosen."""
    is_always = Opening.ALWAYS in _standing(dialog.rules)
    return {CONF_WHEN: Opening.ALWAYS.value if is_always else ONLY_WHEN}


def _when_kept(_dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return that the switch alone opens it, or nothing until it is known what does."""
    return {} if _is_only_when(answer) else _openings_from([Opening.ALWAYS])


def _is_only_when(given: Values) -> bool:
    when: str = given.get(CONF_WHEN, Opening.ALWAYS)
    return when != Opening.ALWAYS


def _openings_shown(dialog: Dialog) -> dict[str, Any]:
    """Return what is chosen. Where nothing opens a camera by itself, only sharing it now does."""
    standing = _standing(dialog.rules) or {Opening.OWNER}
    return {CONF_OPENINGS: [each.value for each in OFFERED if each in standing]}


def _openings_errors(dialog: Dialog, answer: Values) -> dict[str, str]:
    chosen = answer.get(CONF_OPENINGS, [])
    schedules = dialog.hass.states.async_entity_ids(SCHEDULE_DOMAIN)
    if not chosen:
        return {CONF_OPENINGS: "opening_needed"}
    if Opening.SCHEDULE in chosen and not schedules:
        return {CONF_OPENINGS: "no_schedule"}
    return {}


def _openings_kept(_dialog: Dialog, answer: Values) -> dict[str, Any]:
    return _openings_from(answer.get(CONF_OPENINGS, []))


def _openings_from(chosen: Collection[str]) -> dict[str, Any]:
    """Return the choice, and nothing of what it does not need. Sharing now needs no choice."""
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


def _standing(rules: Values) -> Collection[Opening]:
    """Return what counts of what is kept; until something is, a camera's switch alone opens it."""
    if CONF_OPENINGS not in rules:
        return {Opening.ALWAYS}
    return standing_openings(stored_openings(rules))


def _schedules(rules: Values) -> list[str]:
    """Return the schedule that is kept, as the keys of none or one."""
    return [rules[CONF_SCHEDULE]] if rules.get(CONF_SCHEDULE) else []


def _schedule_schema(dialog: Dialog) -> vol.Schema:
    field = ChosenEntitySelector.within(dialog.hass, SCHEDULE_DOMAIN, multiple=False)
    return vol.Schema({vol.Required(CONF_SCHEDULE): field})


def _schedule_shown(dialog: Dialog) -> dict[str, Any]:
    """Return the schedule that is chosen, or the only one there is."""
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


def _schedule_kept(dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return a schedule by what survives a rename."""
    return {CONF_SCHEDULE: stored_keys(dialog.hass, [answer[CONF_SCHEDULE]], ())[0]}


def _alarms(rules: Values) -> list[str]:
    return [*rules.get(CONF_ALARMS, ())]


def _alarm_schema(dialog: Dialog) -> vol.Schema:
    """Return the form of the alarms, and of how long they open."""
    alarms = ChosenEntitySelector.within(dialog.hass, *ALARM_DOMAINS)
    return vol.Schema(
        {
            vol.Optional(CONF_ALARMS): alarms,
            vol.Required(CONF_ALARM_MINUTES): whole_number(1, CAP_MINUTES, "min"),
            vol.Required(CONF_DISARM_ENDS): BooleanSelector(),
        }
    )


def _alarm_shown(dialog: Dialog) -> dict[str, Any]:
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
    """Return what is wrong with alarms. One that is gone may stay beside one that is there."""
    chosen = _alarms(answer)
    if not any(is_there(dialog.hass, entity_id) for entity_id in chosen):
        return {CONF_ALARMS: "alarm_needed"}
    if any(_domain(entity_id) not in ALARM_DOMAINS for entity_id in chosen):
        return {CONF_ALARMS: "not_an_alarm"}
    return {}


def _domain(entity_id: str) -> str:
    return split_entity_id(entity_id)[0] if "." in entity_id else ""


def _alarm_kept(dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return alarms by what survives a rename."""
    before = _alarms(dialog.rules)
    return {
        **answer,
        CONF_ALARMS: stored_keys(dialog.hass, answer[CONF_ALARMS], before),
    }


OPENING_QUESTIONS: Final = (
    Question(
        step_id="openings",
        schema=lambda _dialog: WHEN_SCHEMA,
        shown=_when_shown,
        kept=_when_kept,
    ),
    Question(
        step_id="only_when",
        is_asked=lambda dialog: _is_only_when(dialog.given),
        schema=lambda _dialog: OPENINGS_SCHEMA,
        shown=_openings_shown,
        errors=_openings_errors,
        kept=_openings_kept,
    ),
    Question(
        step_id="schedule",
        is_asked=lambda dialog: Opening.SCHEDULE in dialog.given.get(CONF_OPENINGS, ()),
        schema=_schedule_schema,
        shown=_schedule_shown,
        errors=_schedule_errors,
        kept=_schedule_kept,
        entities=EntityField(
            name=CONF_SCHEDULE,
            chosen=lambda _dialog, answer: [answer[CONF_SCHEDULE]],
            before=_schedules,
        ),
    ),
    Question(
        step_id="alarm",
        is_asked=lambda dialog: Opening.ALARM in dialog.given.get(CONF_OPENINGS, ()),
        schema=_alarm_schema,
        shown=_alarm_shown,
        errors=_alarm_errors,
        kept=_alarm_kept,
        entities=EntityField(
            name=CONF_ALARMS,
            chosen=lambda _dialog, answer: _alarms(answer),
            before=_alarms,
        ),
    ),
)
