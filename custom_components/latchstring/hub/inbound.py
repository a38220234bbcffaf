"""A hub's requests: parsed, rate-limited, and each answered once."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
import logging
from typing import Any, Final

from aiohttp import WSMsgType

from ..core.errors import ErrorCode, ProtocolError, RequestId
from ..core.protocol import (
    REQUESTS_AT_ONCE,
    RpcRequest,
    encode_error,
    encode_result,
    parse_request,
)
from .connection import FLOODED, Connection
from .handler import MessageHandler
from .outbound import Frame
from .rate_limit import RateLimit
from .timing import AttemptTiming, until

_LOGGER: Final = logging.getLogger(__name__)

type Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]


class InboundRequests:
    """Requests of one hub. It outlives connections, so requests on the last one still count for the rate."""

    def __init__(
        self, *, handler: MessageHandler, timing: AttemptTiming, spawn: Spawn
    ) -> None:
        self._handler = handler
        self._rate_limit = RateLimit()
        self._timing = timing
        self._spawn = spawn
        self._under_way: set[asyncio.Task[None]] = set()
        self._closed = False

    def take(self, text: str, connection: Connection) -> None:
        """Begin to answer one message, before the next one is parsed."""
        if self._closed:
            return
        received = asyncio.get_running_loop().time()
        try:
            request = self._admit(text, received, connection)
        except ProtocolError as error:
            self._refuse(error, connection)
        else:
            self._begin(request, received, connection)

    async def async_close(self) -> None:
        """Cancel the answers in progress, and take no more requests."""
        self._closed = True
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _admit(self, text: str, received: float, connection: Connection) -> RpcRequest:
        try:
            request = parse_request(text)
        except ProtocolError:
            self._within_rate(received, connection)
            raise
        if self._handler.is_awaited(request.message):
            return request
        within = self._within_rate(received, connection)
        if within and len(self._under_way) < REQUESTS_AT_ONCE:
            return request
        raise ProtocolError(ErrorCode.QUOTA_EXCEEDED, request_id=request.id)

    def _within_rate(self, received: float, connection: Connection) -> bool:
        """Return whether a message is within the rate; close the connection where too many in a row were not.

        A message within the rate never closes it: refusals count for a minute, also on the next connection, and there
        the hub must be able to send what is awaited of it.
        """
        if self._rate_limit.admits(received):
            return True
        if self._rate_limit.exhausted(received):
            connection.end(FLOODED)
        return False

    def _refuse(self, error: ProtocolError, connection: Connection) -> None:
        self._handler.request_refused(error.code)
        if error.answerable:
            connection.send(_error(error.request_id, error.code))

    def _begin(
        self, request: RpcRequest, received: float, connection: Connection
    ) -> None:
        task = self._spawn(
            self._answer(request, received, connection), "latchstring request"
        )
        if not task.done():
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _answer(
        self, request: RpcRequest, received: float, connection: Connection
    ) -> None:
        try:
            frame = await self._decide(request, received)
            connection.has_served = True
        except ProtocolError as error:
            self._handler.request_refused(error.code)
            if error.code is ErrorCode.NOT_AVAILABLE:
                await until(received + self._timing.refusal)
            frame = _error(request.id, error.code)
        connection.send(frame)

    async def _decide(self, request: RpcRequest, received: float) -> Frame:
        message = request.message
        lost = partial(self._handler.answer_lost, message)
        try:
            result = await self._handler.answer(message, received)
        except ProtocolError:
            raise
        except Exception as error:
            _LOGGER.exception("A request of the hub could not be answered")
            lost()
            raise ProtocolError(ErrorCode.NOT_AVAILABLE) from error
        except asyncio.CancelledError:
            lost()
            raise
        return Frame(
            kind=WSMsgType.TEXT,
            data=encode_result(request.id, result).encode(),
            sent=partial(self._handler.answer_sent, message),
            lost=lost,
        )


def _error(request_id: RequestId | None, code: ErrorCode) -> Frame:
    return Frame(kind=WSMsgType.TEXT, data=encode_error(request_id, code).encode())
