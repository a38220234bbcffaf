"""What a reader is given."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ..mp4.packager import PackagedFragment
from ..mp4.timeline import Timeline
from .refused_logins import RefusedLogins


@dataclass(slots=True, kw_only=True)
class CameraTraits:
    """What earlier connections to an address have taught. A reader adds to it."""

    is_slow: bool = False
    """Whether it has just not answered, and is given more time."""
    is_unreadable: bool = False
    """Whether our own client could not read what it answered."""
    ends_on_get_parameter: bool = False
    """Whether it hangs up where a session is kept alive by GET_PARAMETER, which it claims to support."""
    image_asked_at: float | None = None
    """When it was last asked for an image, by the loop's clock: whoever reads it next asks no sooner than it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImage:
    """An image that is not the one before, and when the camera gave it for the first time, by the loop's clock."""

    at: float
    is_first: bool
    """Whether none came before it on this connection: the camera may have had it for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One connection to be read. `deliver` is called on the loop with each fragment."""

    loop: asyncio.AbstractEventLoop
    name: str
    """The camera's, for logs."""
    timeline: Timeline
    deliver: Callable[[PackagedFragment], None]
    traits: CameraTraits
    refused_logins: RefusedLogins
    """To which a reader adds the login that the camera refuses."""
    on_image: Callable[[NewImage], None] = lambda _image: None
    """Called on the loop where there is no live video: with each new image, before it is delivered."""
