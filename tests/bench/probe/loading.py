"""Unloading an entry and loading it again, be it a hub's or the probe's own."""

import time
from typing import Any

from homeassistant.config_entries import SOURCE_IMPORT
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.helpers import entity_registry as er

from .const import CONF_HUB, DOMAIN
from .counting import counting, settled


async def async_add_plain(call: ServiceCall) -> ServiceResponse:
    """Add an entry with as many plain entities as the hub `entry_id` has; return its id."""
    result = await call.hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IMPORT},
        data={CONF_HUB: call.data["entry"]},
    )
    return {"entry_id": result["result"].entry_id}


async def async_reload(call: ServiceCall) -> ServiceResponse:
    """Reload an entry, and count for both halves until they are quiet; of the writes those of what is in a subentry.

    What is not is the hub's own, and its connection comes when it comes.
    """
    hass, entry_id = call.hass, call.data["entry"]
    return {
        "unload": await _async_counted(hass, entry_id, "async_unload"),
        "load": await _async_counted(hass, entry_id, "async_setup"),
    }


async def _async_counted(
    hass: HomeAssistant, entry_id: str, half: str
) -> dict[str, Any]:
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    await settled()
    with counting(
        [each.entity_id for each in entities if each.config_subentry_id]
    ) as counts:
        began = time.monotonic()
        await getattr(hass.config_entries, half)(entry_id)
        took = time.monotonic() - began
        await counts.quiet()
    return {**counts.as_response(), "took": took * 1000}
