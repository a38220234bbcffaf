"""The negotiation of one session: our offer, the camera's answer, and an end for certain."""

import asyncio
from collections.abc import Callable, Iterable
import logging
from typing import Final

from ...errors import SESSION_REFUSED, SourceUnusable
from .source import (
    CameraAnswer,
    CameraCandidate,
    CameraEnded,
    CameraMessage,
    Signaling,
)

_LOGGER = logging.getLogger(__name__)

_LAST_SECONDS: Final = 10.0
"""How long the camera's integration may go on with an offer whose session was closed."""
_CANCEL_SECONDS: Final = 1.0
"""How long it may take until it has noticed that it is not waited for any more."""


class Negotiation:
    """One offer. Whatever becomes of it, the session is closed with the camera: it may run on a battery.

    `on_candidate` takes the camera's candidates, `on_ended` is called once where the camera ends the session.
    """

    def __init__(
        self,
        signaling: Signaling,
        *,
        on_candidate: Callable[[str], None],
        on_ended: Callable[[], None],
    ) -> None:
        self._signaling = signaling
        self._on_candidate = on_candidate
        self._on_ended = on_ended
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[str] = self._loop.create_future()
        self._offering: asyncio.Task[None] | None = None
        self._adding: asyncio.Task[None] | None = None
        self._is_closed = False
        self._is_closed_again = False

    async def offer(self, sdp: str) -> str:
        """Return the camera's answer to our session description; raises SourceUnusable where it gives none."""
        self._offering = asyncio.create_task(self._offer(sdp))
        return await asyncio.shield(self._answer)

    def add_candidates(self, candidates: Iterable[str]) -> None:
        """Send our candidates one by one, although the offer had them all: Home Assistant's own page does only that."""
        self._adding = asyncio.create_task(self._add_all(candidates))

    def close(self) -> None:
        """End the session in the next turn of the loop. May be called again.

        Not in this one: whoever cuts calls this, and other cameras are to be cut before any integration's code runs.
        """
        if self._is_closed:
            return
        self._is_closed = True
        self._answer.cancel()
        if self._adding is not None:
            self._adding.cancel()
        if self._offering is None:
            return  # the camera was told nothing
        self._loop.call_soon(self._end_session)
        if not self._offering.done():
            # What the integration has only been about to begin may have missed that.
            self._offering.add_done_callback(lambda _: self._end_session())

    async def async_join(self) -> None:
        """Wait until the integration is done with the offer, but not for ever."""
        for seconds in (_LAST_SECONDS, _CANCEL_SECONDS):
            tasks = [
                each for each in (self._offering, self._adding) if each is not None
            ]
            if tasks:
                await asyncio.wait(tasks, timeout=seconds)
            for task in tasks:
                task.cancel()

    async def _offer(self, sdp: str) -> None:
        """Make the offer in a task of its own: an integration that is cancelled half-way may leave a session open."""
        try:
            await self._signaling.offer(sdp, self._hear)
        except asyncio.CancelledError:
            # By us, or by what the integration itself waited for: no answer comes either way.
            self._hear(CameraEnded())
            raise
        except Exception as error:  # noqa: BLE001  # the code of any integration, whose text could hold anything
            _LOGGER.debug("An offer was refused: %s", type(error).__name__)
            self._hear(CameraEnded())

    async def _add_all(self, candidates: Iterable[str]) -> None:
        for each in candidates:
            try:
                await self._signaling.add_candidate(each)
            except Exception as error:  # noqa: BLE001  # the code of any integration, whose text could hold anything
                _LOGGER.debug("A candidate was not taken: %s", type(error).__name__)

    def _hear(self, message: CameraMessage) -> None:
        """Take what the camera says, from whichever thread its integration says it, and in that order."""
        self._loop.call_soon_threadsafe(self._take, message)

    def _take(self, message: CameraMessage) -> None:
        if self._is_closed:
            self._take_late(message)
            return
        match message:
            case CameraAnswer(sdp=sdp):
                if not self._answer.done():
                    self._answer.set_result(sdp)
            case CameraCandidate(text=text):
                self._on_candidate(text)
            case CameraEnded():
                self._refuse()

    def _take_late(self, message: CameraMessage) -> None:
        """Close once more what has only now begun: the integration may not have known it when it was closed."""
        if isinstance(message, CameraAnswer) and not self._is_closed_again:
            self._is_closed_again = True
            self._end_session()

    def _refuse(self) -> None:
        if self._answer.done():
            self._on_ended()
        else:
            self._answer.set_exception(SourceUnusable(SESSION_REFUSED))

    def _end_session(self) -> None:
        try:
            self._signaling.close()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # the code of any integration
            _LOGGER.warning("A session was not closed: %s", type(error).__name__)
