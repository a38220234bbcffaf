"""The kinds of entries of a hub log.

Only what that hub took part in, because a proof shows the hub the whole entry: no reason, no user and nothing else of
the household is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from ..canonical import Json
from ..messages import Mark
from .base import LATER


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The owner paired with this hub: both sides' tokens, and the hub's `keys` that they pin.

    Where the hub had another key before, `hub_successions` lead from that to this one, if it signed them.
    """

    kind: ClassVar = "paired"
    hub_id: str
    name: str
    keys: Mapping[str, Json]
    receipt: str
    countersignature: str
    succession: str | None = None
    hub_successions: tuple[str, ...] | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAccepted:
    """The owner accepted this text of the hub's agreement."""

    kind: ClassVar = "agreement_accepted"
    version: str
    agreement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A viewer was admitted; the assertion, as received, says who and what for."""

    kind: ClassVar = "session_started"
    session: str
    camera: str
    assertion: str
    agreement: str
    carried_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    """A session ended; at most `bytes` arrived: that many were handed to the transport."""

    kind: ClassVar = "session_ended"
    session: str
    bytes: int
    from_: Mark
    to: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """The refusals of one minute, counted by error code.

    `cameras` counts them for each listed camera, by its id; `unlisted` for all others, whose ids are the hub's choice
    and not stored.
    """

    kind: ClassVar = "refusals"
    minute: datetime
    counts: Mapping[str, int]
    cameras: Mapping[str, int] | None = field(default=None, metadata=LATER)
    unlisted: int | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A viewer asked to watch."""

    kind: ClassVar = "requested"
    request: str
    camera: str
    minutes: int
    assertion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDecided:
    """The answer to a request, as the hub got it: refused, blocked and unanswered look the same."""

    kind: ClassVar = "request_decided"
    request: str
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The hub's signed receipt for what it received of a session."""

    kind: ClassVar = "receipt"
    session: str
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdHead:
    """A commitment to the head of the household's log: a hash that reveals nothing without its salt."""

    kind: ClassVar = "household_head"
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """The owner removed this hub."""

    kind: ClassVar = "unpaired"
    hub_id: str
