"""The first entry of each epoch but the first, of any log."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class EpochCause(StrEnum):
    """Why a log begins a new epoch, under another key."""

    RESTORED = "restored"
    SHORTENED = "shortened"
    KEYS_CHANGED = "keys_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochBegun:
    """The first entry of each epoch but the first: the head of the epoch before.

    `origin` is None where nothing of that is left, `root` where its tree is broken. It is known to have had
    `known_size` entries: those beyond `size` are missing.
    """

    kind: ClassVar = "epoch_begun"
    cause: EpochCause
    origin: str | None
    size: int
    root: bytes | None
    known_size: int
