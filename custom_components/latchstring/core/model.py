"""The words of Latchstring, as values.

Owner: who runs this Home Assistant. Hub: the paired party that may watch.
Viewer: a named person at the hub. Share: one camera's rules for one hub.
Opening: why a camera can be seen now. Block: what beats every opening.
Decision: open or closed, the one reason, until when.
Session: one viewer watching one camera. Request: a viewer asks.
Record: what the owner can read and prove.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import override

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .address import Origin


class Block(StrEnum):
    """What closes a camera whatever opens it, in the order it is named to the owner."""

    FAILED = "failed"
    STORE_UNREADABLE = "store_unreadable"
    RESTORED = "restored"
    CLOCK_UNTRUSTED = "clock_untrusted"
    RECORD_UNWRITABLE = "record_unwritable"
    AGREEMENT_CHANGED = "agreement_changed"
    HUB_PAUSED = "hub_paused"
    CAMERA_OFF = "camera_off"
    CAMERA_CHANGED = "camera_changed"
    NEVER = "never"
    FACTS_NOT_READY = "facts_not_ready"


class Opening(StrEnum):
    """Why a camera can be seen."""

    ALWAYS = "always"
    SCHEDULE = "schedule"
    ALARM = "alarm"
    OWNER = "owner"
    APPROVAL = "approval"


NO_OPENING = "no_opening"
"""The reason of a camera that nothing blocks and nothing opens."""

COSIGNATURE_LATE = "cosignature_late"
"""No new viewers while the hub's cosignature is overdue; running sessions continue."""

COSIGNATURE_AWAITED = "cosignature_awaited"
"""No viewers until the hub has cosigned a checkpoint since the start: its answer shows if the home was set back."""

type Reason = Block | Opening | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A named person at the hub, in the words of the hub's assertion."""

    viewer_id: str
    name: str
    agency: str

    @override
    def __str__(self) -> str:
        """Return name and agency, as in a signature."""
        return f"{self.name}, {self.agency}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """The paired party, as the owner accepted it. `log` is the home's local name for it, which it never learns.

    `purposes` maps each purpose of the agreement to its words; `agreement` is the hash of what was accepted.
    """

    log: str
    name: str
    hub_id: str
    home_id: str
    assertion_key: Ed25519PublicKey
    witness_key: Ed25519PublicKey
    ingest_origins: tuple[Origin, ...]
    purposes: Mapping[str, str]
    agreement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a share. `purposes` None: all of the agreement's; `sessions_a_day` None: no limit."""

    viewers: int = 8
    minutes: int = 60
    sessions_a_day: int | None = None
    case_required: bool = False
    purposes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One camera's rules for one hub.

    `camera` is the owner's side (a registry id or an entity id), `camera_id` the random id the hub knows it by.
    `openings` are the standing ones that count; sharing now and answering a request are always the owner's to do.
    `is_mixed`: the owner's rules contradict each other, so not all of them count. `alerts_anyway`: the owner chose that
    the hub is sent its alarms although that reveals whether a "never" rule holds. `stays_connected`: the owner chose
    that this home reads the camera while nobody watches.
    """

    share_id: str
    camera: str
    camera_id: str
    label: str
    openings: frozenset[Opening]
    is_mixed: bool = False
    has_never: bool = False
    alerts_anyway: bool = False
    stays_connected: bool = False
    limits: Limits = Limits()

    @property
    def is_alerted(self) -> bool:
        """Return whether the hub is sent an alarm when one, or the panic button, opens it."""
        return not self.has_never or self.alerts_anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A range of time from `start`, up to and without `end`."""

    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Return whether a time is in it."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a viewer wants to watch for: a purpose of the agreement, and a case number if there is one."""

    purpose: str
    case: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A viewer who asks to watch, and what for. `session` is the one in which they watch already, if any."""

    viewer: Viewer
    wish: Wish
    session: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The owner's approval of one viewer's request: for this person and this wish, as the owner read them.

    `once`: for one session. The first that it admits uses it up, and is named by `used_by`.
    """

    request: str
    viewer: Viewer
    wish: Wish
    window: Window
    once: bool = False
    used_by: str | None = None

    def lets_in(self, asker: Asker) -> bool:
        """Return whether it admits this asker. Of one that is good `once`: a first session, and then only that one."""
        return (self.viewer, self.wish) == (asker.viewer, asker.wish) and (
            not self.once or self.used_by == asker.session
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is true of one share right now. Every default is the closed side: what nobody established does not open.

    `gathered` is false where an error of ours kept the facts from being gathered. `schedule` holds the coming merged
    ranges of the chosen schedule, as far as they are known.
    """

    gathered: bool = False
    store_readable: bool = False
    reviewed: bool = False
    clock_trusted: bool = False
    record_writable: bool = False
    agreement_accepted: bool = False
    hub_sharing: bool = False
    camera_sharing: bool = False
    source_unchanged: bool = False
    never_clear: bool = False
    ready: bool = False
    schedule: tuple[Window, ...] = ()
    alarm: Window | None = None
    owner: Window | None = None
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Open or closed, the one reason, until when, and when it could turn next and last by time alone (None: not)."""

    open: bool
    reason: Reason
    until: datetime | None = None
    next_change: datetime | None = None
    last_change: datetime | None = field(default=None, compare=False)
    """It is not compared: nobody is shown it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A window in which the decision stays the same."""

    window: Window
    decision: Decision
