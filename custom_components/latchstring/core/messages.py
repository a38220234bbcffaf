"""The messages of the protocol: a dataclass for each, and a union for each direction."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CameraState(StrEnum):
    """Whether `session.open` would be admitted now. The reason is never sent."""

    OPEN = "open"
    CLOSED = "closed"
    ASK = "ask"


class AlarmState(StrEnum):
    """Whether an alarm's opening began or ended."""

    BEGAN = "began"
    ENDED = "ended"


class Objection(StrEnum):
    """Why a hub refuses a checkpoint."""

    NOT_SIGNED = "not_signed"
    NOT_CONSISTENT = "not_consistent"
    NOT_PROVEN = "not_proven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The approximate location of a camera: within `radius_m` metres of the point."""

    longitude: float
    latitude: float
    radius_m: int
    heading_deg: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """How often at most a camera that gives images only is asked for one: its video is not live."""

    interval_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """The last known format of a camera's video; `codec` as in RFC 6381."""

    codec: str
    width: int
    height: int
    images: Images | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEntry:
    """One listed camera, by the id that only this hub knows."""

    camera: str
    label: str
    state: CameraState
    place: Place | None = None
    video: Video | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A point in an upload: the number of parts before it, and the hash chain over them."""

    fragments: int
    chain: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One entry of the hub log, with its inclusion proof in a checkpoint's tree."""

    origin: str
    index: int
    content: bytes
    salt: bytes
    checkpoint: str
    inclusion: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cameras:
    """All listed cameras; replaces the list before."""

    cameras: tuple[CameraEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEndedMessage:
    """A session ended.

    `sent` is an upper bound of what arrived. There is no proof where the record failed.
    """

    session: str
    at: datetime
    sent: int
    start: Mark
    end: Mark
    proof: Proof | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPicture:
    """The image that a session shows has been the same for a while; None: it is known to be so no longer.

    `or_longer`: it may be older than that.
    """

    session: str
    unchanged_since: datetime | None
    or_longer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDecidedMessage:
    """The answer to a request; `granted` is False alike if refused, blocked or unanswered."""

    request: str
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The owner's alarm opened these cameras, or no longer does."""

    alarm: str
    state: AlarmState
    at: datetime
    cameras: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointMessage:
    """A checkpoint to cosign, with the consistency proof from `from_size` entries."""

    checkpoint: str
    from_size: int
    consistency: tuple[bytes, ...]


type HomeMessage = (
    Cameras
    | SessionPicture
    | SessionEndedMessage
    | RequestDecidedMessage
    | Alarm
    | CheckpointMessage
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """The URL to upload the video to, and the token of this session."""

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
    """A viewer stops watching."""

    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOpen:
    """A viewer asks the owner for permission to watch for some minutes."""

    request: str
    camera: str
    minutes: int
    assertion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointCosigned:
    """A checkpoint of the home with the hub's cosignature."""

    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointConsistency:
    """The hub asks for the consistency proof from `from_size` to `to_size` entries."""

    from_size: int
    to_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRefused:
    """The hub refuses the checkpoint of this size; 0 if it could not read the size."""

    size: int
    reason: Objection


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptMessage:
    """The hub's signed receipt for what it received of a session."""

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
    """A session was admitted; `carried_by` is the session whose upload it shares, or itself."""

    session: str
    carried_by: str
    ends_by: datetime
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """A consistency proof: one tree is a prefix of another."""

    consistency: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """An empty result."""


type Result = SessionOpened | Consistency | Empty
