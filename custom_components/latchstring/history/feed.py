"""The record as it goes on, for whoever subscribes to it."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..household.household import HOUSEHOLD_KEY, SIGNAL_RECORDED
from ..localize import Sentences
from ..record import RecordUnreadable
from .access import read_access_of
from .query import RecordQuery, camera_ids, filters_of
from .serialize import serialize_all

if TYPE_CHECKING:
    from homeassistant.components.websocket_api import ActiveConnection

AT_A_TIME: Final = 50

type Message = dict[str, Any]


class Feed:
    """Sends one subscriber what is added to the record, until the task it runs in is cancelled.

    What was not sent yet stays in the record and not in a queue: a slow subscriber costs no memory and misses nothing.
    """

    def __init__(
        self, hass: HomeAssistant, connection: ActiveConnection, msg: Message
    ) -> None:
        self._hass = hass
        self._connection = connection
        self._msg = msg
        self._reader = hass.data[HOUSEHOLD_KEY].record.show
        self._place = 0
        self._written = asyncio.Event()

    async def async_follow(self) -> None:
        """Send what is added from now on; raises what keeps the record from being read at the beginning."""
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
        """Send all there is by now. What may be read is asked each time: it can change."""
        words = await Sentences.load(self._hass)
        more = True
        while more:
            query = query_of(self._hass, self._connection, self._msg)
            told, more = await self._hass.async_add_executor_job(
                partial(self._next, words, query)
            )
            if told:
                self._connection.send_event(self._msg["id"], {"entries": told})

    def _start(self) -> int:
        filters_of(
            self._hass, self._reader, query_of(self._hass, self._connection, self._msg)
        )
        return self._reader.newest()

    def _next(
        self, words: Sentences, query: RecordQuery
    ) -> tuple[list[dict[str, Any]], bool]:
        filters = filters_of(self._hass, self._reader, query)
        filters["limit"] = AT_A_TIME
        found, place = self._reader.news(self._place, filters)
        told = serialize_all(self._hass, self._reader, words, found, query.access)
        self._place = place
        return told, len(found) == AT_A_TIME


def query_of(
    hass: HomeAssistant, connection: ActiveConnection, msg: Message
) -> RecordQuery:
    """Return what a command looks for, and what whoever sent it may read."""
    return RecordQuery(
        data=msg,
        cameras=camera_ids(hass, msg),
        access=read_access_of(hass, connection.user),
    )
