"""One WebSocket to the hub, from its handshake to its end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
import socket
from typing import Final

from aiohttp import (
    ClientConnectionError,
    ClientWebSocketResponse,
    WSCloseCode,
    WSMessage,
    WSMsgType,
)

from ..core.messages import HomeMessage
from ..core.protocol import UNPAIRED, encode, told
from .handler import MessageHandler
from .outbound import Frame, OutboundQueue
from .rate_limit import RateLimit
from .timing import AttemptTiming

_PING: Final = Frame(kind=WSMsgType.PING)
_FAREWELL: Final = Frame(kind=WSMsgType.CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseReason:
    """Why a connection ended, and the WebSocket close code for the hub."""

    why: str
    code: int = WSCloseCode.GOING_AWAY


HUNG_UP: Final = CloseReason(why="the hub closed it")
BROKEN: Final = CloseReason(why="the hub sent what is no message")
SILENT: Final = CloseReason(why="nothing came from the hub")
NOT_READING: Final = CloseReason(why="the hub does not read")
NOT_TEXT: Final = CloseReason(
    why="the hub sent a binary frame", code=WSCloseCode.UNSUPPORTED_DATA
)
FLOODED: Final = CloseReason(
    why="the hub asks too much", code=WSCloseCode.POLICY_VIOLATION
)
OTHER_PROTOCOL: Final = CloseReason(
    why="the hub speaks another protocol", code=WSCloseCode.PROTOCOL_ERROR
)
LEAVING: Final = CloseReason(why="this home hung up")
UNPAIRING: Final = CloseReason(why="the pairing is over", code=UNPAIRED)


_CLOSE_REASONS: Final = {
    WSMsgType.CLOSE: HUNG_UP,
    WSMsgType.CLOSING: HUNG_UP,
    WSMsgType.CLOSED: HUNG_UP,
    WSMsgType.ERROR: BROKEN,  # already answered, with 1009 where it was too long
}


class Connection:
    """Reads, writes and pings concurrently; the first of the three that can't go on closes the connection."""

    def __init__(
        self,
        websocket: ClientWebSocketResponse,
        *,
        handler: MessageHandler,
        timing: AttemptTiming,
        revision: int,
        take: Callable[[str, Connection], None],
    ) -> None:
        """`revision` is the newest that the hub reads; `take` is called with each text frame."""
        self._websocket = websocket
        self._socket: socket.socket = websocket.get_extra_info("socket")
        self._handler = handler
        self._rate_limit = RateLimit()  # of control frames
        self._timing = timing
        self._revision = revision
        self._take = take
        self._outbound = OutboundQueue()
        self._code: int = LEAVING.code
        self._farewell = LEAVING
        self.has_served = False  # True once a request of the hub had a result
        self._closed: asyncio.Future[CloseReason] = (
            asyncio.get_running_loop().create_future()
        )

    @property
    def open(self) -> bool:
        """Return whether what is sent now may still be read."""
        return not self._closed.done()

    def send(self, frame: Frame) -> None:
        """Queue a frame; where the queue is full, the frame is lost and the connection closed."""
        if self.open and self._outbound.put(frame):
            return
        self.end(NOT_READING)
        frame.lost()

    def send_message(self, message: HomeMessage) -> None:
        """Queue what the hub knows of a message behind all that was queued before."""
        if (known := told(message, self._revision)) is not None:
            self.send(Frame(kind=WSMsgType.TEXT, data=encode(known).encode()))

    def end(self, reason: CloseReason) -> None:
        """Close the connection; the first reason counts."""
        if self.open:
            self._code = reason.code
            self._closed.set_result(reason)

    def finish(self, reason: CloseReason) -> None:
        """Close the connection once all that is queued has been sent."""
        self._farewell = reason
        self.send(_FAREWELL)

    async def run(self) -> CloseReason:
        """Run until the connection is closed by either side, and return why."""
        coroutines = (self._read(), self._write(), self._ping())
        reading, *writing = tasks = [asyncio.create_task(part) for part in coroutines]
        for task in tasks:
            task.add_done_callback(self._task_done)
        try:
            self.send_message(self._handler.cameras())
            self._handler.connected()
            return await asyncio.shield(self._closed)
        finally:
            self.end(LEAVING)
            for task in writing:
                task.cancel()
            self._outbound.drop()
            self._handler.disconnected()
            await self.hang_up()
            reading.cancel()  # only now: it received the hub's close frame
            await asyncio.gather(*tasks, return_exceptions=True)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        """Have an unexpected error of one task end the connection, and `run` raise it."""
        if not task.cancelled() and (error := task.exception()) and self.open:
            self._closed.set_exception(error)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(self._timing.ping)
            self.send(_PING)

    async def _write(self) -> None:
        reason = None
        while reason is None:
            reason = await self._send_next()
        self.end(reason)

    async def _send_next(self) -> CloseReason | None:
        # In a call of its own: the last frame, and what it answers, is let go of while the next one is awaited.
        frame = await self._outbound.next()
        return self._farewell if frame is _FAREWELL else await self._send_frame(frame)

    async def _send_frame(self, frame: Frame) -> CloseReason | None:
        report = frame.lost
        try:
            async with asyncio.timeout(self._timing.silence):
                await self._websocket.send_frame(frame.data, frame.kind)
            report = frame.sent
        except TimeoutError:
            return NOT_READING
        except ClientConnectionError, OSError:
            return HUNG_UP
        finally:
            report()
        return None

    async def _read(self) -> None:
        while frame := await self._receive():
            self._handler.frame_received()
            match frame.type:
                case WSMsgType.TEXT:
                    self._take(frame.data, self)
                case WSMsgType.BINARY:
                    self.end(NOT_TEXT)
                case _:
                    self._control_frame(frame)
            # A full buffer is read without ever waiting: let the loop have its turn.
            await asyncio.sleep(0)

    async def _receive(self) -> WSMessage | None:
        try:
            async with asyncio.timeout(self._timing.silence):
                frame = await self._websocket.receive()
        except TimeoutError:
            self.end(SILENT)
            return None
        if frame.type in _CLOSE_REASONS:
            self.end(_CLOSE_REASONS[frame.type])
        return frame if self.open else None

    def _control_frame(self, frame: WSMessage) -> None:
        at = asyncio.get_running_loop().time()
        if not self._rate_limit.admits(at):
            if self._rate_limit.exhausted(at):
                self.end(FLOODED)
        elif frame.type is WSMsgType.PING:
            self.send(Frame(kind=WSMsgType.PONG, data=frame.data))

    async def hang_up(self) -> None:
        """Do the closing handshake, waiting briefly for the hub's close frame."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timing.farewell):
                await self._websocket.close(code=self._code)
        # TLS would wait half a minute for a hub that does not close its side.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
