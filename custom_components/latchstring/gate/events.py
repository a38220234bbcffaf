"""The events of a gate, about sessions, refusals and requests."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ..core.model import Block
    from .values import Ending, Request, Session

type HowEnded = Block | Ending


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
class Changed:
    """Something about the hub may have changed: whoever displays it reads it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAsked:
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
    """A request no longer waits: it was answered, or its time is over."""


type GateEvent = (
    WatchStarted
    | WatchEnded
    | EndRecorded
    | Refused
    | Changed
    | RequestAsked
    | Answered
    | Unasked
)
