"""A session and a request, as values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ..core.model import Asker

if TYPE_CHECKING:
    from datetime import datetime

    from ..core.model import Reason, Viewer, Wish
    from ..relay import Progress


class Ending(StrEnum):
    """How a session ended, beside the blocks. Kept at home; a hub is never told."""

    NO_OPENING = "no_opening"
    HUB_CLOSED = "hub_closed"
    LIMIT = "limit"
    LIMITS_CHANGED = "limits_changed"
    UPLOAD_LOST = "upload_lost"
    CONTROL_LOST = "control_lost"
    NOT_STARTED = "not_started"
    HOME_STOPPING = "home_stopping"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One viewer watching one camera. `carried_by` names the session whose upload carries it.

    `purpose` are the agreement's words for what the viewer wished for.
    """

    session_id: str
    share_id: str
    viewer: Viewer
    wish: Wish
    purpose: str
    reason: Reason
    until: datetime | None
    started: datetime
    ends_by: datetime
    carried_by: str
    joined: Progress

    @property
    def asker(self) -> Asker:
        """Return who watches, and what for, as those are asked about who watch."""
        return Asker(viewer=self.viewer, wish=self.wish, session=self.session_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a viewer asks for; `share_id` is None when nobody will ever answer it.

    `purpose` are the agreement's words for what the viewer wishes for.
    """

    request_id: str
    share_id: str | None
    viewer: Viewer
    wish: Wish
    purpose: str
    minutes: int
    asked: datetime
    answer_by: datetime

    @property
    def asker(self) -> Asker:
        """Return who asks, and what for."""
        return Asker(viewer=self.viewer, wish=self.wish)
