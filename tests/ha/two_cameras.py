"""A hub with two cameras that nothing opens by itself, and what it is told of alarms."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.cameras import Cameras
from tests.reference_hub import ReferenceHub

from .front_door import pair
from .own_cameras import OwnCamera, install
from .rules.house import PORCH, YARD, set_rules
from .watching import SHARE_NOW, SHARING, VIEWABLE, turn_on

YARD_SHARING: Final = SHARING.replace("porch", "yard")
YARD_SHARE_NOW: Final = SHARE_NOW.replace("porch", "yard")
YARD_VIEWABLE: Final = VIEWABLE.replace("porch", "yard")


async def two_cameras(
    hass: HomeAssistant, hub: ReferenceHub, served: Cameras, owner: str
) -> ConfigEntry:
    """List a porch and a yard that are switched on and that nothing opens by itself."""
    porch, yard = await install(
        hass,
        OwnCamera("Porch", served.url("porch"), device="Porch"),
        OwnCamera("Yard", served.url("yard"), device="Yard"),
    )
    entry = await pair(hass, hub.invitation(), labels={porch: PORCH, yard: YARD})
    for label in (PORCH, YARD):
        await set_rules(hass, entry, label, openings=[])
    await turn_on(hass, SHARING, user=owner)
    await turn_on(hass, YARD_SHARING, user=owner)
    await hub.home_connected()
    await hub.home_admits()
    await hass.async_block_till_done()
    return entry


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
