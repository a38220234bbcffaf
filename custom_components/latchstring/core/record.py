"""What the record holds: a value for each kind of entry.

The log of a hub holds only what that hub took part in, because a proof shows the hub
the whole entry: no reason, no user and nothing else of the household stands in it. All
that is in the household's log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, get_args

from .canonical import Json
from .messages import Mark

LATER: Final = {"later": True}
"""Marks a member that older entries lack. While it is None it is left out, so that they keep their one form."""


class ActorKind(StrEnum):
    """Who acts: a person, what admins automated, or Latchstring by itself; nobody: nobody was seen to."""

    USER = "user"
    AUTOMATION = "automation"
    SYSTEM = "system"
    NOBODY = "nobody"


class Change(StrEnum):
    """What became of a consent; found: it holds, and since when the record does not say."""

    ADDED = "added"
    CHANGED = "changed"
    FOUND = "found"
    REMOVED = "removed"


class EpochCause(StrEnum):
    """Why a log begins anew under another key."""

    RESTORED = "restored"
    SHORTENED = "shortened"
    KEYS_CHANGED = "keys_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it, with the name the user had then."""

    kind: ActorKind
    user_id: str | None = None
    name: str | None = None


# Any log.


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochBegun:
    """The first entry of each epoch but the first: what is there of the one before.

    `origin`, `size` and `root` are its head (None: nothing of it is there, or its tree is broken); that it is known to
    have had `known_size` entries shows how many are missing.
    """

    kind: ClassVar = "epoch_begun"
    cause: EpochCause
    origin: str | None
    size: int
    root: bytes | None
    known_size: int


# The log of a hub.


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


# The household's log. `hub` is the log of the hub it is about, `camera` its id there.


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAllowed:
    """Why a session was admitted: what had opened the camera, and until when."""

    kind: ClassVar = "session_allowed"
    hub: str
    session: str
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCut:
    """What ended a session: switch_off, hub_closed, upload_lost, interrupted, ...

    `no_picture`: why its viewer saw none, where that is known.
    """

    kind: ClassVar = "session_cut"
    hub: str
    session: str
    how: str
    no_picture: str | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadCommitted:
    """What opens entry `index` of a hub's log: the head of this log when it had `size` entries, hashed with `salt`."""

    kind: ClassVar = "head_committed"
    hub: str
    epoch: int
    index: int
    size: int
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswered:
    """What somebody of the household said to a request, and until when that lets the viewer in."""

    kind: ClassVar = "request_answered"
    hub: str
    request: str
    allowed: bool
    actor: Actor
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchTurned:
    """Somebody turned one of our switches, of a camera or (no camera) of the hub."""

    kind: ClassVar = "switch_turned"
    switch: str
    on: bool
    actor: Actor
    hub: str
    camera: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningsEnded:
    """Somebody ended all that opened a camera for a while: an alarm's, the owner's, every answer's."""

    kind: ClassVar = "openings_ended"
    actor: Actor
    hub: str
    camera: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChanged:
    """Somebody listed a camera, changed what holds for it or took it off the list.

    Without a camera: somebody paired with the hub, accepted its agreement anew or removed it. `rules` are all that
    hold from now on, with coordinates as text: a float has no canonical form here. `before` has what held before of
    what is different now. Both name entities and people by what stays when they are renamed; `names` says what these
    were called at the time. `{"sha256": ...}` stands for what is too long or has no form. Older entries have neither
    `before` nor `names`, and not all in their `rules`.
    """

    kind: ClassVar = "consent_changed"
    change: Change
    actor: Actor
    hub: str
    camera: str | None = None
    label: str | None = None
    rules: Mapping[str, Json] | None = None
    before: Mapping[str, Json] | None = field(default=None, metadata=LATER)
    names: Mapping[str, str] | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsChanged:
    """Somebody chose a hub's options: `options` hold from now on. `before` and `names` are as in `ConsentChanged`."""

    kind: ClassVar = "options_changed"
    actor: Actor
    hub: str
    options: Mapping[str, Json]
    before: Mapping[str, Json] | None = field(default=None, metadata=LATER)
    names: Mapping[str, str] | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockConfirmed:
    """Somebody said that the clock is right, though the newest entry was of another time, or nobody could know."""

    kind: ClassVar = "clock_confirmed"
    actor: Actor
    newest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysChanged:
    """Somebody had this home change its keys for a hub; the hub's log goes on under the new ones."""

    kind: ClassVar = "keys_changed"
    actor: Actor
    hub: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A camera became viewable."""

    kind: ClassVar = "opened"
    actor: Actor
    hub: str
    camera: str
    label: str
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A camera stopped being viewable."""

    kind: ClassVar = "closed"
    actor: Actor
    hub: str
    camera: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """The first `entries` of an epoch of a log lost all but their hashes: their owner keeps nothing from `before`."""

    kind: ClassVar = "erased"
    actor: Actor
    log: str
    epoch: int
    entries: int
    before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Somebody handed the record over, as a file of this name: all of it, one log, or one entry by its id."""

    kind: ClassVar = "exported"
    actor: Actor
    name: str
    log: str | None = None
    entry: str | None = None


type HubEntry = (
    EpochBegun
    | Paired
    | AgreementAccepted
    | SessionStarted
    | SessionEnded
    | Refusals
    | Requested
    | RequestDecided
    | Receipt
    | HouseholdHead
    | Unpaired
)
type HouseholdEntry = (
    EpochBegun
    | SessionAllowed
    | SessionCut
    | HeadCommitted
    | RequestAnswered
    | SwitchTurned
    | OpeningsEnded
    | ConsentChanged
    | OptionsChanged
    | KeysChanged
    | Opened
    | Closed
    | ClockConfirmed
    | Exported
    | Erased
)
type Entry = HubEntry | HouseholdEntry

HUB_KINDS: Final[Mapping[str, type[HubEntry]]] = {
    entry.kind: entry for entry in get_args(HubEntry.__value__)
}
HOUSEHOLD_KINDS: Final[Mapping[str, type[HouseholdEntry]]] = {
    entry.kind: entry for entry in get_args(HouseholdEntry.__value__)
}
KINDS: Final[Mapping[str, type[Entry]]] = {**HUB_KINDS, **HOUSEHOLD_KINDS}
