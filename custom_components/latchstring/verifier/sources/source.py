"""A record as it is handed over, whatever it is kept in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..formats.keys import PublicKey

HOUSEHOLD = "household"
"""The name of the log of what no hub takes part in."""


class Unusable(Exception):
    """This is nothing that can be checked."""


class Row(NamedTuple):
    """An entry as it is kept. One that was erased has neither salt nor content."""

    idx: int
    leaf: bytes
    salt: bytes | None
    content: bytes | None
    columns: dict[str, Any] | None = None
    """What a database says of it a second time."""


class Broken(Exception):
    """At this place stands no entry that can be read."""

    def __init__(self, index: int, why: str) -> None:
        super().__init__(why)
        self.index = index


@dataclass(frozen=True)
class Kept:
    """A checkpoint that is kept with a log, and where."""

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
    checkpoints: list[Kept] = field(default_factory=list)
    pairings: list[dict[str, Any]] = field(default_factory=list)
