"""The only door between a hub and a camera: decide, record, then relay; cut when the decision turns.

Nothing else starts or feeds a relay. Letting in waits for the record and for the owner to be shown; cutting waits
for nothing, fires nothing and writes nothing down: how sessions ended is told later, by `tell_ends`. Of the two ways to
fail, keeping a viewer out and letting one in against the owner's word, the second is worse: whatever goes wrong on the
way in ends the session before its first byte, and whatever goes wrong on the way to a cut cuts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..core.clock import Moment
from ..core.decision import accepts, admits
from ..core.errors import ErrorCode, ProtocolError
from ..core.messages import SessionOpen, SessionOpened
from ..core.model import Block, Decision, Hub, Limits, Opening, Share, Wish
from ..core.protocol import MAX_SESSIONS, MAX_SESSIONS_A_DAY, SESSION_MINUTES
from ..core.record.entry_bytes import Once
from ..core.signatures.assertion import ViewerAssertion, verify_viewer
from ..failures import Failures
from ..relay import NOTHING_SENT, Progress
from .carrier import Carrier
from .decisions import Decisions
from .events import GateEvent, HowEnded, WatchEnded, WatchStarted
from .ledger import Ledger
from .values import Ending, Session

if TYPE_CHECKING:
    from ssl import SSLContext

    from homeassistant.core import CALLBACK_TYPE

    from ..relay import ConsentedSource, IngestTarget

CUTTING: Final = "Cutting"
ENDING: Final = "Recording the end of"
LEAVING: Final = "Letting go of"

LONGEST: Final = timedelta(minutes=SESSION_MINUTES)

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the gate reaches through. Each question is asked anew every time, so that nothing here goes stale.

    `shares` gives the shares by id, `source` the camera of one, `ingest` the checked target for a URL and a token
    (raises OSError where none may be connected to). `show` shows what turned about a share and is not shown yet.
    `admitted` is called for each session that is let in, before anything else of it, and `left` for each that is over,
    as soon as all that end with it are cut.
    """

    shares: Callable[[], Mapping[str, Share]]
    source: Callable[[Share], ConsentedSource]
    ingest: Callable[[str, str], Awaitable[IngestTarget]]
    show: Callable[[str], None]
    admitted: Callable[[Session], None]
    left: Callable[[Session, HowEnded], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """A session that is over and that nobody was told of yet."""

    session: Session
    how: HowEnded
    progress: Progress
    at: Moment
    no_picture: str | None


class Gate:
    """Lets a hub's viewers in to shares, and cuts them off."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        hub: Hub,
        decisions: Decisions,
        ledger: Ledger,
        doors: Doors,
        ssl: SSLContext,
    ) -> None:
        """Know nobody yet. The gate is closed as long as the facts say nothing."""
        self._hass = hass
        self._hub = hub
        self._decisions = decisions
        self._ledger = ledger
        ledger.on_recorded = self.tell
        self._doors = doors
        self._ssl = ssl
        self._opening: set[str] = set()
        self._admitting: dict[str, Session] = {}
        self._sessions: dict[str, Session] = {}
        self._watched: dict[str, dict[str, Session]] = {}
        self._ended: dict[str, dict[str, _Ended]] = {}
        self._carriers: dict[str, Carrier] = {}
        self._came_in: dict[str, float] = {}
        self._timers: dict[str, CALLBACK_TYPE] = {}
        self._listeners: list[Callable[[GateEvent], None]] = []
        self._failures = Failures(_LOGGER)

    def within_limits(self, share: Share, wish: Wish) -> bool:
        """Say whether the owner's limits of a share admit one more viewer, with this purpose and case."""
        everybody = (self._sessions | self._admitting).values()
        watching = sum(each.share_id == share.share_id for each in everybody)
        today = self._ledger.today[share.camera_id]
        return admits(share, wish, watching=watching, today=today)

    def share_of(self, camera_id: str) -> Share | None:
        """Find the share that the hub knows by this id."""
        shares = self._doors.shares().values()
        return next((each for each in shares if each.camera_id == camera_id), None)

    def lists(self, share_id: str) -> bool:
        """Say whether the hub knows of a share."""
        return share_id in self._doors.shares()

    def sessions(self, share_id: str | None = None) -> tuple[Session, ...]:
        """Give the running sessions, of one share or all, the oldest first."""
        running = self._sessions
        if share_id is not None:
            running = self._watched.get(share_id, {})
        return tuple(running.values())

    def knows(self, session_id: str) -> bool:
        """Say whether a session runs, or is about to, that closing would end."""
        return session_id in self._sessions or session_id in self._opening

    @property
    def untold(self) -> tuple[str, ...]:
        """Return the shares of which the end of a session is not told yet."""
        return tuple(self._ended)

    def is_or_was_watched(self, share_id: str) -> bool:
        """Return whether somebody watches a share, or did and that is not told yet."""
        return share_id in self._watched or share_id in self._ended

    @callback
    def subscribe(self, listener: Callable[[GateEvent], None]) -> CALLBACK_TYPE:
        """Call `listener` for every event from now on, until the function given back is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_open(self, message: SessionOpen) -> SessionOpened:
        """Let a viewer in, or raise ProtocolError. The upload starts with `start`, once the hub has the answer.

        All that speaks of the hub's own message is checked before the camera is looked at, so that a closed camera,
        an unlisted one and one that is full can't be told apart.
        """
        assertion = verify_viewer(
            message.assertion, hub=self._hub, message=message, at=dt_util.utcnow()
        )
        once = {Once.ASSERTION: assertion.jti, Once.SESSION: message.session}
        with self._ledger.uses.hold(once):
            self._opening.add(message.session)
            try:
                await self._ledger.uses.async_require_new(once)
                return await self._async_admit(message, assertion)
            finally:
                self._opening.discard(message.session)
                self._admitting.pop(message.session, None)

    def start(self, session_id: str) -> None:
        """Start the upload that carries this session, if it is the one that carries; the hub has its answer now."""
        if (carrier := self._carriers.get(session_id)) and carrier.task is None:
            carrier.task = self._hass.async_create_background_task(
                carrier.run(), f"latchstring upload {session_id}"
            )

    @callback
    def abandon(self, session_id: str) -> None:
        """Take a session back whose answer never reached the hub, with all that its upload would have carried."""
        self.close(session_id, Ending.NOT_STARTED)
        self._drop(session_id, Ending.NOT_STARTED)

    @callback
    def reconsider(self, share_ids: Collection[str]) -> None:
        """Ask again about the sessions of these shares, because a fact turned, and cut those that may not go on."""
        if not self._watched:
            return
        now = dt_util.utcnow()
        self._end(
            [
                each
                for share_id in self._watched.keys() & share_ids
                for each in self._over(share_id, now)
            ]
        )

    def _over(self, share_id: str, now: datetime) -> Iterator[tuple[Session, HowEnded]]:
        """Give who of a share's viewers may not go on, and how; who does is held to its limits of now."""
        going_on = 0
        for session in tuple(self._watched[share_id].values()):
            how = self._why_over(session, now, beside=going_on)
            if how is not None:
                yield session, how
                continue
            going_on += 1
            ends_by = session.started + _longest(self._limits_of(share_id))
            if ends_by < session.ends_by:
                self._keep(replace(session, ends_by=ends_by))

    def _why_over(
        self, session: Session, now: datetime, *, beside: int
    ) -> HowEnded | None:
        """Return how a session ends now that has so many others before it, or None if it goes on."""
        decision = self._decisions.of(session.share_id, session.asker)
        if not decision.open:
            return _how(decision)
        limits = self._limits_of(session.share_id)
        if now >= min(session.ends_by, session.started + _longest(limits)):
            return Ending.LIMIT
        if beside >= limits.viewers or not accepts(limits, session.wish):
            return Ending.LIMITS_CHANGED
        return None

    def _limits_of(self, share_id: str) -> Limits:
        """Return what viewers of a share are held to now."""
        share = self._doors.shares().get(share_id)
        return share.limits if share else Limits()

    @callback
    def cut(self, share_ids: Collection[str], how: HowEnded) -> None:
        """End every session of these shares, running or about to, and ask nobody: whoever was to be asked failed."""
        for session in self._admitting.values():
            if session.share_id in share_ids:
                self._opening.discard(session.session_id)
        self._end(
            [
                (session, how)
                for session in self._sessions.values()
                if session.share_id in share_ids
            ]
        )

    @callback
    def close(self, session_id: str, how: HowEnded) -> None:
        """End one session, running or about to; one that is not there needs no ending."""
        self._opening.discard(session_id)
        if session := self._sessions.get(session_id):
            self._end([(session, how)])

    @callback
    def cut_all(self, how: HowEnded) -> None:
        """End every session, running or about to."""
        self._opening.clear()
        self._end([(session, how) for session in self._sessions.values()])

    async def async_stop(self, how: HowEnded) -> None:
        """End every session, tell of it, and wait until the ends are written down. Nothing decides to open any more."""
        self.cut_all(how)
        # Home Assistant stops all hubs in one turn of the loop: they are cut before the end of any is told.
        await asyncio.sleep(0)
        for share_id in (*self._ended, *self._ended):  # what fails is tried once more
            self.tell_ends(share_id)
        await self._ledger.async_settled()

    @callback
    def tell_ends(self, share_id: str) -> None:
        """Write down and tell how sessions of a share ended, with the time at which they were cut."""
        untold = self._ended.get(share_id, {})
        for session_id, ended in tuple(untold.items()):
            if session_id not in untold:  # telling of another had it told
                continue
            session, how, at = ended.session, ended.how, ended.at
            try:
                self._ledger.end(
                    session, how, ended.progress, at=at, no_picture=ended.no_picture
                )
            except Exception:  # noqa: BLE001 - it is logged, and tried again with what is shown next
                self._failures.caught(ENDING, session_id)
                continue
            del untold[session_id]
            for doing in (CUTTING, LEAVING, ENDING):
                self._failures.worked(doing, session_id)
            self.tell(WatchEnded(session=session, how=how, at=at.at))
        if not self._ended.get(share_id):
            self._ended.pop(share_id, None)

    async def async_save_progress(self) -> None:
        """Keep on disk how far each session has come, for the case that its end can't be written."""
        for session in self.sessions():
            if carrier := self._carriers.get(session.carried_by):
                await self._ledger.async_save_progress(session, carrier.progress)

    def _admitted(self, message: SessionOpen, assertion: ViewerAssertion) -> Session:
        """Decide, and say which upload carries the viewer. Raises the one refusal that tells nothing."""
        share = self.share_of(message.camera)
        if share is None or self._is_full:
            raise ProtocolError(ErrorCode.NOT_AVAILABLE)
        decision = self._decisions.admission(share.share_id, assertion.asker)
        if not (decision.open and self.within_limits(share, assertion.wish)):
            raise ProtocolError(ErrorCode.NOT_AVAILABLE)
        at = dt_util.utcnow()
        return Session(
            session_id=message.session,
            share_id=share.share_id,
            viewer=assertion.viewer,
            wish=assertion.wish,
            purpose=self._hub.purposes[assertion.wish.purpose],
            reason=decision.reason,
            until=decision.until,
            started=at,
            ends_by=at + _longest(share.limits),
            carried_by=self._carried_by(share, message, decision),
            joined=NOTHING_SENT,
        )

    @property
    def _is_full(self) -> bool:
        """Say whether the hub has had as much as any hub may have, at once or today."""
        return (
            len(self._sessions | self._admitting) >= MAX_SESSIONS
            or self._ledger.today.total() >= MAX_SESSIONS_A_DAY
        )

    def _carried_by(
        self, share: Share, message: SessionOpen, decision: Decision
    ) -> str:
        """Name the upload this share already has to the hub, or prepare one that this session carries.

        A session that only an approval opens has one of its own, so that ending it ends exactly it.
        """
        is_common = decision.reason is not Opening.APPROVAL
        for carried_by, carrier in self._carriers.items():
            if is_common and carrier.is_common and carrier.share_id == share.share_id:
                return carried_by
        self._carriers[message.session] = Carrier(
            share_id=share.share_id,
            is_common=is_common,
            consented=self._doors.source(share),
            target=lambda: self._doors.ingest(message.ingest.url, message.ingest.token),
            ssl=self._ssl,
            on_lost=lambda: self._drop(message.session, Ending.UPLOAD_LOST),
        )
        return message.session

    async def _async_admit(
        self, message: SessionOpen, assertion: ViewerAssertion
    ) -> SessionOpened:
        """Decide, write the start down, show the owner, then give the proof. Media comes after the hub's answer.

        That names the hour at which every session ends: a shorter limit of the owner's is no hub's business.
        """
        session = self._admitted(message, assertion)
        self._admitting[session.session_id] = session  # counts as watching from now on
        try:
            self._doors.admitted(session)
            self._doors.show(session.share_id)
            started = await self._ledger.async_start(session, message)
            self._come_in(session, started.id)
            proof = await self._ledger.async_prove(started)
            self._require_running(session)
        except BaseException:
            self.abandon(session.session_id)
            self._doors.left(session, Ending.NOT_STARTED)
            raise
        return SessionOpened(
            session=session.session_id,
            carried_by=session.carried_by,
            ends_by=session.started + LONGEST,
            proof=proof,
        )

    def _require_running(self, session: Session) -> None:
        """Raise the refusal if a session was ended while its proof was made."""
        if session.session_id not in self._sessions:
            raise ProtocolError(ErrorCode.NOT_AVAILABLE)

    def _come_in(self, session: Session, entry_id: str) -> None:
        """Make a recorded session a running one and show the owner, unless it may not be one any more."""
        now = dt_util.utcnow()
        carrier = self._carriers.get(session.carried_by)
        watching = len(self._watched.get(session.share_id, {}))
        how = self._why_over(session, now, beside=watching)
        if (
            session.session_id not in self._opening
            or carrier is None
            or how is not None
        ):
            how = how or Ending.NOT_STARTED
            at = self._ledger.moment(now)
            self._ledger.end(session, how, session.joined, at=at)
            raise ProtocolError(ErrorCode.NOT_AVAILABLE)
        session = replace(session, joined=carrier.progress)
        carrier.sessions.add(session.session_id)
        self._came_in[session.session_id] = self._hass.loop.time()
        self._keep(session)
        for listener in tuple(self._listeners):
            listener(WatchStarted(session=session, entry_id=entry_id))

    def _keep(self, session: Session) -> None:
        """Know a running session, and have it end in its time by the earlier of two clocks."""
        session_id, now = session.session_id, self._hass.loop.time()
        self._sessions[session_id] = session
        self._watched.setdefault(session.share_id, {})[session_id] = session
        lasted = timedelta(seconds=now - self._came_in[session_id])
        lasts = min(
            session.ends_by - dt_util.utcnow(),
            session.ends_by - session.started - lasted,
        )
        self._stop_timer(session_id)
        self._timers[session_id] = async_call_later(
            self._hass,
            max(lasts, timedelta()),
            callback(lambda _now: self.close(session_id, Ending.LIMIT)),
        )

    def _stop_timer(self, session_id: str) -> None:
        if (stop := self._timers.pop(session_id, None)) is not None:
            stop()

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
            self._have_left(ending)

    def _leave(self, session: Session, how: HowEnded, at: datetime) -> None:
        """Take a session off its upload, cutting that with its last one. May be done again where it failed half-way."""
        session_id, share_id = session.session_id, session.share_id
        carrier = self._carriers[session.carried_by]
        no_picture = carrier.no_picture
        carrier.sessions.discard(session_id)
        if not carrier.sessions:
            carrier.cut()
        ended = _Ended(
            session=session,
            how=how,
            progress=carrier.progress,
            at=self._ledger.moment(at),
            no_picture=no_picture
            if carrier.progress.fragments == session.joined.fragments
            else None,
        )
        self._ended.setdefault(share_id, {}).setdefault(session_id, ended)
        self._sessions.pop(session_id, None)
        watched = self._watched.get(share_id, {})
        watched.pop(session_id, None)
        if not watched:
            self._watched.pop(share_id, None)
        if not carrier.sessions:
            self._carriers.pop(session.carried_by, None)

    def _have_left(self, ended: Iterable[tuple[Session, HowEnded]]) -> None:
        """Do what follows from the end of sessions that are cut."""
        for session, how in ended:
            try:
                self._doors.left(session, how)
                self._came_in.pop(session.session_id, None)
                self._stop_timer(session.session_id)
            except Exception:  # noqa: BLE001 - it is cut, and the others are to be let go too
                self._failures.caught(LEAVING, session.session_id)

    def _drop(self, carried_by: str, how: HowEnded) -> None:
        """End an upload with every session it carries."""
        if (carrier := self._carriers.get(carried_by)) is not None:
            carrier.cut()
            self._end([(self._sessions[each], how) for each in carrier.sessions])
            self._carriers.pop(carried_by, None)

    def tell(self, event: GateEvent) -> None:
        """Tell every listener. What one of them makes of it must not keep the others from hearing it."""
        kind = type(event).__name__
        for number, listener in enumerate(tuple(self._listeners)):
            try:
                listener(event)
                self._failures.worked("Telling", f"{kind} to listener {number}")
            except Exception:  # noqa: BLE001 - it is logged, and the others hear it too
                self._failures.caught("Telling", f"{kind} to listener {number}")


def _longest(limits: Limits) -> timedelta:
    """Return how long a session lasts at most."""
    return min(timedelta(minutes=limits.minutes), LONGEST)


def _how(decision: Decision) -> HowEnded:
    """Say how a closed decision ends a session: by its block, or because nothing opens the camera any more."""
    return decision.reason if isinstance(decision.reason, Block) else Ending.NO_OPENING
