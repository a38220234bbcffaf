"""The logs of a source, as values that all checks use."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..formats.keys import PublicKey

HOUSEHOLD = "household"
"""The name of the household's log, which no hub sees."""


class Unusable(Exception):
    """The input can't be checked."""


class Row(NamedTuple):
    """An entry as it is stored. An erased one has neither salt nor content."""

    idx: int
    leaf: bytes
    salt: bytes | None
    content: bytes | None
    columns: dict[str, Any] | None = None
    """Its index columns, of a database."""


class UnreadableEntry(Exception):
    """The entry at this index can't be read."""

    def __init__(self, index: int, why: str) -> None:
        super().__init__(why)
        self.index = index


@dataclass(frozen=True)
class StoredCheckpoint:
    """A checkpoint stored with a log, and where it was found."""

    text: str
    where: str


@dataclass(frozen=True)
class LogRows:
    """One epoch of one log."""

    log: str
    epoch: int
    origin: str
    key: PublicKey
    where: str
    batches: Callable[[], Iterator[list[Row]]]
    checkpoints: list[StoredCheckpoint] = field(default_factory=list)
    pairings: list[dict[str, Any]] = field(default_factory=list)
