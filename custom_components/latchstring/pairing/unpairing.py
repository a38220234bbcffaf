"""Unpairing: a hub is told that the pairing is over, so that it doesn't expect the home any more. It is tried once.

The hub accepts that only with the last checkpoint, which it cosigns first: a copy of this home that is removed has
another tree, and ends nobody's pairing.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, override

from ..core.errors import ADDRESS_PROBLEMS, ErrorCode, PairingProblem, ProtocolError
from ..core.messages import (
    Cameras,
    CheckpointConsistency,
    CheckpointCosigned,
    CheckpointRefused,
    Empty,
    HubMessage,
    ReceiptMessage,
    Result,
    SessionClose,
)
from ..gate import Witness
from ..hub.connection import UNPAIRING
from ..hub.control import Control
from ..hub.handler import MessageHandler
from ..settings.hub import hub_of, pairing_of
from .agreement import HubAddress, hub_session

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from ..core.pairing import Discovery
    from ..household.household import Household
    from ..hub.keys import HubKeys

PATIENCE: Final = 5.0


class UnpairingHandler(MessageHandler):
    """Lists no camera any more, and answers nothing but cosignatures."""

    def __init__(
        self, hass: HomeAssistant, witness: Witness, *, over: asyncio.Event
    ) -> None:
        """`over` is set as soon as there is nothing more to wait for."""
        self._hass = hass
        self._witness = witness
        self._over = over

    @override
    def cameras(self) -> Cameras:
        return Cameras(cameras=())

    @override
    def connected(self) -> None:
        self._witness.is_reached = True
        self._hass.async_create_task(
            self._witness.async_offer(), "latchstring last checkpoint"
        )

    @override
    def connection_failed(self, problem: PairingProblem) -> None:
        if problem in ADDRESS_PROBLEMS:
            self._over.set()

    @override
    def frame_received(self) -> None:
        """Ignore it: no session is left to cut."""

    @override
    def disconnected(self) -> None:
        self._over.set()

    @override
    def is_awaited(self, message: HubMessage) -> bool:
        return False

    @override
    async def answer(self, message: HubMessage, received: float) -> Result:
        match message:
            case CheckpointCosigned():
                await self._witness.async_cosigned(message)
                if self._witness.admission_block is None:
                    self._over.set()
            case CheckpointConsistency():
                return await self._witness.async_consistency(message)
            case CheckpointRefused():
                self._over.set()
            case ReceiptMessage():
                raise ProtocolError(ErrorCode.RECEIPT_INVALID)  # it keeps none any more
            case SessionClose():
                pass
            case _:
                raise ProtocolError(ErrorCode.NOT_AVAILABLE)
        return Empty()

    @override
    def answer_sent(self, message: HubMessage) -> None:
        """Ignore it: no session was opened."""

    @override
    def answer_lost(self, message: HubMessage) -> None:
        """Ignore it: no session was opened."""

    @override
    def request_refused(self, code: ErrorCode) -> None:
        """Ignore it: the limits of a hub end with its pairing."""

    @override
    def discovery_changed(self, discovery: Discovery) -> None:
        self._over.set()

    @override
    def home_unknown(self) -> None:
        self._over.set()


async def async_tell_unpaired(
    hass: HomeAssistant, entry: ConfigEntry, household: Household, keys: HubKeys
) -> None:
    """Tell a hub that the pairing is over, once its log says so. Not if this home may be a copy, or its log is over."""
    if household.consent.restored or household.record.log(entry.entry_id).is_closed:
        return

    def spawn(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return hass.async_create_background_task(work, name)

    over = asyncio.Event()
    async with hub_session(HubAddress.paired(entry)) as session:
        control = Control(
            session=session,
            pairing=pairing_of(entry, keys),
            spawn=spawn,
        )
        witness = Witness(
            household.record.log(entry.entry_id),
            hub=hub_of(entry),
            send=control.send,
            on_foreign_head=over.set,
        )
        control.start(UnpairingHandler(hass, witness, over=over))
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await over.wait()
        finally:
            await control.async_close(UNPAIRING)
