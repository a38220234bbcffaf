"""A camera that is seen by WebRTC only, and how a session with it is negotiated."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAnswer:
    """The camera takes the offer: its session description (RFC 8866)."""

    sdp: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraCandidate:
    """An ICE candidate (RFC 8839 section 5.1), with or without `a=` and `candidate:`; empty: there are no more.

    Which medium it is for is no question, as all media share one transport.
    """

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEnded:
    """The camera refuses the offer, or has ended the session."""


type CameraMessage = CameraAnswer | CameraCandidate | CameraEnded


class Signaling(Protocol):
    """The negotiation of one session with a camera. Made anew for each; all is called on the loop."""

    async def offer(
        self, sdp: str, on_message: Callable[[CameraMessage], None]
    ) -> None:
        """Send our session description, which has all our candidates; may raise anything.

        What the camera says may come before this returns, and long after.
        """

    async def add_candidate(self, candidate: str) -> None:
        """Send one of our candidates once more, by itself; may raise anything."""

    def close(self) -> None:
        """End the session, whatever became of the offer; may raise anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IceServer:
    """A STUN or TURN server (RFC 7064, RFC 7065). What it says of itself is not in its repr."""

    urls: tuple[str, ...] = field(repr=False)
    username: str | None = field(default=None, repr=False)
    credential: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRtcSource:
    """A camera with WebRTC."""

    by_arrival: ClassVar = False
    is_kept: ClassVar = False
    kind: ClassVar = "webrtc"

    name: str
    """What tells this camera's source from another's."""
    signaling: Callable[[], Signaling] = field(compare=False, repr=False)
    ice_servers: tuple[IceServer, ...] = field(compare=False, default=())
    has_data_channel: bool = field(compare=False, default=False)
    """Whether the camera wants a data channel in the offer."""
