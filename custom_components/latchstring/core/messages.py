"""What a home and its hub say: one value a message, one union a direction."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CameraState(StrEnum):
    """Whether a request to watch would be admitted now. It never says why."""

    OPEN = "open"
    CLOSED = "closed"
    ASK = "ask"


class AlarmState(StrEnum):
    """Whether an alarm's opening began or is over."""

    BEGAN = "began"
    ENDED = "ended"


class Objection(StrEnum):
    """Why a hub doesn't take what the home showed of its log."""

    NOT_SIGNED = "not_signed"
    NOT_CONSISTENT = "not_consistent"
    NOT_PROVEN = "not_proven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a camera stands, coarsely: within `radius_m` metres of the point."""

    longitude: float
    latitude: float
    radius_m: int
    heading_deg: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """What was seen last of a camera's video; `codec` as in RFC 6381."""

    codec: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEntry:
    """One listed camera, by the id only this hub knows it by."""

    camera: str
    label: str
    state: CameraState
    place: Place | None = None
    video: Video | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A point in an upload: the parts before it, and the hash chained over them."""

    fragments: int
    chain: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One entry of the home's log for this hub, shown to be in a checkpoint's tree."""

    origin: str
    index: int
    content: bytes
    salt: bytes
    checkpoint: str
    inclusion: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cameras:
    """The whole list of listed cameras; replaces the one before."""

    cameras: tuple[CameraEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEndedMessage:
    """A session is over.

    `sent` bounds what arrived from above. There is no proof where the record failed.
    """

    session: str
    at: datetime
    sent: int
    start: Mark
    end: Mark
    proof: Proof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDecidedMessage:
    """The answer to a request; refused, blocked and unanswered are one False."""

    request: str
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The owner's alarm opened these cameras, or that is over."""

    alarm: str
    state: AlarmState
    at: datetime
    cameras: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointMessage:
    """A checkpoint to cosign, consistent with that of `from_size` entries."""

    checkpoint: str
    from_size: int
    consistency: tuple[bytes, ...]


type HomeMessage = (
    Cameras | SessionEndedMessage | RequestDecidedMessage | Alarm | CheckpointMessage
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """Where the hub wants the video, and the token for this session only."""

    url: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpen:
    """A viewer wants to watch a camera now."""

    session: str
    camera: str
    assertion: str
    ingest: Ingest


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClose:
    """A viewer is done."""

    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOpen:
    """A viewer asks the owner to be let in for some minutes."""

    request: str
    camera: str
    minutes: int
    assertion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointCosigned:
    """A checkpoint of the home with the hub's cosignature added."""

    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointConsistency:
    """The hub asks how the tree of `to_size` entries grew out of that of `from_size`."""

    from_size: int
    to_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRefused:
    """The hub doesn't take the tree of this size that it was shown; 0 if it couldn't read which."""

    size: int
    reason: Objection


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptMessage:
    """What the hub says it received of a session, as a token."""

    session: str
    receipt: str


type HubMessage = (
    SessionOpen
    | SessionClose
    | RequestOpen
    | CheckpointCosigned
    | CheckpointConsistency
    | CheckpointRefused
    | ReceiptMessage
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """A session was admitted; `carried_by` names the session whose upload shows it."""

    session: str
    carried_by: str
    ends_by: datetime
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """The hashes that show that one tree is a prefix of another."""

    consistency: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """Done, or taken notice of; nothing more to tell."""


type Result = SessionOpened | Consistency | Empty
