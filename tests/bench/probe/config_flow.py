"""Makes the entry of the plain entities, when the benchmark asks for it."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult

from .const import CONF_HUB, DOMAIN


class ProbeFlow(ConfigFlow, domain=DOMAIN):
    """Asks nothing."""

    async def async_step_import(self, data: Mapping[str, Any]) -> ConfigFlowResult:
        """Keep the hub whose entities are counted, with a subentry for each of its shares."""
        hub = self.hass.config_entries.async_get_known_entry(data[CONF_HUB])
        return self.async_create_entry(
            title="Plain",
            data={CONF_HUB: hub.entry_id},
            subentries=[
                {
                    "data": {},
                    "subentry_type": "plain",
                    "title": share.title,
                    "unique_id": share.subentry_id,
                }
                for share in hub.subentries.values()
            ],
        )
