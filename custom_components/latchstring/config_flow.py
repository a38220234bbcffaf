"""The config flow of a hub: pairing, reauthentication, reconfiguration; and its options and subentry flows."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback

from .const import DOMAIN, SUBENTRY_SHARE
from .core.text import escape_markdown
from .flows.agreement import accepted_placeholders
from .flows.options import HubOptionsFlow
from .flows.pairing import PairingFlow
from .flows.share import ShareFlow
from .pairing.migration import VERSION


class LatchstringConfigFlow(PairingFlow, domain=DOMAIN):
    """The first step of each kind of flow; each that pairs asks for an invitation first."""

    VERSION = VERSION

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        return HubOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        return {SUBENTRY_SHARE: ShareFlow}

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the invitation of a new hub."""
        return await self._async_take_link(user_input)

    async def async_step_reauth(
        self, _entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Pair again with a hub that no longer knows this home."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new invitation of the hub."""
        return await self._async_take_link(user_input)

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to show what was accepted, or to pair again."""
        title = self._get_reconfigure_entry().title
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=["accepted", "pair_again"],
            description_placeholders={"hub": escape_markdown(title)},
        )

    async def async_step_pair_again(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new invitation of a hub that has moved, or has other terms or keys."""
        return await self._async_take_link(user_input)

    async def async_step_accepted(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was accepted of the hub, when and by whom."""
        return self.async_show_menu(
            step_id="accepted",
            menu_options=["reconfigure"],
            description_placeholders=await accepted_placeholders(
                self.hass, self._get_reconfigure_entry()
            ),
        )
