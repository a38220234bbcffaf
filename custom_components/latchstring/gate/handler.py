"""The handler of a hub's messages: passes each to where it is decided."""

import asyncio
from collections.abc import Callable
import logging
from typing import TYPE_CHECKING, Protocol, override

from homeassistant.core import HomeAssistant, callback

from ..core.errors import ErrorCode, ProtocolError
from ..core.messages import (
    Cameras,
    CheckpointConsistency,
    CheckpointCosigned,
    CheckpointRefused,
    Empty,
    HomeMessage,
    HubMessage,
    ReceiptMessage,
    RequestOpen,
    Result,
    SessionClose,
    SessionOpen,
)
from ..core.protocol import SILENCE_SECONDS
from ..hub.handler import MessageHandler
from .refusal_counter import RefusalCounter
from .values import Ending

if TYPE_CHECKING:
    from ..core.errors import PairingProblem
    from ..core.pairing import Discovery
    from .gate import Gate
    from .hub_log import HubLogWriter
    from .requests import Requests

_LOGGER = logging.getLogger(__name__)


class ConnectionListener(Protocol):
    """Listens to the connection of a hub: shows its state, and closes to what was not accepted."""

    def connection_changed(self, *, connected: bool) -> None:
        """Show whether the hub is connected."""

    def hub_unreached(self, problem: PairingProblem) -> None:
        """Show why the hub can't be reached, if the owner has to do something."""

    def agreement_changed(self, discovery: Discovery) -> None:
        """Close: the hub's terms or keys are not those that were accepted."""

    def pairing_forgotten(self) -> None:
        """Ask the owner for a new invitation."""


class HubMessageHandler(MessageHandler):
    """Answers a hub in the home's name. It opens nothing itself: it asks the gate."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        gate: Gate,
        hub_log: HubLogWriter,
        requests: Requests,
        listener: ConnectionListener,
        cameras: Callable[[], Cameras],
        send: Callable[[HomeMessage], None],
        send_again: Callable[[], None],
    ) -> None:
        """`cameras` returns the list as the hub may see it now, `send_again` sends what a hub may have missed."""
        self._hass = hass
        self._gate = gate
        self._hub_log = hub_log
        self._listener = listener
        self._list_cameras = cameras
        self._send = send
        self._send_again = send_again
        self._refusals = RefusalCounter(hass, on_period=hub_log.refused)
        self._requests = requests
        self._last_heard = hass.loop.time()
        self._silence: asyncio.TimerHandle | None = None
        self._cameras_sent: Cameras | None = None

    @override
    def cameras(self) -> Cameras:
        self._cameras_sent = self._list_cameras()
        return self._cameras_sent

    @callback
    def send_cameras(self) -> None:
        """Send the list of cameras again if it is not the one that the hub has."""
        before = self._cameras_sent
        if before is not None and (now := self.cameras()) != before:
            self._send(now)

    @override
    def connected(self) -> None:
        self.frame_received()
        self._hub_log.witness.is_reached = True
        self._listener.connection_changed(connected=True)
        self._send_again()
        self._hub_log.offer_checkpoint()
        self._requests.connected()

    @override
    def connection_failed(self, problem: PairingProblem) -> None:
        self._listener.hub_unreached(problem)

    @override
    def frame_received(self) -> None:
        self._last_heard = self._hass.loop.time()
        if self._silence is None:
            self._watch_silence()

    @override
    def disconnected(self) -> None:
        self._cameras_sent = None
        self._hub_log.witness.is_reached = False
        self._listener.connection_changed(connected=False)

    @override
    def is_awaited(self, message: HubMessage) -> bool:
        match message:
            case SessionClose():
                return self._gate.knows(message.session)
            case CheckpointCosigned() | CheckpointConsistency() | CheckpointRefused():
                return self._hub_log.witness.awaits_message()
            case ReceiptMessage():
                return self._hub_log.awaits_receipt(message.session)
        return False

    @override
    async def answer(self, message: HubMessage, received: float) -> Result:
        """See `MessageHandler`. What fails unforeseen is refused like what is closed."""
        try:
            return await self._answer(message, received)
        except ProtocolError:
            raise
        except Exception as err:
            _LOGGER.exception("Answering a hub failed")
            raise ProtocolError(ErrorCode.NOT_AVAILABLE) from err

    async def _answer(self, message: HubMessage, received: float) -> Result:
        match message:
            case SessionOpen():
                return await self._async_open(message)
            case SessionClose():
                self._gate.close(message.session, Ending.HUB_CLOSED)
            case RequestOpen():
                await self._requests.async_ask(message, received)
            case CheckpointCosigned():
                await self._hub_log.witness.async_cosigned(message)
            case CheckpointConsistency():
                return await self._hub_log.witness.async_consistency(message)
            case CheckpointRefused():
                self._hub_log.witness.refused(message)
            case ReceiptMessage():
                await self._hub_log.async_receipt(message)
        return Empty()

    async def _async_open(self, message: SessionOpen) -> Result:
        try:
            return await self._gate.async_open(message)
        except ProtocolError as err:
            if err.code is ErrorCode.NOT_AVAILABLE:
                is_listed = self._gate.admission.share_of(message.camera) is not None
                self._refusals.asked_for(message.camera, is_listed=is_listed)
            raise

    @override
    def answer_sent(self, message: HubMessage) -> None:
        if isinstance(message, SessionOpen):
            self._gate.start(message.session)

    @override
    def answer_lost(self, message: HubMessage) -> None:
        if isinstance(message, SessionOpen):
            self._gate.abandon(message.session)

    @override
    def request_refused(self, code: ErrorCode) -> None:
        self._refusals.count(code)

    @override
    def discovery_changed(self, discovery: Discovery) -> None:
        self._listener.agreement_changed(discovery)

    @override
    def home_unknown(self) -> None:
        self._listener.pairing_forgotten()

    def stop(self) -> None:
        """Drop all pending requests. To be called once the connection is closed."""
        self._requests.stop()
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        self._refusals.flush()

    def _watch_silence(self) -> None:
        """Cut everything when nothing came from the hub for ten seconds, whatever the connection believes."""
        due = self._last_heard + SILENCE_SECONDS
        if self._hass.loop.time() < due:
            self._silence = self._hass.loop.call_at(due, self._watch_silence)
            return
        self._silence = None
        self._gate.cut_all(Ending.CONTROL_LOST)
