"""What a viewer who is let in is held to."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
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
from ..selectors import whole_number

if TYPE_CHECKING:
    from ...core.pairing import Purpose

MOST_SESSIONS_A_DAY: Final = 1000


def _schema(dialog: Dialog) -> vol.Schema:
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
            vol.Optional(CONF_PURPOSES): SelectSelector(
                SelectSelectorConfig(
                    options=options, multiple=True, mode=SelectSelectorMode.LIST
                )
            ),
        }
    )


def _shown(dialog: Dialog) -> dict[str, Any]:
    """Return what is chosen, without purposes that the agreement no longer names."""
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


def _errors(_dialog: Dialog, answer: Values) -> dict[str, str]:
    return {} if answer.get(CONF_PURPOSES) else {CONF_PURPOSES: "purpose_needed"}


def _kept(dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return the answer. All purposes are kept as all there are, not as a list of those of today."""
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
        step_id="limits", schema=_schema, shown=_shown, errors=_errors, kept=_kept
    ),
)


def limits_set(rules: Values, purposes: Iterable[Purpose]) -> Iterator[tuple[str, str]]:
    """Yield each limit that holds viewers to more than they always are, with its value as Markdown."""
    limits = rules.get(CONF_LIMITS) or {}
    for limit, usual in asdict(DEFAULT_LIMITS).items():
        if (value := limits.get(limit, usual)) != usual:
            yield (
                limit,
                _named(value, purposes) if limit == CONF_PURPOSES else str(value),
            )


def _named(accepted: Iterable[str], purposes: Iterable[Purpose]) -> str:
    """Return purposes as the agreement names them; one that it no longer names, by its key."""
    labels = {each.purpose: each.label for each in purposes}
    return ", ".join(escape_markdown(labels.get(each, each)) for each in accepted)
