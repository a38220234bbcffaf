"""Reviewing a home that came back, through the dialog that Home Assistant shows."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any

from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.reference_hub import ReferenceHub

from .front_door import DOMAIN


async def reviewed(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, *, keep: int
) -> list[Mapping[str, Any]]:
    """Go through the repair and keep so many cameras; give what there was to choose from."""
    assert await async_setup_component(hass, REPAIRS, {})
    client = await hass_client()
    begun = await client.post(
        "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": "restored"}
    )
    form = await begun.json()
    options: list[Mapping[str, Any]] = form["data_schema"][0]["selector"]["select"][
        "options"
    ]
    answer = {"keep": [option["value"] for option in options[:keep]]}
    done = await client.post(f"/api/repairs/issues/fix/{form['flow_id']}", json=answer)
    assert (await done.json())["type"] == "create_entry"
    await hass.async_block_till_done()
    return options


async def known_anew(hub: ReferenceHub, before: Collection[str]) -> str:
    """Wait until the hub knows the home by other keys, and the home has come back under them."""

    def look() -> str | None:
        return next((home for home in hub.homes() if home not in before), None)

    return await hub.home_connected(await hub.changes.until(look))


def issue_turned(hass: HomeAssistant, issue_id: str) -> Callable[[], Awaitable[None]]:
    """Listen from now on; what is given back waits until the issue has come or gone."""
    turned = asyncio.Event()

    @callback
    def hear(event: Event[Any]) -> None:
        if event.data["issue_id"] == issue_id:
            turned.set()

    hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, hear)
    return partial(_within_reason, turned)


def flow_begun(hass: HomeAssistant) -> Callable[[], Awaitable[None]]:
    """Listen from now on; what is given back waits until Home Assistant asks the owner for something."""
    begun = asyncio.Event()

    @callback
    def hear(change: str, _flow_id: str) -> None:
        if change == "added":
            begun.set()

    hass.config_entries.flow.async_subscribe_flow(hear)
    return partial(_within_reason, begun)


async def _within_reason(event: asyncio.Event) -> None:
    async with asyncio.timeout(40):
        await event.wait()
