"""What the gate knows of a running session, and what it tells the owner's side about sessions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from ..core.model import Asker, Block, Reason, Viewer, Wish
from ..relay import Progress

if TYPE_CHECKING:
    from .requests import Request


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


type HowEnded = Block | Ending


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
class WatchStarted:
    """A viewer is about to see the camera; the record holds it as `entry_id`."""

    session: Session
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEnded:
    """A viewer no longer sees the camera."""

    session: Session
    how: HowEnded
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRecorded:
    """The end of a session is in the record as `entry_id`."""

    session: Session
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Within the last minute the hub was refused a listed camera `count` times; the record holds it as `entry_id`."""

    camera_id: str
    count: int
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """What the hub is shown may have turned: whoever shows it asks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A viewer asks the owner to be let in; the record holds it as `entry_id`."""

    request: Request
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Somebody of the household answered a request; the record holds it as `entry_id`, if it could be written."""

    request: Request
    allowed: bool
    entry_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """A request waits no more."""


type GateEvent = (
    WatchStarted
    | WatchEnded
    | EndRecorded
    | Refused
    | Turned
    | Asked
    | Answered
    | Unasked
)
