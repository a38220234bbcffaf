"""What the sessions of one hub use: approvals for one look, each of which admits one session, and cameras at once."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..core.model import Opening
from ..gate import Ending

if TYPE_CHECKING:
    from ..core.model import Share
    from ..gate import HowEnded, Session
    from ..rules.timed_openings import TimedOpenings
    from ..tracking.camera_budget import CameraBudget
    from .share_list import ShareList


class SessionUse:
    """Uses up the approvals for one look, and takes part in the home's budget of cameras at once."""

    def __init__(
        self,
        hub_id: str,
        *,
        shares: ShareList,
        openings: TimedOpenings,
        budget: CameraBudget,
        on_left: Callable[[Collection[str]], None],
    ) -> None:
        """`on_left` takes the share that a session has left, whatever became of its approval."""
        self._hub_id = hub_id
        self._shares = shares
        self._openings = openings
        self._budget = budget
        self._on_left = on_left

    def has_room(self, share: Share) -> bool:
        """Return whether the camera of a share is or can be connected to for a viewer."""
        return self._budget.has_room(share.camera)

    @callback
    def admitted(self, session: Session) -> None:
        """Use up the approval that admits a session. Where the camera is open without it, it stays for later."""
        camera = self._shares.now()[session.share_id].camera
        self._budget.begin((self._hub_id, session.session_id), camera)
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
            self._budget.end((self._hub_id, session.session_id))
            end(session.share_id, session.session_id)
        finally:
            self._on_left([session.share_id])
