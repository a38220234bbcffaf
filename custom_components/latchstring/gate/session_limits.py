"""The limits of running sessions: the decision about their share, and the owner's limits."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ..core.decision import accepts
from ..core.model import Block, Decision, Limits, Share
from ..core.protocol import SESSION_MINUTES
from .values import Ending

if TYPE_CHECKING:
    from datetime import datetime

    from .decisions import Decisions
    from .events import HowEnded
    from .sessions import Sessions
    from .values import Session

LONGEST: Final = timedelta(minutes=SESSION_MINUTES)


class SessionLimits:
    """Decides when a session is over. Limits are read anew each time: tightened ones hold for running sessions."""

    def __init__(
        self,
        *,
        decisions: Decisions,
        sessions: Sessions,
        shares: Callable[[], Mapping[str, Share]],
    ) -> None:
        self._decisions = decisions
        self._sessions = sessions
        self._shares = shares

    def of(self, share_id: str) -> Limits:
        """Return the limits of a share as they are now."""
        share = self._shares().get(share_id)
        return share.limits if share else Limits()

    def over(self, share_id: str, now: datetime) -> Iterator[tuple[Session, HowEnded]]:
        """Yield the sessions of a share that may not go on, and how they end; shorten the others to today's limits."""
        going_on = 0
        for session in self._sessions.running(share_id):
            how = self.why_over(session, now, beside=going_on)
            if how is not None:
                yield session, how
                continue
            going_on += 1
            ends_by = session.started + longest(self.of(share_id))
            if ends_by < session.ends_by:
                self._sessions.keep(replace(session, ends_by=ends_by))

    def why_over(
        self, session: Session, now: datetime, *, beside: int
    ) -> HowEnded | None:
        """Return how a session ends now that has so many others before it, or None if it goes on."""
        decision = self._decisions.of(session.share_id, session.asker)
        if not decision.open:
            return _how(decision)
        limits = self.of(session.share_id)
        if now >= min(session.ends_by, session.started + longest(limits)):
            return Ending.LIMIT
        if beside >= limits.viewers or not accepts(limits, session.wish):
            return Ending.LIMITS_CHANGED
        return None


def longest(limits: Limits) -> timedelta:
    """Return how long a session lasts at most."""
    return min(timedelta(minutes=limits.minutes), LONGEST)


def _how(decision: Decision) -> HowEnded:
    """Return how a closed decision ends a session: by its block, or because nothing opens the camera any more."""
    return decision.reason if isinstance(decision.reason, Block) else Ending.NO_OPENING
