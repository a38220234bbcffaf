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
    """Somebody chose what holds from now on.

    `before` has what held before of what is different now. Both it and what holds now name entities and people by what
    stays when they are renamed; `names` says what these were called at the time. `{"sha256": ...}` stands for what is
    too long or has no form. Older entries have neither `before` nor `names`.
    """

    before: Mapping[str, Json] | None = field(default=None, metadata=LATER)
    names: Mapping[str, str] | None = field(default=None, metadata=LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDetail:
    """What only the household is told of a session."""

    hub: str
    session: str
