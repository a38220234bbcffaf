"""The home's one control connection to a hub: dials in, and reconnects when it is lost."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
import logging
from secrets import token_urlsafe
from typing import Final

from aiohttp import (
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSServerHandshakeError,
)

from ..core.address import Origin
from ..core.errors import PairingError, PairingProblem
from ..core.messages import HomeMessage
from ..core.pairing import Discovery
from ..core.protocol import MAX_MESSAGE_BYTES, SUBPROTOCOL
from ..core.receipt import Pins, dial_in_token, pins
from .client_session import pairing_problems
from .connection import LEAVING, OTHER_PROTOCOL, CloseReason, Connection
from .discovery import discover
from .handler import MessageHandler
from .inbound import InboundRequests, Spawn
from .keys import HubKeys
from .timing import AttemptTiming, Backoff

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Where the hub is, what the owner accepted of it, and the home's keys for it."""

    origin: Origin
    pins: Pins
    keys: HubKeys


class Control:
    """The control connection to one hub: one WebSocket at a time. Messages sent before `start` are dropped."""

    def __init__(
        self,
        *,
        session: ClientSession,
        pairing: Pairing,
        spawn: Spawn,
        timing: AttemptTiming = AttemptTiming(),  # noqa: B008 - frozen
    ) -> None:
        """`spawn` starts tasks that end with the config entry."""
        self._session = session
        self._pairing = pairing
        self._spawn = spawn
        self._timing = timing
        self._dialer: Dialer | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, handler: MessageHandler) -> None:
        """Begin to dial in; `handler` answers the hub's messages and is notified of changes."""
        self._dialer = Dialer(
            session=self._session,
            pairing=self._pairing,
            handler=handler,
            spawn=self._spawn,
            timing=self._timing,
        )
        self._task = self._spawn(self._dialer.run(), "latchstring control")

    def send(self, message: HomeMessage) -> None:
        """Queue a message; without a connection it is dropped."""
        if (connection := self._connection) is not None:
            connection.send_message(message)

    async def async_close(self, reason: CloseReason = LEAVING) -> None:
        """Send what is queued, close the connection, and wait for all tasks."""
        if self._dialer is None or self._task is None:
            return
        await self._dialer.async_leave()
        if (connection := self._connection) is not None:
            connection.finish(reason)
            await asyncio.wait({self._task}, timeout=self._timing.farewell)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def _connection(self) -> Connection | None:
        return self._dialer.connection if self._dialer is not None else None


class Dialer:
    """Connects to a hub again and again, until `async_leave` is called or the hub no longer knows this home."""

    def __init__(
        self,
        *,
        session: ClientSession,
        pairing: Pairing,
        handler: MessageHandler,
        spawn: Spawn,
        timing: AttemptTiming,
    ) -> None:
        self._session = session
        self._pairing = pairing
        self._handler = handler
        self._timing = timing
        self._backoff = Backoff(timing)
        self._inbound = InboundRequests(handler=handler, timing=timing, spawn=spawn)
        self._leaving = False
        self._is_unavailable = False
        self.connection: Connection | None = None

    async def async_leave(self) -> None:
        """Stop answering, and do not reconnect once the connection ends."""
        self._leaving = True
        await self._inbound.async_close()

    async def run(self) -> None:
        """Connect, and reconnect with backoff whenever the connection ends."""
        while True:
            why = await self._attempt()
            if self._leaving:
                return
            self._log_unavailable(why)
            match why:
                case PairingProblem.HOME_UNKNOWN:
                    return
                case PairingProblem.AGREEMENT_CHANGED:
                    wait = self._backoff.longest()
                case _:
                    wait = self._backoff.next()
            await asyncio.sleep(wait)

    async def _attempt(self) -> str:
        try:
            return await self._connect()
        except PairingError as error:
            self._handler.connection_failed(error.problem)
            return error.problem
        except Exception:
            _LOGGER.exception("The connection to the hub failed; connecting again")
            return PairingProblem.HUB_FAULT

    async def _connect(self) -> str:
        """Run one connection and return why it ended."""
        loop = asyncio.get_running_loop()
        connection = await self._dial_in(await self._discover())
        began = loop.time()
        self._log_available()
        self.connection = connection
        try:
            reason = await connection.run()
        finally:
            self.connection = None
        self._backoff.connected(
            since=began, until=loop.time(), served=connection.has_served
        )
        return reason.why

    async def _discover(self) -> Discovery:
        discovery = await discover(
            self._session, self._pairing.origin, at=self._timing.now()
        )
        if pins(discovery) != self._pairing.pins:
            self._handler.discovery_changed(discovery)
            raise PairingError(PairingProblem.AGREEMENT_CHANGED)
        return discovery

    async def _dial_in(self, discovery: Discovery) -> Connection:
        token = dial_in_token(
            self._pairing.keys.dial_in,
            hub_id=discovery.hub_id,
            at=self._timing.now(),
            jti=token_urlsafe(16),
        )
        with pairing_problems():
            websocket = await self._handshake(discovery.control_url, token)
        connection = Connection(
            websocket,
            handler=self._handler,
            timing=self._timing,
            revision=discovery.revision,
            take=self._inbound.take,
        )
        if websocket.protocol != SUBPROTOCOL:
            connection.end(OTHER_PROTOCOL)
            await connection.hang_up()
            raise PairingError(PairingProblem.HUB_FAULT)
        return connection

    async def _handshake(self, url: str, token: str) -> ClientWebSocketResponse:
        try:
            return await self._session.ws_connect(
                url,
                protocols=(SUBPROTOCOL,),
                headers={"Authorization": f"Bearer {token}"},
                autoping=False,
                max_msg_size=MAX_MESSAGE_BYTES + 1,  # aiohttp's is the first too long
                timeout=ClientWSTimeout(ws_close=self._timing.farewell),
            )
        except WSServerHandshakeError as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise PairingError(PairingProblem.HUB_FAULT) from error
            self._handler.home_unknown()
            raise PairingError(PairingProblem.HOME_UNKNOWN) from error

    def _log_unavailable(self, why: str) -> None:
        if not self._is_unavailable:
            self._is_unavailable = True
            _LOGGER.info("The hub at %s is unavailable: %s", self._pairing.origin, why)

    def _log_available(self) -> None:
        if self._is_unavailable:
            self._is_unavailable = False
            _LOGGER.info("The hub at %s is back", self._pairing.origin)
