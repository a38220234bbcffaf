"""The only door between a hub and a camera: decide, record, then relay; cut when the decision changes.

Nothing else starts or feeds a relay. Letting in waits for the record and for the owner to be shown; cutting waits
for nothing, fires nothing and writes nothing down: how sessions ended is recorded later, by `record_ends`. Of the two
ways to fail, keeping a viewer out and letting one in against the owner's word, the second is worse: whatever goes wrong
on the way in ends the session before its first byte, and whatever goes wrong on the way to a cut cuts.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial
import logging
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..core.entries.entry_bytes import OneTimeId
from ..core.errors import ErrorCode, ProtocolError
from ..core.messages import SessionOpen, SessionOpened
from ..core.signatures.assertion import verify_viewer
from ..failures import Failures
from .admission import Admission
from .carrier import Carriers
from .end_recorder import CUTTING, LEAVING, EndRecorder, SessionEnd
from .events import WatchStarted
from .session_limits import LONGEST, SessionLimits
from .sessions import Sessions
from .values import Ending, Session

if TYPE_CHECKING:
    from datetime import datetime
    from ssl import SSLContext

    from homeassistant.core import CALLBACK_TYPE

    from ..core.model import Hub
    from ..core.signatures.assertion import ViewerAssertion
    from .callbacks import GateCallbacks
    from .decisions import Decisions
    from .events import GateEvent, HowEnded
    from .hub_log import HubLogWriter
    from .listeners import Listeners

_LOGGER = logging.getLogger(__name__)


class Gate:
    """Admits a hub's viewers to shares, and cuts them off."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        hub: Hub,
        decisions: Decisions,
        hub_log: HubLogWriter,
        listeners: Listeners,
        callbacks: GateCallbacks,
        ssl: SSLContext,
    ) -> None:
        self._hub = hub
        self._hub_log = hub_log
        self._callbacks = callbacks
        self._failures = Failures(_LOGGER)
        self._carriers = Carriers(
            hass,
            source=callbacks.source,
            ingest=callbacks.ingest,
            ssl=ssl,
            on_lost=partial(self._drop, how=Ending.UPLOAD_LOST),
        )
        self._sessions = Sessions(
            hass, on_time_over=partial(self.close, how=Ending.LIMIT)
        )
        self._limits = SessionLimits(
            decisions=decisions, sessions=self._sessions, shares=callbacks.shares
        )
        self.admission = Admission(
            hub=hub,
            decisions=decisions,
            hub_log=hub_log,
            sessions=self._sessions,
            carriers=self._carriers,
            shares=callbacks.shares,
            has_room=callbacks.has_room,
        )
        self._listeners = listeners
        self._ends = EndRecorder(hub_log, self._listeners, self._failures)

    def sessions(self, share_id: str | None = None) -> tuple[Session, ...]:
        """Return the running sessions, of one share or all, the oldest first."""
        return self._sessions.running(share_id)

    def knows(self, session_id: str) -> bool:
        """Return whether a session runs or is being opened, so that closing would end it."""
        return bool(
            self._sessions.get(session_id) or self._sessions.is_opening(session_id)
        )

    @property
    def unrecorded(self) -> tuple[str, ...]:
        """Return the shares with sessions whose end is not recorded yet."""
        return self._ends.shares

    def is_or_was_watched(self, share_id: str) -> bool:
        """Return whether a share has a session, or had one whose end is not recorded yet."""
        return share_id in self._sessions.watched_shares or share_id in self._ends

    @callback
    def subscribe(self, listener: Callable[[GateEvent], None]) -> CALLBACK_TYPE:
        """Call `listener` for every event from now on. Return a callback to stop."""
        return self._listeners.subscribe(listener)

    def notify(self, event: GateEvent) -> None:
        """Call every listener. One that raises keeps no other from being called."""
        self._listeners.notify(event)

    async def async_open(self, message: SessionOpen) -> SessionOpened:
        """Let a viewer in, or raise ProtocolError. The upload starts with `start`, once the hub has the answer.

        The hub's own message is checked whole before anything about the camera is, so that a closed camera,
        an unlisted one and one that is full can't be told apart.
        """
        assertion = verify_viewer(
            message.assertion, hub=self._hub, message=message, at=dt_util.utcnow()
        )
        once = {OneTimeId.ASSERTION: assertion.jti, OneTimeId.SESSION: message.session}
        with (
            self._hub_log.replay_guard.hold(once),
            self._sessions.opening(message.session),
        ):
            await self._hub_log.replay_guard.async_require_new(once)
            return await self._async_admit(message, assertion)

    def start(self, session_id: str) -> None:
        """Start the upload made for this session, if there is one; the hub has its answer now."""
        self._carriers.start(session_id)

    @callback
    def abandon(self, session_id: str) -> None:
        """End a session whose answer never reached the hub, with all that its upload would have carried."""
        self.close(session_id, Ending.NOT_STARTED)
        self._drop(session_id, Ending.NOT_STARTED)

    @callback
    def reconsider(
        self, share_ids: Collection[str], *, is_by_time: bool = False
    ) -> None:
        """Decide again about the sessions of these shares, because a fact changed, and cut those that may not go on.

        `is_by_time`: no fact changed, but time went on.
        """
        if not is_by_time:
            self._carriers.changes.note(share_ids)
        if not self._sessions.watched_shares:
            return
        now = dt_util.utcnow()
        self._end(
            [
                each
                for share_id in self._sessions.watched_shares & share_ids
                for each in self._limits.over(share_id, now)
            ]
        )

    @callback
    def cut(self, share_ids: Collection[str], how: HowEnded) -> None:
        """End every session of these shares, running or being opened, without a decision: making one failed."""
        running = self._sessions.running()
        try:
            self._sessions.cancel_openings_of(share_ids)
            self._end([(each, how) for each in running if each.share_id in share_ids])
        finally:
            self._carriers.changes.note(share_ids)

    @callback
    def close(self, session_id: str, how: HowEnded) -> None:
        """End one session, running or being opened, if there is one."""
        self._sessions.cancel_opening(session_id)
        if session := self._sessions.get(session_id):
            self._end([(session, how)])

    @callback
    def cut_all(self, how: HowEnded) -> None:
        """End every session, running or being opened."""
        try:
            self._sessions.cancel_all_openings()
            self._end([(session, how) for session in self._sessions.running()])
        finally:
            self._carriers.changes.note()

    async def async_stop(self, how: HowEnded) -> None:
        """End every session and wait until the ends are recorded. Nothing may decide to open any more."""
        self.cut_all(how)
        # Home Assistant stops all hubs in one turn of the loop: all are cut before the end of any is recorded.
        await asyncio.sleep(0)
        ended = self._ends.shares
        for share_id in (*ended, *ended):  # what fails is tried once more
            self.record_ends(share_id)
        await self._hub_log.async_settled()

    @callback
    def record_ends(self, share_id: str) -> None:
        """Record how sessions of a share ended, with the time at which they were cut, and call the listeners."""
        self._ends.record(share_id)

    async def async_save_progress(self) -> None:
        """Save how far each session has come, in case its end can't be recorded."""
        for session in self.sessions():
            if carrier := self._carriers.get(session.carried_by):
                await self._hub_log.async_save_progress(session, carrier.progress)

    async def _async_admit(
        self, message: SessionOpen, assertion: ViewerAssertion
    ) -> SessionOpened:
        """Decide, write the start down, show the owner, then give the proof. Media comes after the hub's answer.

        That names the hour at which every session ends: a shorter limit of the owner's is no hub's business.
        """
        session = self.admission.admitted(message, assertion)
        self._sessions.admit(session)  # counts as watching from now on
        try:
            self._callbacks.admitted(session)
            self._callbacks.show(session.share_id)
            started = await self._hub_log.async_start(session, message)
            self._make_running(session, started.id)
            proof = await self._hub_log.async_prove(started)
            self._require_running(session)
        except BaseException:
            self.abandon(session.session_id)
            self._callbacks.left(session, Ending.NOT_STARTED)
            raise
        return SessionOpened(
            session=session.session_id,
            carried_by=session.carried_by,
            ends_by=session.started + LONGEST,
            proof=proof,
        )

    def _require_running(self, session: Session) -> None:
        """Raise the refusal if a session was ended while its proof was made."""
        if self._sessions.get(session.session_id) is None:
            raise ProtocolError(ErrorCode.NOT_AVAILABLE)

    def _make_running(self, session: Session, entry_id: str) -> None:
        """Make a recorded session a running one and show the owner, or raise if it may not run any more."""
        now = dt_util.utcnow()
        carrier = self._carriers.get(session.carried_by)
        watching = len(self._sessions.running(session.share_id))
        how = self._limits.why_over(session, now, beside=watching)
        if (
            not self._sessions.is_opening(session.session_id)
            or carrier is None
            or how is not None
        ):
            how = how or Ending.NOT_STARTED
            at = self._hub_log.moment(now)
            self._hub_log.end(session, how, session.joined, at=at)
            raise ProtocolError(ErrorCode.NOT_AVAILABLE)
        session = replace(session, joined=carrier.progress)
        carrier.sessions.add(session.session_id)
        self._sessions.add(session)
        self._listeners.notify_or_raise(
            WatchStarted(session=session, entry_id=entry_id)
        )

    def _end(self, ending: Collection[tuple[Session, HowEnded]]) -> None:
        """Cut every upload that nobody is left on. What fails of that is done once more when the others are cut."""
        at = dt_util.utcnow()
        again: list[tuple[Session, HowEnded]] = []
        for session, how in ending:
            try:
                self._leave(session, how, at)
            except Exception:  # noqa: BLE001 - whatever it is, the others are to be cut too
                self._failures.caught(CUTTING, session.session_id)
                again.append((session, how))
        try:
            for session, how in again:
                self._leave(session, how, at)
        finally:
            self._report_left(ending)

    def _leave(self, session: Session, how: HowEnded, at: datetime) -> None:
        """Take a session off its upload, and cut that with its last session. May be repeated if it failed half-way."""
        carrier = self._carriers[session.carried_by]
        no_picture = carrier.no_picture
        carrier.sessions.discard(session.session_id)
        if not carrier.sessions:
            carrier.cut()
        end = SessionEnd(
            session=session,
            how=how,
            progress=carrier.progress,
            at=self._hub_log.moment(at),
            no_picture=no_picture
            if carrier.progress.fragments == session.joined.fragments
            else None,
        )
        self._ends.add(end)
        self._sessions.remove(session)
        if not carrier.sessions:
            self._carriers.remove(session.carried_by)

    def _report_left(self, ended: Iterable[tuple[Session, HowEnded]]) -> None:
        """Call `left` for sessions that are cut, and stop their timers."""
        for session, how in ended:
            try:
                self._callbacks.left(session, how)
                self._sessions.stop_timer(session.session_id)
            except Exception:  # noqa: BLE001 - it is cut, and the others are to be let go too
                self._failures.caught(LEAVING, session.session_id)

    def _drop(self, carried_by: str, how: HowEnded) -> None:
        """End an upload with every session it carries."""
        if (carrier := self._carriers.get(carried_by)) is not None:
            carrier.cut()
            self._end([(self._sessions[each], how) for each in carrier.sessions])
            self._carriers.remove(carried_by)
