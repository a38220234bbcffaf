"""The hub log: what the gate records, and what the hub is sent of it.

What a hub took part in goes to that hub's log, which the hub is shown in proofs: no reason, no limit and not how a
session ended. What the owner's rules had to do with it goes to the household's log, in the same write.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..core import entries
from ..core.clock import Moment
from ..core.errors import ErrorCode, ProtocolError
from ..core.messages import (
    HomeMessage,
    Proof,
    ReceiptMessage,
    RequestDecidedMessage,
    RequestOpen,
    SessionOpen,
)
from ..core.signatures.assertion import verify_receipt
from ..record import (
    HOUSEHOLD,
    AssertionReplayed,
    NotRecorded,
    Record,
    RecordUnreadable,
    SessionDuplicate,
)
from .daily_use import DailyUse
from .events import EndRecorded, GateEvent, HowEnded, Refused
from .replay import ReplayGuard
from .session_entries import (
    end_message,
    proof_message,
    session_allowed,
    session_cut,
    session_ended,
    session_started,
)
from .values import Ending, Session

if TYPE_CHECKING:
    from ..core.clock import Instant
    from ..core.model import Hub
    from ..record import Appended
    from ..relay import Progress
    from .witness import Witness

MOST_RECEIPTS: Final = 1000
"""How many receipts are awaited at most; one that comes later than so many others is a request like any."""

_LOGGER = logging.getLogger(__name__)


class HubLogWriter:
    """Writes one hub's log, and what belongs to it in the household's."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        record: Record,
        hub: Hub,
        witness: Witness,
        send: Callable[[HomeMessage], None],
        now: Callable[[], Instant],
        on_recorded: Callable[[GateEvent], None],
    ) -> None:
        """`send` sends the hub its proofs; `now` returns the time by which a day is counted.

        `on_recorded` takes the events of entries once they are recorded.
        """
        self._hass = hass
        self._record = record
        self._log = record.log(hub.log)
        self._hub = hub
        self._send = send
        self.replay_guard = ReplayGuard(self._log)
        self.witness = witness
        self._on_recorded = on_recorded
        self._one_at_a_time = asyncio.Lock()
        self.has_caught_up = False
        self._receipts_due: dict[str, None] = {}  # the sessions, the oldest first
        self._daily_use = DailyUse(self._log, now=now, spawn=self._spawn)
        self._writing: set[asyncio.Task[object]] = set()

    async def async_start(self, session: Session, message: SessionOpen) -> Appended:
        """Record the start of a session, or raise ProtocolError: without a record nobody watches."""
        started = session_started(session, message, hub=self._hub)
        allowed = session_allowed(session, hub=self._hub)
        # Counted before it is written: of many at once each counts.
        self._daily_use.add_session(message.session, message.camera)
        return await self._async_require_written(started, allowed, at=session.started)

    @property
    def today(self) -> Counter[str]:
        """Return how many sessions have started today, by camera."""
        return self._daily_use.sessions

    @property
    def asked_today(self) -> int:
        """Return how many requests were made today."""
        return self._daily_use.requests.total()

    async def async_prove(self, written: Appended) -> Proof:
        """Return the proof that an entry is in the hub's log, or raise ProtocolError."""
        try:
            return await self._async_proof(written)
        except NotRecorded as err:
            raise ProtocolError(ErrorCode.NOT_AVAILABLE) from err

    def moment(self, at: datetime) -> Moment:
        """Return the time to record for what happens at a time of the clock, which may be in doubt."""
        return self._record.reckon(at)

    def end(
        self,
        session: Session,
        how: HowEnded,
        progress: Progress,
        *,
        at: Moment,
        no_picture: str | None = None,
    ) -> None:
        """Record the end of a session in a task, and tell the hub; nobody waits for either.

        If this raises, nothing is recorded.
        """
        ended = session_ended(session, progress)
        cut = session_cut(session.session_id, how, hub=self._hub, no_picture=no_picture)
        log = self._hub.log
        writing = self._record.submit_many(
            [(log, ended), (HOUSEHOLD, cut)], at=at, commit_to=log
        )
        notification = self._async_ended(session, ended, writing, at.at)
        try:
            self._spawn(notification)
        except Exception:
            notification.close()
            _LOGGER.exception("Notifying the hub of the end of a session failed")

    async def async_save_progress(self, session: Session, progress: Progress) -> None:
        """Save how far a session has come, in case its end can't be recorded."""
        with suppress(NotRecorded):
            await self._log.save_progress(
                session_ended(session, progress), at=dt_util.utcnow()
            )

    async def async_catch_up(self) -> None:
        """End what a crash left open and count what began today. To be repeated if the record fails."""
        async with self._one_at_a_time:
            if self.has_caught_up:
                return
            try:
                await self._async_interrupt()
                await self._daily_use.async_count()
                await self.witness.async_load()
            except (RecordUnreadable, NotRecorded) as err:
                _LOGGER.warning("The record is not as it must be at a start: %s", err)
                return
            self.has_caught_up = True

    async def _async_interrupt(self) -> None:
        """End the sessions that a crash left open, with their saved progress."""
        at = dt_util.utcnow()
        for session in await self._log.open_sessions():
            cut = session_cut(session.so_far.session, Ending.INTERRUPTED, hub=self._hub)
            await self._record.submit_many(
                [(self._hub.log, session.so_far), (HOUSEHOLD, cut)],
                at=at,
                commit_to=self._hub.log,
            )

    async def async_request(self, message: RequestOpen) -> Appended:
        """Record a viewer's request, or raise ProtocolError."""
        requested = entries.Requested(
            request=message.request,
            camera=message.camera,
            minutes=message.minutes,
            assertion=message.assertion,
        )
        self._daily_use.add_request(message.request, message.camera)  # as with sessions
        return await self._async_require_written(requested, at=dt_util.utcnow())

    def request_decided(self, decided: RequestDecidedMessage) -> None:
        """Record how a request was decided."""
        entry = entries.RequestDecided(request=decided.request, granted=decided.granted)
        self._spawn(self._async_write(entry))

    def refused(self, refusals: entries.Refusals) -> None:
        """Record what the hub was refused in the last minute, and call the listeners for each camera."""
        self._spawn(self._async_refused(refusals))

    def awaits_receipt(self, session_id: str) -> bool:
        """Return whether a receipt is due for this session, and expect it no longer."""
        return self._receipts_due.pop(session_id, self) is None

    async def async_receipt(self, message: ReceiptMessage) -> None:
        """Record the hub's receipt of an ended session; a second one for the same session is refused."""
        receipt = verify_receipt(message.receipt, hub=self._hub, message=message)
        async with self._one_at_a_time:
            if await self._async_closing_kinds(receipt.session) != ["session_ended"]:
                raise ProtocolError(ErrorCode.RECEIPT_INVALID)
            await self._async_require_written(
                entries.Receipt(session=receipt.session, receipt=receipt.token),
                at=dt_util.utcnow(),
            )

    def offer_checkpoint(self) -> None:
        """Send the hub the newest checkpoint to cosign."""
        self._spawn(self.witness.async_offer())

    def offer_first_checkpoint(self) -> None:
        """Send the first one since the start, without which nobody is let in, if it could not be made yet."""
        if self.witness.is_unoffered:
            self.offer_checkpoint()

    async def async_settled(self) -> None:
        """Wait until every write that was begun is done or has failed."""
        if self._writing:
            await asyncio.wait(self._writing)

    async def _async_closing_kinds(self, session: str) -> list[str]:
        """Return the kinds of the entries that close a session."""
        try:
            known = await self._log.entries(
                kinds=("session_ended", "receipt"),
                session=session,
                limit=2,
            )
        except RecordUnreadable as err:
            raise ProtocolError(ErrorCode.NOT_AVAILABLE) from err
        return [entry.kind for entry in known]

    async def _async_require_written(
        self, *wanted: entries.Entry, at: datetime
    ) -> Appended:
        """Record what the hub asked for, the first entry in its log and the others in the household's."""
        logs = (self._hub.log, *[HOUSEHOLD] * (len(wanted) - 1))
        try:
            return (
                await self._record.submit_many(
                    list(zip(logs, wanted, strict=True)), at=at
                )
            )[0]
        except AssertionReplayed as err:
            raise ProtocolError(ErrorCode.ASSERTION_REPLAYED) from err
        except SessionDuplicate as err:
            raise ProtocolError(ErrorCode.SESSION_DUPLICATE) from err
        except NotRecorded as err:
            raise ProtocolError(ErrorCode.NOT_AVAILABLE) from err

    async def _async_refused(self, refusals: entries.Refusals) -> None:
        written = await self._async_write(refusals)
        if written is None:
            return
        for camera_id, count in (refusals.cameras or {}).items():
            self._on_recorded(
                Refused(camera_id=camera_id, count=count, entry_id=written.id)
            )

    async def _async_write(self, entry: entries.HubEntry) -> Appended | None:
        try:
            return await self._log.submit(entry, at=dt_util.utcnow())
        except NotRecorded as err:
            _LOGGER.warning("%s could not be recorded: %s", entry.kind, err)
            return None

    async def _async_ended(
        self,
        session: Session,
        ended: entries.SessionEnded,
        writing: Awaitable[tuple[Appended, ...]],
        at: datetime,
    ) -> None:
        proof: Proof | None = None
        try:
            written = (await writing)[0]
            proof = await self._async_proof(written)
            self._on_recorded(EndRecorded(session=session, entry_id=written.id))
        except NotRecorded as err:
            _LOGGER.warning("The end of a session could not be recorded: %s", err)
        self._receipts_due[ended.session] = None
        if len(self._receipts_due) > MOST_RECEIPTS:
            del self._receipts_due[next(iter(self._receipts_due))]
        self._send(end_message(ended, at=at, proof=proof))
        await self.witness.async_offer()

    async def _async_proof(self, written: Appended) -> Proof:
        self.witness.count_tree()
        proven = await self._log.prove(written.index, at=dt_util.utcnow())
        return proof_message(proven)

    def _spawn(self, writing: Coroutine[Any, Any, object]) -> None:
        task = self._hass.async_create_task(
            writing, "latchstring record", eager_start=True
        )
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
