"""The entry that any log may have: a log begins anew under another key."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class EpochCause(StrEnum):
    """Why a log begins anew under another key."""

    RESTORED = "restored"
    SHORTENED = "shortened"
    KEYS_CHANGED = "keys_changed"


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
