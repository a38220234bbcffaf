"""What the log of a hub holds.

Only what that hub took part in, because a proof shows the hub the whole entry: no reason, no user and nothing else of
the household stands in it.
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
    """The owner paired with this hub; both sides' signatures, whole, and the hub's `keys` that they pin.

    Where it was known by another key before, `hub_successions` lead from that one to this, if it has signed them.
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
    """A viewer was admitted; the assertion says who and why, kept as received."""

    kind: ClassVar = "session_started"
    session: str
    camera: str
    assertion: str
    agreement: str
    carried_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    """A session is over; at most `bytes` arrived: so many the transport was given."""

    kind: ClassVar = "session_ended"
    session: str
    bytes: int
    from_: Mark
    to: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What this hub was refused in one minute, counted by the code it was told.

    `cameras` says how often it asked in vain for each camera that was listed, by its id; `unlisted`, how often for any
    other. The names of those are the hub's choice, and not kept.
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
    """What the hub was answered: refused, blocked and unanswered look the same."""

    kind: ClassVar = "request_decided"
    request: str
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The hub's signed word on what it received, whole."""

    kind: ClassVar = "receipt"
    session: str
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdHead:
    """The household's log was as long as this hides, by a salted hash that says nothing without the salt."""

    kind: ClassVar = "household_head"
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """The owner removed this hub."""

    kind: ClassVar = "unpaired"
    hub_id: str
