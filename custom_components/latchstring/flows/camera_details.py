"""What the hub is told of a camera: its label, and whether to tell a rough place too."""

from typing import Any, Final

from homeassistant.helpers.selector import TextSelector
import voluptuous as vol

from ..const import CONF_LABEL, CONF_PLACE
from .labels import clean_label, label_problem, neutral_labels
from .location import place_errors, place_kept, place_schema
from .questions import Dialog, Question, Values
from .selectors import choice

NO_PLACE: Final = "none"
COARSE_PLACE: Final = "coarse"

DETAILS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_LABEL): TextSelector(),
        vol.Required(CONF_PLACE): choice([NO_PLACE, COARSE_PLACE], CONF_PLACE),
    }
)


def chosen_details(dialog: Dialog) -> dict[str, Any]:
    """Return the label that holds, and whether a place is told."""
    return {
        CONF_LABEL: dialog.rules[CONF_LABEL],
        CONF_PLACE: COARSE_PLACE if dialog.rules[CONF_PLACE] else NO_PLACE,
    }


def taken_label_errors(dialog: Dialog) -> dict[str, str]:
    """Return the error of a label that another dialog has given to another camera meanwhile."""
    return _label_errors(dialog, dialog.rules[CONF_LABEL])


def _shown(dialog: Dialog) -> dict[str, Any]:
    if not dialog.is_new:
        return chosen_details(dialog)
    return {
        CONF_LABEL: next(neutral_labels(dialog.words, _other_labels(dialog))),
        CONF_PLACE: NO_PLACE,
    }


def _errors(dialog: Dialog, answer: Values) -> dict[str, str]:
    return _label_errors(dialog, clean_label(answer[CONF_LABEL]))


def _label_errors(dialog: Dialog, label: str) -> dict[str, str]:
    problem = label_problem(label, _other_labels(dialog))
    return {CONF_LABEL: problem} if problem else {}


def _kept(_dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return the label, and that no place is told; the place itself is asked next."""
    kept: dict[str, Any] = {CONF_LABEL: clean_label(answer[CONF_LABEL])}
    return kept if answer[CONF_PLACE] == COARSE_PLACE else {**kept, CONF_PLACE: None}


def _other_labels(dialog: Dialog) -> set[str]:
    changed = dialog.share.subentry_id if dialog.share else None
    return {
        share.data[CONF_LABEL]
        for share in dialog.entry.subentries.values()
        if share.subentry_id != changed
    }


DETAIL_QUESTIONS: Final = (
    Question(
        step_id="details",
        schema=lambda _dialog: DETAILS_SCHEMA,
        shown=_shown,
        errors=_errors,
        kept=_kept,
    ),
    Question(
        step_id="place",
        is_asked=lambda dialog: dialog.given.get(CONF_PLACE) == COARSE_PLACE,
        schema=place_schema,
        shown=lambda _dialog: {},
        errors=place_errors,
        kept=place_kept,
    ),
)
