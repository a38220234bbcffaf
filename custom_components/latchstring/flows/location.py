"""The rough place of a camera, as the owner gives it and as it is kept."""

from typing import Any, Final

from homeassistant.const import (
    CONF_LATITUDE,
    CONF_LOCATION,
    CONF_LONGITUDE,
    CONF_RADIUS,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    LocationSelector,
    LocationSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)
import voluptuous as vol

from ..const import CONF_HEADING_DEG, CONF_PLACE, CONF_RADIUS_M
from ..core.location import LARGEST_RADIUS_M, SMALLEST_RADIUS_M, Point, coarse
from .questions import Dialog, Values

SUGGESTED_RADIUS_M: Final = 1000


def place_schema(dialog: Dialog) -> vol.Schema:
    """Return the form of a circle on the map: the one that is kept, or the home's neighbourhood."""
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


def place_errors(_dialog: Dialog, answer: Values) -> dict[str, str]:
    """Return the error of a circle that tells too much, or nothing."""
    if SMALLEST_RADIUS_M <= _radius_m(answer) <= LARGEST_RADIUS_M:
        return {}
    return {"location": "radius_out_of_range"}


def place_kept(_dialog: Dialog, answer: Values) -> dict[str, Any]:
    """Return no more than the hub will get: a place rounded to its radius."""
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
