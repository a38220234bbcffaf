"""The address of a camera's video, and how Home Assistant would read it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar


class Transport(StrEnum):
    """How RTP travels (`rtsp_transport` of Home Assistant's stream options)."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAddress:
    """Where a camera's video is. The URL, which may hold credentials, is not in its repr."""

    is_kept: ClassVar = True

    url: str = field(repr=False)
    verifies_certificate: bool = False
    """Whether the camera's certificate has to be trusted. Most cameras have one that they signed themselves."""
    transport: Transport | None = None
    """The transport asked for; None: TCP, and UDP where the camera refuses that."""
    by_arrival: bool = False
    """Whether pictures are timed by when they arrive, as the camera's own clock is useless."""

    @property
    def scheme(self) -> str:
        """Return the URL's scheme in small letters."""
        return self.url.partition("://")[0].lower() if "://" in self.url else ""
