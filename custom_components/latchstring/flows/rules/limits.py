"""The question of a share's limits: viewers, minutes, sessions a day, case number, purposes."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from homeassistant.helpers.selector import BooleanSelector, SelectOptionDict
import voluptuous as vol

from ...const import (
    CONF_CASE_REQUIRED,
    CONF_LIMITS,
    CONF_MINUTES,
    CONF_PURPOSES,
    CONF_SESSIONS_A_DAY,
    CONF_VIEWERS,
)
from ...core.text import escape_markdown
from ...settings.shares import DEFAULT_LIMITS
from ..questions import Dialog, Question, Values
from ..selectors import several_of, whole_number

if TYPE_CHECKING:
    from ...core.pairing import Purpose

MOST_SESSIONS_A_DAY: Final = 1000


def _limits_schema(dialog: Dialog) -> vol.Schema:
    """Return the form, with the purposes that the hub's agreement names."""
    options = [
        SelectOptionDict(value=each.purpose, label=each.label)
        for each in dialog.purposes
    ]
    return vol.Schema(
        {
            vol.Required(CONF_VIEWERS): whole_number(1, DEFAULT_LIMITS.viewers),
            vol.Required(CONF_MINUTES): whole_number(1, DEFAULT_LIMITS.minutes, "min"),
            vol.Optional(CONF_SESSIONS_A_DAY): whole_number(1, MOST_SESSIONS_A_DAY),
            vol.Required(CONF_CASE_REQUIRED): BooleanSelector(),
            vol.Optional(CONF_PURPOSES): several_of(options),
        }
    )


def _suggested_limits(dialog: Dialog) -> dict[str, Any]:
    """Return the current limits, without purposes that the agreement no longer names."""
    limits = dialog.rules.get(CONF_LIMITS) or {}
    accepted = limits.get(CONF_PURPOSES)
    return {
        CONF_VIEWERS: limits.get(CONF_VIEWERS, DEFAULT_LIMITS.viewers),
        CONF_MINUTES: limits.get(CONF_MINUTES, DEFAULT_LIMITS.minutes),
        CONF_SESSIONS_A_DAY: limits.get(CONF_SESSIONS_A_DAY),
        CONF_CASE_REQUIRED: limits.get(
            CONF_CASE_REQUIRED, DEFAULT_LIMITS.case_required
        ),
        CONF_PURPOSES: [
            each.purpose
            for each in dialog.purposes
            if accepted is None or each.purpose in accepted
        ],
    }


def _limits_errors(_dialog: Dialog, answer: Values) -> dict[str, str]:
    return {} if answer.get(CONF_PURPOSES) else {CONF_PURPOSES: "purpose_needed"}


def _limits_data(dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return the answer. All purposes are stored as None, so that later ones are among them."""
    are_all = set(answer[CONF_PURPOSES]) == {each.purpose for each in dialog.purposes}
    return {
        CONF_LIMITS: {
            **answer,
            CONF_SESSIONS_A_DAY: answer.get(CONF_SESSIONS_A_DAY),
            CONF_PURPOSES: None if are_all else list(answer[CONF_PURPOSES]),
        }
    }


LIMIT_QUESTIONS: Final = (
    Question(
        step_id="limits",
        schema=_limits_schema,
        suggested_values=_suggested_limits,
        errors=_limits_errors,
        data=_limits_data,
    ),
)


def stricter_limits(
    rules: Values, purposes: Iterable[Purpose]
) -> Iterator[tuple[str, str]]:
    """Yield each limit that differs from the default, with its value as Markdown."""
    limits = rules.get(CONF_LIMITS) or {}
    for limit, default in asdict(DEFAULT_LIMITS).items():
        if (value := limits.get(limit, default)) != default:
            yield (
                limit,
                _purpose_labels(value, purposes)
                if limit == CONF_PURPOSES
                else str(value),
            )


def _purpose_labels(accepted: Iterable[str], purposes: Iterable[Purpose]) -> str:
    """Return the labels of purposes in the agreement; one that it no longer names, by its key."""
    labels = {each.purpose: each.label for each in purposes}
    return ", ".join(escape_markdown(labels.get(each, each)) for each in accepted)
