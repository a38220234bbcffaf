"""The only door between a hub and a camera: decide, record, then relay; cut when the decision turns.

Nothing else starts or feeds a relay. Letting in waits for the record and for the owner to be shown; cutting waits
for nothing. Of the two ways to fail, keeping a viewer out and letting one in against the owner's word, the second is
worse: whatever goes wrong on the way in ends the session before its first byte.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..core.assertion import Assertion, ViewerAssertion, verify_viewer
from ..core.content import Once
from ..core.decision import admits, decide
from ..core.errors import ErrorCode, ProtocolError
from ..core.messages import SessionOpen, SessionOpened
from ..core.model import (
    COSIGNATURE_LATE,
    Block,
    Decision,
    Facts,
    Hub,
    Opening,
    Share,
    Viewer,
    Wish,
)
from ..core.protocol import MAX_SESSIONS, MAX_SESSIONS_A_DAY, SESSION_MINUTES
from ..relay import NOTHING_SENT
from .carrier import Carrier
from .ledger import Ledger
from .session import (
    Ending,
    GateEvent,
    HowEnded,
    Session,
    Turned,
    WatchEnded,
    WatchStarted,
)

if TYPE_CHECKING:
    from ssl import SSLContext

    from homeassistant.core import CALLBACK_TYPE

    from ..relay import CameraSource, IngestTarget

LONGEST: Final = timedelta(minutes=SESSION_MINUTES)

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the gate reaches through. Each is a question asked anew every time, so that nothing here goes stale.

    `shares` gives the shares by id, `facts` what is true of one now, `source` the camera of one, `ingest` the checked
    target for a URL and a token (raises OSError where none may be connected to).
    """

    shares: Callable[[], Mapping[str, Share]]
    facts: Callable[[str], Facts]
    source: Callable[[Share], CameraSource]
    ingest: Callable[[str, str], Awaitable[IngestTarget]]


class Gate:
    """Lets a hub's viewers in to shares, and cuts them off."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        hub: Hub,
        ledger: Ledger,
        doors: Doors,
        ssl: SSLContext,
    ) -> None:
        """Know nobody yet. The gate is closed as long as the facts say nothing."""
        self._hass = hass
        self._hub = hub
        self._ledger = ledger
        ledger.on_recorded = self.tell
        self._doors = doors
        self._ssl = ssl
        self._opening: set[str] = set()
        self._admitting: dict[str, Session] = {}
        self._sessions: dict[str, Session] = {}
        self._carriers: dict[str, Carrier] = {}
        self._limits: dict[str, CALLBACK_TYPE] = {}
        self._listeners: list[Callable[[GateEvent], None]] = []
        self._stopped = False

    def decision(self, share_id: str, viewer: Viewer | None = None) -> Decision:
        """Decide about one share now; a share that is not there is closed like one that is switched off."""
        share = self._doors.shares().get(share_id)
        if share is None or self._stopped:
            return Decision(open=False, reason=Block.CAMERA_OFF)
        return decide(share, self._doors.facts(share_id), viewer, dt_util.utcnow())

    @property
    def admits(self) -> bool:
        """Say whether anybody new is let in to whatever is open: not while the hub owes us its word on its log."""
        return not self._ledger.witness.is_late

    def admission(self, share_id: str, viewer: Viewer | None = None) -> Decision:
        """Decide whether somebody new is let in to a share now."""
        return self.for_somebody_new(self.decision(share_id, viewer))

    def for_somebody_new(self, decision: Decision) -> Decision:
        """Say what a decision means to a viewer who isn't watching yet."""
        if decision.open and not self.admits:
            return replace(decision, open=False, reason=COSIGNATURE_LATE)
        return decision

    def within_limits(self, share: Share, assertion: Assertion) -> bool:
        """Say whether the owner's limits of a share admit one more viewer, with this purpose and case."""
        wish = Wish(purpose=assertion.purpose, case=assertion.case)
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
        return tuple(
            session
            for session in self._sessions.values()
            if share_id in (None, session.share_id)
        )

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
    def reconsider(self) -> None:
        """Ask again about every session, because a fact turned: cut first, then say so."""
        now = dt_util.utcnow()
        ending: list[tuple[Session, HowEnded]] = []
        for session in self._sessions.values():
            decision = self.decision(session.share_id, session.viewer)
            if not decision.open:
                ending.append((session, _how(decision)))
            elif now >= session.ends_by:
                ending.append((session, Ending.LIMIT))
        self._end(ending)
        self.tell(Turned())

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
        """Close for good, and wait until the ends are written down."""
        self._stopped = True
        self.cut_all(how)
        await self._ledger.async_settled()

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
        decision = self.admission(share.share_id, assertion.viewer)
        if not (decision.open and self.within_limits(share, assertion)):
            raise ProtocolError(ErrorCode.NOT_AVAILABLE)
        at = dt_util.utcnow()
        return Session(
            session_id=message.session,
            share_id=share.share_id,
            viewer=assertion.viewer,
            purpose=self._hub.purposes[assertion.purpose],
            case=assertion.case,
            reason=decision.reason,
            until=decision.until,
            started=at,
            ends_by=at + min(timedelta(minutes=share.limits.minutes), LONGEST),
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
            source=self._doors.source(share),
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
            started = await self._ledger.async_start(session, message)
            self._come_in(session, started.id)
            proof = await self._ledger.async_prove(started)
            self._require_running(session)
        except BaseException:
            self.abandon(session.session_id)
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
        """Make a recorded session a running one and show the owner, unless the decision turned meanwhile."""
        carrier = self._carriers.get(session.carried_by)
        decision = self.decision(session.share_id, session.viewer)
        if (
            session.session_id not in self._opening
            or carrier is None
            or not decision.open
        ):
            how = Ending.NOT_STARTED if decision.open else _how(decision)
            self._ledger.end(session, how, session.joined, at=dt_util.utcnow())
            raise ProtocolError(ErrorCode.NOT_AVAILABLE)
        session = replace(session, joined=carrier.progress)
        carrier.sessions.add(session.session_id)
        self._sessions[session.session_id] = session
        self._limits[session.session_id] = async_call_later(
            self._hass,
            session.ends_by - session.started,
            callback(lambda _now: self.close(session.session_id, Ending.LIMIT)),
        )
        for listener in self._listeners:
            listener(WatchStarted(session=session, entry_id=entry_id))

    def _end(self, ending: list[tuple[Session, HowEnded]]) -> None:
        """End sessions. Every upload that nobody is left on is cut before anything is written or said."""
        carriers = [self._leave(session) for session, _ in ending]
        at = dt_util.utcnow()
        for (session, how), carrier in zip(ending, carriers, strict=True):
            self._limits.pop(session.session_id)()
            self._ledger.end(session, how, carrier.progress, at=at)
            self.tell(WatchEnded(session=session, how=how, at=at))

    def _leave(self, session: Session) -> Carrier:
        """Take a session off its upload, and cut the upload with its last."""
        del self._sessions[session.session_id]
        carrier = self._carriers[session.carried_by]
        carrier.sessions.discard(session.session_id)
        if not carrier.sessions:
            carrier.cut()
            del self._carriers[session.carried_by]
        return carrier

    def _drop(self, carried_by: str, how: HowEnded) -> None:
        """End an upload with every session it carries."""
        if (carrier := self._carriers.get(carried_by)) is not None:
            carrier.cut()
            self._end([(self._sessions[each], how) for each in carrier.sessions])
            self._carriers.pop(carried_by, None)

    def tell(self, event: GateEvent) -> None:
        """Tell every listener. What one of them makes of it must not keep the others, or a cut, from happening."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                _LOGGER.exception("Showing %s failed", type(event).__name__)


def _how(decision: Decision) -> HowEnded:
    """Say how a closed decision ends a session: by its block, or because nothing opens the camera any more."""
    return decision.reason if isinstance(decision.reason, Block) else Ending.NO_OPENING
