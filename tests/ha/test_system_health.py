"""What an owner reads of Latchstring in Home Assistant's system information, and may show to strangers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.latchstring.household.household import HOUSEHOLD_KEY

from .front_door import DOMAIN
from .spoken import ENGLISH


@pytest.fixture
def broken(hass: HomeAssistant) -> None:
    """Something lies where the record's file should be."""
    Path(hass.config.path(DOMAIN), "record.db").mkdir(parents=True)


async def health(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> Mapping[str, Any]:
    """Open the page; whatever is shown there has its words."""
    for component in ("system_health", DOMAIN):
        assert await async_setup_component(hass, component, {})
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "system_health/info"})
    assert (await client.receive_json())["success"]
    told: Mapping[str, Any] = (await client.receive_json())["event"]["data"][DOMAIN]
    info: Mapping[str, Any] = told["info"]
    assert set(info) == set(ENGLISH["system_health"]["info"])
    return info


async def test_the_system_information_counts_and_names_nobody(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, entry: ConfigEntry
) -> None:
    info = dict(await health(hass, hass_ws_client))

    newest = hass.data[HOUSEHOLD_KEY].record.last_entry_at
    assert newest is not None
    assert info.pop("last_entry") == {"type": "date", "value": newest.isoformat()}
    assert float(info.pop("record_size").removesuffix(" MB")) > 0
    assert info == {
        "hubs_paired": 1,
        "hubs_connected": 1,
        "hubs_late": 0,
        "cameras_at_once": "0 / 32",
        "cameras_listed": 1,
        "requests_waiting": 0,
        "record": "ok",
    }


@pytest.mark.usefixtures("broken")
async def test_the_system_information_says_what_keeps_the_record_from_being_written(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> None:
    info = await health(hass, hass_ws_client)

    assert info["record"] == {"type": "failed", "error": "io_error"}
    assert info["last_entry"] == "-"
