"""The ends of sessions that are cut already. They are recorded and shown after the cut."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .events import WatchEnded

if TYPE_CHECKING:
    from ..core.clock import Moment
    from ..failures import Failures
    from ..relay import Progress
    from .events import HowEnded
    from .hub_log import HubLogWriter
    from .listeners import Listeners
    from .values import Session

CUTTING: Final = "Cutting"
ENDING: Final = "Recording the end of"
LEAVING: Final = "Letting go of"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnd:
    """How a session ended, and how far it had come. `no_picture` is why it never had a picture, where it had none."""

    session: Session
    how: HowEnded
    progress: Progress
    at: Moment
    no_picture: str | None


class EndRecorder:
    """The ends that are not recorded yet, by share."""

    def __init__(
        self, hub_log: HubLogWriter, listeners: Listeners, failures: Failures
    ) -> None:
        self._hub_log = hub_log
        self._listeners = listeners
        self._failures = failures
        self._pending: dict[str, dict[str, SessionEnd]] = {}

    @property
    def shares(self) -> tuple[str, ...]:
        """Return the shares with sessions whose end is not recorded yet."""
        return tuple(self._pending)

    def __contains__(self, share_id: str) -> bool:
        """Return whether the end of a session of this share is not recorded yet."""
        return share_id in self._pending

    def add(self, end: SessionEnd) -> None:
        """Keep an end until it is recorded. If a session ends twice, the first counts."""
        ends = self._pending.setdefault(end.session.share_id, {})
        ends.setdefault(end.session.session_id, end)

    def record(self, share_id: str) -> None:
        """Record how sessions of a share ended, with the time at which they were cut, and call the listeners."""
        pending = self._pending.get(share_id, {})
        for session_id, end in tuple(pending.items()):
            # a listener to another one may have had it recorded
            if session_id in pending and self._is_recorded(end):
                del pending[session_id]
                self._notify(end)
        if not self._pending.get(share_id):
            self._pending.pop(share_id, None)

    def _is_recorded(self, end: SessionEnd) -> bool:
        """Record an end; return whether that worked."""
        try:
            self._hub_log.end(
                end.session,
                end.how,
                end.progress,
                at=end.at,
                no_picture=end.no_picture,
            )
        except Exception:  # noqa: BLE001 - it is logged, and tried again when the share is displayed next
            self._failures.caught(ENDING, end.session.session_id)
            return False
        return True

    def _notify(self, end: SessionEnd) -> None:
        for doing in (CUTTING, LEAVING, ENDING):
            self._failures.worked(doing, end.session.session_id)
        self._listeners.notify(
            WatchEnded(session=end.session, how=end.how, at=end.at.at)
        )
