"""What a reader is given."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ..mp4.packager import PackagedFragment
from ..mp4.timeline import Timeline
from .address import CameraAddress
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One connection to be read. `deliver` is called on the loop with each fragment."""

    loop: asyncio.AbstractEventLoop
    name: str
    """The camera's, for logs."""
    address: CameraAddress
    timeline: Timeline
    deliver: Callable[[PackagedFragment], None]
    traits: CameraTraits
    refused_logins: RefusedLogins
    """To which a reader adds the login that the camera refuses."""
