"""Who acts, and when nobody in particular does."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ActorKind(StrEnum):
    """Who acts: a person, what admins automated, or Latchstring by itself; nobody: nobody was seen to."""

    USER = "user"
    AUTOMATION = "automation"
    SYSTEM = "system"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it, with the name the user had then."""

    kind: ActorKind
    user_id: str | None = None
    name: str | None = None


SYSTEM: Final = Actor(kind=ActorKind.SYSTEM)
NOBODY: Final = Actor(kind=ActorKind.NOBODY)
"""For what was found done, and nobody was seen doing it."""

ADMINISTRATOR: Final = Actor(kind=ActorKind.USER, name="an administrator")
"""For what only administrators can do, where Home Assistant does not say which of them did: code drove the dialog."""
