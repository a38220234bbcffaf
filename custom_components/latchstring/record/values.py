"""Values of the record: identities, stored entries, proofs, heads, and its settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..core.canonical import Json
from ..core.entries import SessionEnded

HOUSEHOLD: Final = "household"
"""The id of the household's log, which no hub sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIdentity:
    """One epoch of a log: our id for it, and the origin and key that others know it by."""

    log: str
    epoch: int = 0
    origin: str
    key: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        """Return the bytes of the public key."""
        return self.key.public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where an entry was appended: its id, its index, and the new size of the log."""

    id: str
    index: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as it was written; an `erased` one has no content. Its id means nothing without the record.

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
    """Entries to display; `damaged`: some of the file can't be read, so entries may be missing."""

    entries: list[StoredEntry]
    damaged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session that started and has not ended, and the end that it would have had at `at`."""

    log: str
    epoch: int
    index: int
    at: datetime
    so_far: SessionEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryProof:
    """One entry with its checkpoint and its inclusion proof."""

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
    """A log's head, with the consistency proof from `from_size` entries."""

    checkpoint: str
    size: int
    from_size: int
    consistency: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignedSize:
    """How much of an epoch a witness has cosigned, and when."""

    size: int
    at: datetime
    is_new: bool = field(default=True, compare=False)
    """Whether it was stored: one that is known already is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The size and root of one epoch. Stored beside the record, it shows when the record was rolled back."""

    log: str
    epoch: int
    origin: str
    public_key: bytes
    size: int
    root: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochState:
    """The newest epoch of a log: whether it is closed, and whether that was reviewed."""

    head: Head
    closed: bool
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
    """How long to wait for a locked file, and between attempts to open it again."""

    patience: timedelta = timedelta(seconds=2)
    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(seconds=30)


def _ignore(*_values: object) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """The callbacks of the record, called on the loop."""

    on_health: Callable[[bool], None] = _ignore
    """Called when it changes whether the file can be written, but not for the first state, which `open` waits for."""
    on_newest: Callable[[datetime | None], None] = _ignore
    """Called with the newest time that a believed clock gave an entry, before the future of that entry is done."""
    on_written: Callable[[], None] = _ignore
    """Called when there are new entries."""


def entry_id(log: str, epoch: int, index: int) -> str:
    """Return the id of an entry, by which events, links and pages refer to it."""
    return f"{log}:{epoch}:{index}"
