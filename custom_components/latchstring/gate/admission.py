"""Admission of viewers: the decision about the camera, the owner's limits, and the limits of every hub."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

from ..core.decision import admits
from ..core.errors import ErrorCode, ProtocolError
from ..core.protocol import MAX_SESSIONS, MAX_SESSIONS_A_DAY
from ..relay import NOTHING_SENT
from .session_limits import longest
from .values import Session

if TYPE_CHECKING:
    from ..core.messages import SessionOpen
    from ..core.model import Decision, Hub, Share, Wish
    from ..core.signatures.assertion import ViewerAssertion
    from .carrier import Carriers
    from .decisions import Decisions
    from .hub_log import HubLogWriter
    from .sessions import Sessions


class Admission:
    """Decides whether one more viewer is admitted to the camera that a hub asks for."""

    def __init__(
        self,
        *,
        hub: Hub,
        decisions: Decisions,
        hub_log: HubLogWriter,
        sessions: Sessions,
        carriers: Carriers,
        shares: Callable[[], Mapping[str, Share]],
        has_room: Callable[[Share], bool],
    ) -> None:
        self._hub = hub
        self._decisions = decisions
        self._hub_log = hub_log
        self._sessions = sessions
        self._carriers = carriers
        self._shares = shares
        self._has_room = has_room

    def share_of(self, camera_id: str) -> Share | None:
        """Return the share that the hub knows by this camera id, or None."""
        shares = self._shares().values()
        return next((each for each in shares if each.camera_id == camera_id), None)

    def lists(self, share_id: str) -> bool:
        """Return whether a share is in the hub's list of cameras."""
        return share_id in self._shares()

    def within_limits(self, share: Share, wish: Wish) -> bool:
        """Return whether the owner's limits of a share admit one more viewer, with this purpose and case."""
        counted = self._sessions.counted
        watching = sum(each.share_id == share.share_id for each in counted)
        today = self._hub_log.today[share.camera_id]
        return admits(share, wish, watching=watching, today=today)

    def admitted(self, message: SessionOpen, assertion: ViewerAssertion) -> Session:
        """Return the session with the upload that carries it, or raise ProtocolError, for all reasons the same."""
        share, decision = self._require(message.camera, assertion)
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
            ends_by=at + longest(share.limits),
            carried_by=self._carriers.carrying(share, message, decision),
            joined=NOTHING_SENT,
        )

    def _require(
        self, camera_id: str, assertion: ViewerAssertion
    ) -> tuple[Share, Decision]:
        # A closed camera, an unlisted one and one that is full can't be told apart.
        share = self.share_of(camera_id)
        if share is None or self._is_full or not self._has_room(share):
            raise ProtocolError(ErrorCode.NOT_AVAILABLE)
        decision = self._decisions.admission(share.share_id, assertion.asker)
        if not (decision.open and self.within_limits(share, assertion.wish)):
            raise ProtocolError(ErrorCode.NOT_AVAILABLE)
        return share, decision

    @property
    def _is_full(self) -> bool:
        """Return whether the hub has as many sessions as any hub may have, at once or today."""
        return (
            len(self._sessions.counted) >= MAX_SESSIONS
            or self._hub_log.today.total() >= MAX_SESSIONS_A_DAY
        )
