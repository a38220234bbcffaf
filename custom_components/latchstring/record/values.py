"""What goes into the record beside its entries, what comes out, and what it is opened with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..core.canonical import Json
from ..core.entries import SessionEnded

HOUSEHOLD: Final = "household"
"""The id of the household's log: of what no hub takes part in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIdentity:
    """One epoch of a log as we know it, and as the world does: by an origin and a key of its own."""

    log: str
    epoch: int = 0
    origin: str
    key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where an entry is on disk: its id, its index, and the size that it made the log."""

    id: str
    index: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as it was written; of one that is `erased` the content is empty. Its id says nothing without the record.

    `confirmed`: the hub has cosigned a tree that holds it.
    """

    id: str
    log: str
    epoch: int
    index: int
    at: datetime
    kind: str
    content: dict[str, Json]
    erased: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """Entries to be shown; `damaged`: some of the file can't be read, so that entries may be missing."""

    entries: list[StoredEntry]
    damaged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session that started and has not ended, and the end it had come to at `at`."""

    log: str
    epoch: int
    index: int
    at: datetime
    so_far: SessionEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryProof:
    """One entry with all it takes to check it: it is the log's, and in its tree."""

    at: datetime
    origin: str
    index: int
    content: bytes
    salt: bytes
    leaf: bytes
    size: int
    checkpoint: str
    inclusion: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadProof:
    """A log's head, and that it grew out of what it was at `from_size`."""

    checkpoint: str
    size: int
    from_size: int
    consistency: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCosignature:
    """How much of an epoch somebody beside us has cosigned, and when."""

    size: int
    at: datetime
    is_new: bool = field(default=True, compare=False)
    """Whether it was stored: what says no more than is known already is not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far one epoch of a log had come. Stored beside the record, it shows when the record was rolled back."""

    log: str
    epoch: int
    origin: str
    public_key: bytes
    size: int
    root: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochState:
    """The newest epoch of a log: whether it is over, and whether its owner knows."""

    head: Head
    over: bool
    reviewed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Entries that are missing, from the index `first` to `last`."""

    log: str
    epoch: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryTiming:
    """How long to wait for a locked file, and between tries to write again."""

    patience: timedelta = timedelta(seconds=2)
    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(seconds=30)


def _ignore(*_values: object) -> None:
    """Do nothing where nobody wants to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """Who is told of what, on the loop."""

    on_health: Callable[[bool], None] = _ignore
    """Called when it changes whether the file can be written, but not with what `open` waits for."""
    on_newest: Callable[[datetime | None], None] = _ignore
    """Called with the time of the newest entry that a believed clock has dated, before whoever wrote it hears so."""
    on_written: Callable[[], None] = _ignore
    """Called when there are new entries."""


def entry_id(log: str, epoch: int, index: int) -> str:
    """Return the id of an entry, by which events, links and pages refer to it."""
    return f"{log}:{epoch}:{index}"
