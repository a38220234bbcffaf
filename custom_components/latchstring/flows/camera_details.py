"""What the hub is told of a camera: its label, and where the camera roughly is if the owner wants that.

And whether this home stays connected to the camera, which the hub is not told.
"""

from typing import Any, Final

from homeassistant.const import (
    CONF_LATITUDE,
    CONF_LOCATION,
    CONF_LONGITUDE,
    CONF_RADIUS,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    LocationSelector,
    LocationSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
)
import voluptuous as vol

from ..const import (
    CONF_HEADING_DEG,
    CONF_LABEL,
    CONF_PLACE,
    CONF_RADIUS_M,
    CONF_STAYS_CONNECTED,
)
from ..core.location import LARGEST_RADIUS_M, SMALLEST_RADIUS_M, Point, coarse
from .labels import clean_label, label_problem, neutral_labels
from .questions import Dialog, Question, Values
from .selectors import choice

NO_PLACE: Final = "none"
COARSE_PLACE: Final = "coarse"
SUGGESTED_RADIUS_M: Final = 1000

DETAILS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_LABEL): TextSelector(),
        vol.Required(CONF_PLACE): choice([NO_PLACE, COARSE_PLACE], CONF_PLACE),
        vol.Optional(CONF_STAYS_CONNECTED, default=False): BooleanSelector(),
    }
)


def current_details(dialog: Dialog) -> dict[str, Any]:
    """Return the current label, whether the hub is told a place, and whether the camera stays connected."""
    return {
        CONF_LABEL: dialog.rules[CONF_LABEL],
        CONF_PLACE: COARSE_PLACE if dialog.rules[CONF_PLACE] else NO_PLACE,
        CONF_STAYS_CONNECTED: dialog.rules.get(CONF_STAYS_CONNECTED, False),
    }


def current_label_errors(dialog: Dialog) -> dict[str, str]:
    """Return the error of the current label if another dialog has given it to another camera meanwhile."""
    return _label_errors(dialog, dialog.rules[CONF_LABEL])


def _suggested_details(dialog: Dialog) -> dict[str, Any]:
    if not dialog.is_new:
        return current_details(dialog)
    return {
        CONF_LABEL: next(neutral_labels(dialog.words, _other_labels(dialog))),
        CONF_PLACE: NO_PLACE,
        CONF_STAYS_CONNECTED: False,
    }


def _details_errors(dialog: Dialog, answer: Values) -> dict[str, str]:
    return _label_errors(dialog, clean_label(answer[CONF_LABEL]))


def _label_errors(dialog: Dialog, label: str) -> dict[str, str]:
    problem = label_problem(label, _other_labels(dialog))
    return {CONF_LABEL: problem} if problem else {}


def _details_data(_dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return the answers, but no place unless one is wanted: the next question asks for it."""
    data: dict[str, Any] = {
        CONF_LABEL: clean_label(answer[CONF_LABEL]),
        CONF_STAYS_CONNECTED: answer[CONF_STAYS_CONNECTED],
    }
    return data if answer[CONF_PLACE] == COARSE_PLACE else {**data, CONF_PLACE: None}


def _other_labels(dialog: Dialog) -> set[str]:
    own_id = dialog.share.subentry_id if dialog.share else None
    return {
        share.data[CONF_LABEL]
        for share in dialog.entry.subentries.values()
        if share.subentry_id != own_id
    }


def _place_schema(dialog: Dialog) -> vol.Schema:
    """Return the form of a circle on the map: the stored one, or the home's neighbourhood."""
    place = dialog.rules.get(CONF_PLACE) or _neighbourhood(dialog.hass)
    location = {
        CONF_LATITUDE: place[CONF_LATITUDE],
        CONF_LONGITUDE: place[CONF_LONGITUDE],
        CONF_RADIUS: place[CONF_RADIUS_M],
    }
    heading = {"suggested_value": place[CONF_HEADING_DEG]}
    return vol.Schema(
        {
            vol.Required(CONF_LOCATION, default=location): LocationSelector(
                LocationSelectorConfig(radius=True)
            ),
            vol.Optional(CONF_HEADING_DEG, description=heading): NumberSelector(
                NumberSelectorConfig(
                    min=0,
                    max=359,
                    step=1,
                    mode=NumberSelectorMode.BOX,
                    unit_of_measurement="°",
                )
            ),
        }
    )


def _place_errors(_dialog: Dialog, answer: Values) -> dict[str, str]:
    """Return the error of a circle that is too small, and tells too much, or too large."""
    if SMALLEST_RADIUS_M <= _radius_m(answer) <= LARGEST_RADIUS_M:
        return {}
    return {"location": "radius_out_of_range"}


def _place_data(_dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return what the hub will get and no more: a place rounded to its radius."""
    location = answer[CONF_LOCATION]
    heading = answer.get(CONF_HEADING_DEG)
    place = _place(
        location[CONF_LATITUDE],
        location[CONF_LONGITUDE],
        _radius_m(answer),
        None if heading is None else round(heading),
    )
    return {CONF_PLACE: place}


def _radius_m(answer: Values) -> int:
    radius_m: float = answer[CONF_LOCATION].get(CONF_RADIUS, SUGGESTED_RADIUS_M)
    return round(radius_m)


def _neighbourhood(hass: HomeAssistant) -> dict[str, Any]:
    config = hass.config
    return _place(config.latitude, config.longitude, SUGGESTED_RADIUS_M, None)


def _place(
    latitude: float, longitude: float, radius_m: int, heading_deg: int | None
) -> dict[str, Any]:
    point = coarse(Point(latitude=latitude, longitude=longitude), radius_m)
    return {
        CONF_LATITUDE: point.latitude,
        CONF_LONGITUDE: point.longitude,
        CONF_RADIUS_M: radius_m,
        CONF_HEADING_DEG: heading_deg,
    }


DETAIL_QUESTIONS: Final = (
    Question(
        step_id="details",
        schema=lambda _dialog: DETAILS_SCHEMA,
        suggested_values=_suggested_details,
        errors=_details_errors,
        data=_details_data,
    ),
    Question(
        step_id="place",
        is_asked=lambda dialog: dialog.form_answers.get(CONF_PLACE) == COARSE_PLACE,
        schema=_place_schema,
        suggested_values=lambda _dialog: {},
        errors=_place_errors,
        data=_place_data,
    ),
)
