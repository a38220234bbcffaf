"""The kinds of entries of the household's log: who did what, and why. No hub ever sees one.

`hub` is the id of the hub log that an entry is about, `camera` the camera's id there, `label` its label at the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from ..canonical import Json
from .base import LATER, Act, CameraAct, HubAct, SessionDetail, SettingsAct


class Change(StrEnum):
    """How a consent changed; found: it holds, and the record does not say since when."""

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
    """What opens the commitment in entry `index` of a hub log: the size of this log then, and the salt."""

    kind: ClassVar = "head_committed"
    hub: str
    epoch: int
    index: int
    size: int
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswered(HubAct):
    """Somebody of the household answered a request; `until` when an approval lasts."""

    kind: ClassVar = "request_answered"
    request: str
    allowed: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchTurned(HubAct):
    """Somebody turned a switch of ours, of a camera or (no camera) of the hub."""

    kind: ClassVar = "switch_turned"
    switch: str
    on: bool
    camera: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningsEnded(CameraAct):
    """Somebody ended all timed openings of a camera: an alarm's, the owner's, all approvals'."""

    kind: ClassVar = "openings_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChanged(SettingsAct):
    """Somebody listed a camera, changed its rules or removed it from the list.

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
    """Somebody changed a hub's options to these."""

    kind: ClassVar = "options_changed"
    options: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysChanged(HubAct):
    """Somebody had the keys for a hub changed; its log continues under the new ones."""

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
    """Somebody confirmed that the clock is right, which was in doubt."""

    kind: ClassVar = "clock_confirmed"
    newest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported(Act):
    """Somebody exported the record to a file of this name: all of it, one log, or one entry by its id."""

    kind: ClassVar = "exported"
    name: str
    log: str | None = None
    entry: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased(Act):
    """The first `entries` of an epoch of a log were erased but for their leaves: all from before `before`."""

    kind: ClassVar = "erased"
    log: str
    epoch: int
    entries: int
    before: datetime
