"""Setting the rules of shares, and letting time pass for them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.hub import ReferenceHub


async def set_rules(
    hass: HomeAssistant, entry: ConfigEntry, label: str | None = None, **rules: Any
) -> None:
    """Change the rules of a hub's shares (or of the one of this label), as the dialog does."""
    for share in tuple(entry.subentries.values()):
        if label in (None, share.title):
            hass.config_entries.async_update_subentry(
                entry, share, data={**share.data, **rules}
            )
    await hass.async_block_till_done()


async def minutes_pass(hass: HomeAssistant, minutes: float) -> None:
    """Let every timer of the coming minutes go off now."""
    async_fire_time_changed(hass, datetime.now(UTC) + timedelta(minutes=minutes))
    await hass.async_block_till_done()


def alarms(hub: ReferenceHub) -> list[dict[str, Any]]:
    """Give what the hub was told of alarms, in its order."""
    return [
        heard.message["params"]
        for heard in hub.transcript
        if heard.direction == "from home" and heard.message.get("method") == "alarm"
    ]


async def alarm(hub: ReferenceHub, state: str, number: int = 1) -> dict[str, Any]:
    """Wait until so many alarms were said to be in this state; give the newest of them."""

    def fits(_message: dict[str, Any]) -> bool:
        return len([each for each in alarms(hub) if each["state"] == state]) >= number

    await hub.said_by_home(fits)
    return [each for each in alarms(hub) if each["state"] == state][number - 1]
