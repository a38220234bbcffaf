"""The actions of the record: to read it, and to erase what is old."""

from typing import Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .const import DOMAIN
from .pages import PAGE_FIELDS, Asked, async_page
from .sight import async_sight
from .targets import camera_ids

GET_RECORD_SCHEMA: Final = vol.Schema({**cv.ENTITY_SERVICE_FIELDS, **PAGE_FIELDS})


@callback
def async_setup_record_actions(hass: HomeAssistant) -> None:
    """Register every action, whether or not a hub is loaded."""
    hass.services.async_register(
        DOMAIN,
        "get_record",
        _async_get_record,
        schema=GET_RECORD_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_get_record(call: ServiceCall) -> ServiceResponse:
    """Give a page of what happened, as far as the caller may read it."""
    asked = Asked(
        data=call.data,
        cameras=camera_ids(call.hass, call.data),
        sight=await async_sight(call.hass, call.context),
    )
    return await async_page(call.hass, asked)
