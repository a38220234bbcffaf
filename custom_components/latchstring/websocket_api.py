"""The WebSocket commands of the record: list a page of it, and subscribe to new entries."""

import asyncio
from typing import TYPE_CHECKING

from homeassistant.components import websocket_api
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .const import DOMAIN
from .history.feed import Feed, Message, query_of
from .history.query import FILTER_FIELDS, PAGE_FIELDS, async_page

if TYPE_CHECKING:
    from homeassistant.components.websocket_api import ActiveConnection


@callback
def async_setup_websocket(hass: HomeAssistant) -> None:
    """Register every command, whether or not a hub is loaded."""
    websocket_api.async_register_command(hass, _async_list)
    websocket_api.async_register_command(hass, _async_subscribe)


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/record/list",
        vol.Optional(ATTR_ENTITY_ID): cv.entity_ids,
        **PAGE_FIELDS,
    }
)
@websocket_api.async_response
async def _async_list(
    hass: HomeAssistant, connection: ActiveConnection, msg: Message
) -> None:
    """Send a page of the record."""
    connection.send_result(
        msg["id"], await async_page(hass, query_of(hass, connection, msg))
    )


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/record/subscribe",
        vol.Optional(ATTR_ENTITY_ID): cv.entity_ids,
        **FILTER_FIELDS,
    }
)
@websocket_api.async_response
async def _async_subscribe(
    hass: HomeAssistant, connection: ActiveConnection, msg: Message
) -> None:
    """Send every new entry as it is written."""
    if (subscription := asyncio.current_task()) is not None:
        connection.subscriptions[msg["id"]] = subscription.cancel
    await Feed(hass, connection, msg).async_follow()
