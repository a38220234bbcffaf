"""The record for a page that shows it: a list, and what is added to it from now on."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components import websocket_api
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import voluptuous as vol

from .const import DOMAIN
from .household import HOUSEHOLD_KEY, SIGNAL_RECORDED
from .pages import FILTER_FIELDS, PAGE_FIELDS, Asked, async_page, filters_of
from .record import RecordUnreadable
from .sight import sight_of
from .targets import camera_ids
from .telling import tell_all
from .words import Words

if TYPE_CHECKING:
    from homeassistant.components.websocket_api import ActiveConnection

AT_A_TIME: Final = 50

type Message = dict[str, Any]


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
    """Give a page of the record."""
    connection.send_result(
        msg["id"], await async_page(hass, _asked(hass, connection, msg))
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
    """Give every entry that is written from now on, as it is written."""
    if (subscription := asyncio.current_task()) is not None:
        connection.subscriptions[msg["id"]] = subscription.cancel
    await Feed(hass, connection, msg).async_follow()


class Feed:
    """Follows the record for one subscriber, until the task it runs in is cancelled.

    What waits to be told stands in the record, not in a queue: a slow subscriber costs no memory and misses nothing.
    """

    def __init__(
        self, hass: HomeAssistant, connection: ActiveConnection, msg: Message
    ) -> None:
        """Follow nothing yet."""
        self._hass = hass
        self._connection = connection
        self._msg = msg
        self._reader = hass.data[HOUSEHOLD_KEY].record.show
        self._place = 0
        self._written = asyncio.Event()

    async def async_follow(self) -> None:
        """Tell what is written from now on; raise what keeps the record from being read at the beginning."""
        stop = async_dispatcher_connect(self._hass, SIGNAL_RECORDED, self._has_news)
        try:
            self._place = await self._hass.async_add_executor_job(self._start)
            self._connection.send_result(self._msg["id"])
            while True:
                await self._async_news()
        finally:
            stop()

    @callback
    def _has_news(self) -> None:
        self._written.set()

    async def _async_news(self) -> None:
        await self._written.wait()
        self._written.clear()
        with suppress(RecordUnreadable):  # tried again with the next entry
            await self._async_tell()

    async def _async_tell(self) -> None:
        """Tell all there is by now. What may be read is asked each time: it can change."""
        words = await Words.load(self._hass)
        more = True
        while more:
            asked = _asked(self._hass, self._connection, self._msg)
            told, more = await self._hass.async_add_executor_job(
                partial(self._next, words, asked)
            )
            if told:
                self._connection.send_event(self._msg["id"], {"entries": told})

    def _start(self) -> int:
        filters_of(
            self._hass, self._reader, _asked(self._hass, self._connection, self._msg)
        )
        return self._reader.newest()

    def _next(self, words: Words, asked: Asked) -> tuple[list[dict[str, Any]], bool]:
        filters = filters_of(self._hass, self._reader, asked)
        filters["limit"] = AT_A_TIME
        found, place = self._reader.news(self._place, filters)
        told = tell_all(self._hass, self._reader, words, found, asked.sight)
        self._place = place
        return told, len(found) == AT_A_TIME


def _asked(hass: HomeAssistant, connection: ActiveConnection, msg: Message) -> Asked:
    return Asked(
        data=msg,
        cameras=camera_ids(hass, msg),
        sight=sight_of(hass, connection.user),
    )
