"""What the household's log holds: who did what, and why. No hub is ever shown any of it.

`hub` is the log of the hub that an entry is about, `camera` its id there, and `label` what it was called at the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from ..canonical import Json
from .base import LATER, Act, CameraAct, HubAct, SessionDetail, SettingsAct


class Change(StrEnum):
    """What became of a consent; found: it holds, and since when the record does not say."""

    ADDED = "added"
    CHANGED = "changed"
    FOUND = "found"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAllowed(SessionDetail):
    """Why a session was admitted: what had opened the camera, and until when."""

    kind: ClassVar = "session_allowed"
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCut(SessionDetail):
    """What ended a session: switch_off, hub_closed, upload_lost, interrupted, ...

    `no_picture`: why its viewer saw none, where that is known.
    """

    kind: ClassVar = "session_cut"
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
class RequestAnswered(HubAct):
    """What somebody of the household said to a request, and until when that lets the viewer in."""

    kind: ClassVar = "request_answered"
    request: str
    allowed: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchTurned(HubAct):
    """Somebody turned one of our switches, of a camera or (no camera) of the hub."""

    kind: ClassVar = "switch_turned"
    switch: str
    on: bool
    camera: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningsEnded(CameraAct):
    """Somebody ended all that opened a camera for a while: an alarm's, the owner's, every answer's."""

    kind: ClassVar = "openings_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChanged(SettingsAct):
    """Somebody listed a camera, changed what holds for it or took it off the list.

    Without a camera: somebody paired with the hub, accepted its agreement anew or removed it. `rules` are all that
    hold from now on, with coordinates as text: a float has no canonical form here. Older entries have not all of them.
    """

    kind: ClassVar = "consent_changed"
    change: Change
    camera: str | None = None
    label: str | None = None
    rules: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsChanged(SettingsAct):
    """Somebody chose a hub's options: `options` hold from now on."""

    kind: ClassVar = "options_changed"
    options: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysChanged(HubAct):
    """Somebody had this home change its keys for a hub; the hub's log goes on under the new ones."""

    kind: ClassVar = "keys_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(CameraAct):
    """A camera became viewable."""

    kind: ClassVar = "opened"
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(CameraAct):
    """A camera stopped being viewable."""

    kind: ClassVar = "closed"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockConfirmed(Act):
    """Somebody said that the clock is right, though the newest entry was of another time, or nobody could know."""

    kind: ClassVar = "clock_confirmed"
    newest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported(Act):
    """Somebody handed the record over, as a file of this name: all of it, one log, or one entry by its id."""

    kind: ClassVar = "exported"
    name: str
    log: str | None = None
    entry: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased(Act):
    """The first `entries` of an epoch of a log lost all but their hashes: their owner keeps nothing from `before`."""

    kind: ClassVar = "erased"
    log: str
    epoch: int
    entries: int
    before: datetime
