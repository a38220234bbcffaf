"""Requests: a viewer asks to be admitted, and waits for the owner's answer.

A refusal, a block, no answer and a camera that does not exist look the same to the hub and come at the same moment:
when the request's time is over. Only a grant is sent at once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..core.entries.entry_bytes import OneTimeId
from ..core.errors import ErrorCode, ProtocolError
from ..core.messages import HomeMessage, RequestDecidedMessage, RequestOpen
from ..core.model import Block, Opening
from ..core.protocol import (
    MAX_REQUESTS,
    MAX_REQUESTS_A_DAY,
    REFUSAL_SECONDS,
    REQUEST_SECONDS,
)
from ..core.signatures.assertion import verify_request
from ..hub.timing import until
from .events import RequestAsked, Unasked
from .values import Request

if TYPE_CHECKING:
    import asyncio

    from ..core.model import Hub
    from ..core.signatures.assertion import RequestAssertion
    from .decisions import Decisions
    from .gate import Gate
    from .hub_log import HubLogWriter


class Requests:
    """The waiting requests of one hub. None survives a restart."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        hub: Hub,
        decisions: Decisions,
        gate: Gate,
        hub_log: HubLogWriter,
        send: Callable[[HomeMessage], None],
    ) -> None:
        self._hass = hass
        self._hub = hub
        self._decisions = decisions
        self._gate = gate
        self._admission = gate.admission
        self._hub_log = hub_log
        self._send = send
        self._waiting: dict[str, Request] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._answered: set[str] = set()
        self._decided: dict[str, tuple[float, RequestDecidedMessage]] = {}

    @property
    def waiting(self) -> tuple[Request, ...]:
        """Return the requests that the owner can still answer, the oldest first."""
        return tuple(
            request
            for request in self._waiting.values()
            if request.share_id
            and self._admission.lists(request.share_id)
            and request.request_id not in self._answered
        )

    async def async_ask(self, message: RequestOpen, received: float) -> None:
        """Take a viewer's request, or raise ProtocolError. `received` is the loop's time.

        How long it takes to ask the owner must not show in when the hub gets its answer.
        """
        at = dt_util.utcnow()
        assertion = verify_request(
            message.assertion, hub=self._hub, message=message, at=at
        )
        once = {OneTimeId.ASSERTION: assertion.jti, OneTimeId.REQUEST: message.request}
        with self._hub_log.replay_guard.hold(once):
            await self._hub_log.replay_guard.async_require_new(once)
            if self._is_full:
                raise ProtocolError(ErrorCode.QUOTA_EXCEEDED)
            request = self._build_request(message, assertion, at)
            await self._async_hold(request, message, received)
        await until(received + REFUSAL_SECONDS)

    def get(self, request_id: str) -> Request | None:
        """Return a request that can still be answered: nobody has answered it, and its time is not over."""
        request = self._waiting.get(request_id)
        if request not in self.waiting or dt_util.utcnow() >= request.answer_by:
            return None
        return request

    @callback
    def granted(self, request_id: str) -> None:
        """Send the hub that the owner granted a request."""
        self._drop(request_id)
        self._decide(request_id, granted=True)

    @callback
    def refused(self, request_id: str) -> None:
        """Note that the owner refused. The hub is sent that at the moment at which an unanswered request ends."""
        self._answered.add(request_id)
        self._gate.notify(Unasked())

    @callback
    def connected(self) -> None:
        """Send recent decisions again: they may have been lost with the last connection."""
        self._forget_old()
        for _, decided in self._decided.values():
            self._send(decided)

    @callback
    def stop(self) -> None:
        """Drop all waiting requests."""
        for request_id in tuple(self._waiting):
            self._drop(request_id)

    @property
    def _is_full(self) -> bool:
        """Return whether the hub has made as many requests as any hub may, at once or today.

        All that it asks counts and is written down, for whatever camera: of two requests that differ in how the log
        grows, a hub would learn by its size which camera is listed, or closed. And what is written down is used for
        ever, at no more than the day's worth of entries.
        """
        return (
            len(self._waiting) >= MAX_REQUESTS
            or self._hub_log.asked_today >= MAX_REQUESTS_A_DAY
        )

    def _build_request(
        self, message: RequestOpen, assertion: RequestAssertion, at: datetime
    ) -> Request:
        return Request(
            request_id=message.request,
            share_id=self._answerable(message.camera, assertion),
            viewer=assertion.viewer,
            wish=assertion.wish,
            purpose=self._hub.purposes[assertion.wish.purpose],
            minutes=message.minutes,
            asked=at,
            answer_by=at + timedelta(seconds=REQUEST_SECONDS),
        )

    async def _async_hold(
        self, request: Request, message: RequestOpen, received: float
    ) -> None:
        """Hold a request until it is decided, or raise ProtocolError if it can't be recorded."""
        self._waiting[message.request] = request
        # At this very moment, whatever the home has done until here: not even how long that took may show.
        self._timers[message.request] = self._hass.loop.call_at(
            received + REQUEST_SECONDS, self._expire, message.request
        )
        try:
            written = await self._hub_log.async_request(message)
        except ProtocolError:
            self._drop(message.request)
            raise
        if request.share_id:
            self._gate.notify(RequestAsked(request=request, entry_id=written.id))

    def _answerable(self, camera_id: str, assertion: RequestAssertion) -> str | None:
        """Return the share that is asked for, if its owner is to be asked and nothing keeps the viewer out."""
        share = self._admission.share_of(camera_id)
        if (
            share is None
            or not self._decisions.admits
            or Opening.APPROVAL not in share.openings
            or not self._admission.within_limits(share, assertion.wish)
        ):
            return None
        decision = self._decisions.of(share.share_id, assertion.asker)
        return None if isinstance(decision.reason, Block) else share.share_id

    @callback
    def _expire(self, request_id: str) -> None:
        self._drop(request_id)
        self._decide(request_id, granted=False)
        self._gate.notify(Unasked())

    def _drop(self, request_id: str) -> None:
        del self._waiting[request_id]
        self._timers.pop(request_id).cancel()
        self._answered.discard(request_id)

    def _decide(self, request_id: str, *, granted: bool) -> None:
        decided = RequestDecidedMessage(request=request_id, granted=granted)
        self._forget_old()
        self._decided[request_id] = (self._hass.loop.time(), decided)
        self._hub_log.request_decided(decided)
        self._send(decided)

    def _forget_old(self) -> None:
        """Drop what was decided too long ago to be sent again."""
        since = self._hass.loop.time() - REQUEST_SECONDS
        self._decided = {
            request_id: (when, decided)
            for request_id, (when, decided) in self._decided.items()
            if when > since
        }
