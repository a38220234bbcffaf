"""Base classes of entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ..canonical import Json
from .actor import Actor

LATER: Final = {"later": True}
"""Metadata of a member that older entries lack. While it is None it is left out, so that those keep their bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody did something."""

    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAct(Act):
    """Somebody did something that is about a hub."""

    hub: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAct(HubAct):
    """Somebody did something with a camera that is listed for a hub."""

    camera: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsAct(HubAct):
    """Somebody changed settings.

    `before` has the former values of those that changed. Entities and people are in them by ids that stay when they are
    renamed; `names` maps these to their names at the time. `{"sha256": ...}` replaces what is too long or has no
    canonical form. Older entries have neither `before` nor `names`.
    """

    before: Mapping[str, Json] | None = field(default=None, metadata=LATER)
    names: Mapping[str, str] | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDetail:
    """A detail of a session that is in the household's log only."""

    hub: str
    session: str
