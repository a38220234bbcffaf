"""Phones that are registered with the real mobile_app integration, whose pushes end at a relay of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components import notify
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from .phones import MOBILE_APP

RELAY: Final = "https://push.example/send"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealPhone:
    """One phone, by its registration."""

    hass: HomeAssistant
    entry: ConfigEntry
    relay: AiohttpClientMocker

    @classmethod
    async def register(
        cls, hass: HomeAssistant, relay: AiohttpClientMocker, name: str, user_id: str
    ) -> RealPhone:
        """Sign in on a phone."""
        if not relay._mocks:  # noqa: SLF001 - it does not say otherwise what it serves
            relay.post(RELAY, json={}, status=201)  # type: ignore[no-untyped-call]  # it has no types
        for component in ("homeassistant", MOBILE_APP):
            assert await async_setup_component(hass, component, {})
        await hass.async_block_till_done()  # it finds notify by itself
        number = len(hass.config_entries.async_entries(MOBILE_APP))
        entry = MockConfigEntry(
            domain=MOBILE_APP,
            title=name,
            unique_id=f"app-{number}",
            data={
                "app_data": {"push_token": f"token-{number}", "push_url": RELAY},
                "app_id": "io.robbie.HomeAssistant",
                "app_name": "Home Assistant",
                "app_version": "2026.10",
                "device_id": f"device-{number}",
                "device_name": name,
                "manufacturer": "Apple",
                "model": "iPhone17,1",
                "os_name": "iOS",
                "os_version": "19",
                "supports_encryption": False,
                "user_id": user_id,
                "webhook_id": f"webhook-{number}",
                "secret": None,
            },
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        return cls(hass=hass, entry=entry, relay=relay)

    @property
    def key(self) -> str:
        """What its registration is known by."""
        return self.entry.entry_id

    async def rename(self, name: str) -> None:
        """Do what the app does when its phone is called something else."""
        data = {**self.entry.data, "device_name": name}
        self.hass.config_entries.async_update_entry(self.entry, data=data)
        await notify.async_reload(self.hass, MOBILE_APP)
        await self.hass.async_block_till_done()

    @property
    def pushed(self) -> list[Mapping[str, Any]]:
        """All that its relay was given for it."""
        token = self.entry.data["app_data"]["push_token"]
        return [
            sent
            for _, _, sent, _ in self.relay.mock_calls
            if isinstance(sent, dict) and sent.get("push_token") == token
        ]


def repair(hass: HomeAssistant, entry: ConfigEntry, key: str) -> Mapping[str, str]:
    """Give what a repair of a hub says; nothing where there is none."""
    issue = ir.async_get(hass).async_get_issue("latchstring", f"{key}_{entry.entry_id}")
    return (issue.translation_placeholders or {}) if issue else {}
