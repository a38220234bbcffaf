"""A camera that gives images only."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final

SHORTEST_INTERVAL: Final = 0.5
"""Seconds from one question to the next, however fast the camera is: to encode more costs more than it shows."""

LONGEST_INTERVAL: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """How a camera is asked for its image, and how often.

    `fetch` returns the bytes of one image, whatever their format, and may raise anything: other people's code runs.
    """

    by_arrival: ClassVar = True
    is_kept: ClassVar = False
    kind: ClassVar = "images"

    name: str
    """What tells this camera's source from another's."""
    fetch: Callable[[], Awaitable[bytes]] = field(compare=False, repr=False)
    interval: float
    """Seconds at least from one question to the next."""
