"""Use of approvals for one look: each admits one session and no other."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..core.model import Opening
from ..gate import Ending

if TYPE_CHECKING:
    from ..gate import HowEnded, Session
    from ..rules.timed_openings import TimedOpenings


class ApprovalUse:
    """Uses up the approvals for one look."""

    def __init__(
        self, openings: TimedOpenings, *, on_left: Callable[[Collection[str]], None]
    ) -> None:
        """`on_left` takes the share that a session has left, whatever became of its approval."""
        self._openings = openings
        self._on_left = on_left

    @callback
    def admitted(self, session: Session) -> None:
        """Use up the approval that admits a session. Where the camera is open without it, it stays for later."""
        if session.reason is Opening.APPROVAL:
            asker = replace(session.asker, session=None)
            self._openings.use(session.share_id, asker, session.session_id)

    @callback
    def left(self, session: Session, how: HowEnded) -> None:
        """End the approval that a session used, unless that never began, and have the share displayed."""
        end = self._openings.end_look
        if how is Ending.NOT_STARTED:  # not a byte can have left
            end = self._openings.give_back
        try:
            end(session.share_id, session.session_id)
        finally:
            self._on_left([session.share_id])
