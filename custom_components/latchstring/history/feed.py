"""The subscription to new entries of the record."""

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

BATCH_SIZE: Final = 50

type Message = dict[str, Any]


class Feed:
    """Sends one subscriber the new entries, until the task it runs in is cancelled.

    Entries are read from the record when they are sent, not queued: a slow subscriber costs no memory and misses none.
    """

    def __init__(
        self, hass: HomeAssistant, connection: ActiveConnection, msg: Message
    ) -> None:
        self._hass = hass
        self._connection = connection
        self._msg = msg
        self._reader = hass.data[HOUSEHOLD_KEY].record.salvaging_reader
        self._position = 0
        self._recorded = asyncio.Event()

    async def async_follow(self) -> None:
        """Send the entries that are added from now on. Raises if the query is invalid or the record unreadable."""
        stop = async_dispatcher_connect(self._hass, SIGNAL_RECORDED, self._on_recorded)
        try:
            self._position = await self._hass.async_add_executor_job(self._start)
            self._connection.send_result(self._msg["id"])
            while True:
                await self._async_send_next()
        finally:
            stop()

    @callback
    def _on_recorded(self) -> None:
        self._recorded.set()

    async def _async_send_next(self) -> None:
        await self._recorded.wait()
        self._recorded.clear()
        with suppress(RecordUnreadable):  # tried again with the next entry
            await self._async_send()

    async def _async_send(self) -> None:
        """Send all entries added since the last ones. Read access is checked each time: it can change."""
        words = await Sentences.load(self._hass)
        more = True
        while more:
            query = query_of(self._hass, self._connection, self._msg)
            entries, more = await self._hass.async_add_executor_job(
                partial(self._next, words, query)
            )
            if entries:
                self._connection.send_event(self._msg["id"], {"entries": entries})

    def _start(self) -> int:
        filters_of(
            self._hass, self._reader, query_of(self._hass, self._connection, self._msg)
        )
        return self._reader.newest()

    def _next(
        self, words: Sentences, query: RecordQuery
    ) -> tuple[list[dict[str, Any]], bool]:
        filters = filters_of(self._hass, self._reader, query)
        filters["limit"] = BATCH_SIZE
        found, position = self._reader.entries_after(self._position, filters)
        entries = serialize_all(self._hass, self._reader, words, found, query.access)
        self._position = position
        return entries, len(found) == BATCH_SIZE


def query_of(
    hass: HomeAssistant, connection: ActiveConnection, msg: Message
) -> RecordQuery:
    """Return the query of a command, with the read access of the user who sent it."""
    return RecordQuery(
        data=msg,
        cameras=camera_ids(hass, msg),
        access=read_access_of(hass, connection.user),
    )
