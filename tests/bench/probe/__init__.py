"""Takes the time inside the Home Assistant that is measured. It is an integration of its own.

It wraps nothing: it reads what an upload says of itself, turns entities as any caller does, and has the interpreter
count the calls. What it takes to load a hub is compared with what it takes to load entities of the probe's own.
"""

import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
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

from .balance import balance
from .const import DOMAIN, PLATFORMS
from .listing import async_list_alike
from .loading import async_add_plain, async_reload
from .turning import async_turn

CONFIG_SCHEMA: Final = cv.empty_config_schema(DOMAIN)
ATTR_NAME: Final = "name"


async def async_setup(hass: HomeAssistant, _config: dict[str, Any]) -> bool:
    """Offer to hold on to the upload that wrote last, to say how far it came, and to turn, list and load."""
    held: dict[str, Upload] = {}

    @callback
    def hold(call: ServiceCall) -> ServiceResponse:
        """Look through all objects now: it takes a while, and nothing is timed yet. Two names hold two uploads."""
        name = call.data.get(ATTR_NAME, "")
        others = [each for other, each in held.items() if other != name]
        found = [each for each in uploads() if each not in others]
        held[name] = max(found, key=lambda each: each.last_write_at or 0)
        return _account(held[name])

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
    def account(call: ServiceCall) -> ServiceResponse:
        return _account(held[call.data.get(ATTR_NAME, "")])

    @callback
    def weigh(_call: ServiceCall) -> ServiceResponse:
        return balance()

    actions = {
        "hold": hold,
        "switch_off": switch_off,
        "account": account,
        "balance": weigh,
        "turn": async_turn,
        "list_alike": async_list_alike,
        "add_plain": async_add_plain,
        "reload": async_reload,
    }
    for name, action in actions.items():
        hass.services.async_register(
            DOMAIN, name, action, supports_response=SupportsResponse.ONLY
        )
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Load as many plain entities as a hub has: see `plain.py`."""
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Take them away."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


def _account(upload: Upload) -> ServiceResponse:
    return {"last_write": upload.last_write_at, "sent": upload.progress.bytes}
