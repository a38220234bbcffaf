"""The rough place of a camera, as the owner gives it and as it is kept."""

from collections.abc import Mapping
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

from .const import CONF_HEADING_DEG, CONF_RADIUS_M
from .core.place import LARGEST_RADIUS_M, SMALLEST_RADIUS_M, Point, coarse

SUGGESTED_RADIUS_M: Final = 1000


class OutOfRangeError(ValueError):
    """A radius that tells too much, or nothing."""


def place_schema(hass: HomeAssistant, known: Mapping[str, Any] | None) -> vol.Schema:
    """Ask for a circle on the map: the known one, or the home's neighbourhood."""
    place = known or _neighbourhood(hass)
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


def place_from(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep no more than the hub will get. Raises OutOfRangeError."""
    location = answers[CONF_LOCATION]
    radius_m = round(location.get(CONF_RADIUS, SUGGESTED_RADIUS_M))
    if not SMALLEST_RADIUS_M <= radius_m <= LARGEST_RADIUS_M:
        raise OutOfRangeError
    heading = answers.get(CONF_HEADING_DEG)
    return _place(
        location[CONF_LATITUDE],
        location[CONF_LONGITUDE],
        radius_m,
        None if heading is None else round(heading),
    )


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
