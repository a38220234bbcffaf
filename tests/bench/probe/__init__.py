"""Takes the time inside the Home Assistant that is measured. It is an integration of its own.

It wraps nothing: it reads what an upload says of itself, and turns a switch as any caller does.
"""

import time
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID, SERVICE_TURN_OFF, Platform
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv

from custom_components.latchstring.relay import Upload
from tests.relay.uploads import uploads

DOMAIN: Final = "latchstring_probe"
CONFIG_SCHEMA: Final = cv.empty_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: dict[str, Any]) -> bool:
    """Offer to hold on to the upload that wrote last, to switch off, and to say how far it came."""
    held: list[Upload] = []

    @callback
    def hold(_call: ServiceCall) -> ServiceResponse:
        """Look through all objects now: it takes a while, and nothing is timed yet."""
        held[:] = [max(uploads(), key=lambda each: each.last_write_at or 0)]
        return _account(held[0])

    async def switch_off(call: ServiceCall) -> ServiceResponse:
        target = {ATTR_ENTITY_ID: call.data[ATTR_ENTITY_ID]}
        entered = time.monotonic()
        await hass.services.async_call(
            Platform.SWITCH,
            SERVICE_TURN_OFF,
            target,
            blocking=True,
            context=call.context,
        )
        return {"entered": entered, "returned": time.monotonic()}

    @callback
    def account(_call: ServiceCall) -> ServiceResponse:
        return _account(held[0])

    for action in (hold, switch_off, account):
        hass.services.async_register(
            DOMAIN, action.__name__, action, supports_response=SupportsResponse.ONLY
        )
    return True


def _account(upload: Upload) -> ServiceResponse:
    return {"last_write": upload.last_write_at, "sent": upload.progress.bytes}
