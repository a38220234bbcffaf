"""The actor of an entry."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ActorKind(StrEnum):
    """Who acted: a user, an automation, or Latchstring by itself; nobody: no act was observed."""

    USER = "user"
    AUTOMATION = "automation"
    SYSTEM = "system"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acted, with the name the user had then."""

    kind: ActorKind
    user_id: str | None = None
    name: str | None = None


SYSTEM: Final = Actor(kind=ActorKind.SYSTEM)
NOBODY: Final = Actor(kind=ActorKind.NOBODY)
"""Of a change that was found and not observed."""

ADMINISTRATOR: Final = Actor(kind=ActorKind.USER, name="an administrator")
"""Of what only administrators can do, where Home Assistant does not say which: code drove the dialog."""
