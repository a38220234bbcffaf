"""The negotiation of a WebRTC session with a camera of Home Assistant, by its entity's own methods."""

from collections.abc import Callable, Iterable
from functools import partial
import uuid

from homeassistant.components.camera import (
    Camera,
    WebRTCAnswer,
    WebRTCCandidate,
    WebRTCError,
)
from webrtc_models import RTCIceCandidateInit, RTCIceServer

from ..relay.sources.webrtc.source import (
    CameraAnswer,
    CameraCandidate,
    CameraEnded,
    CameraMessage,
    IceServer,
    WebRtcSource,
)


def is_native(camera: Camera) -> bool:
    """Return whether a camera has WebRTC of its own, and not by something that reads its stream."""
    own, usual = type(camera), Camera
    return (
        own.async_handle_async_webrtc_offer is not usual.async_handle_async_webrtc_offer
    )


def webrtc_source(camera: Camera) -> WebRtcSource:
    """Return how a session with a camera is negotiated, and by which servers the way to it is found."""
    configuration = camera.async_get_webrtc_client_configuration()
    return WebRtcSource(
        name=camera.entity_id,
        signaling=partial(CameraSignaling, camera),
        ice_servers=tuple(_ice_servers(configuration.configuration.ice_servers)),
        has_data_channel=configuration.data_channel is not None,
    )


def _ice_servers(servers: Iterable[RTCIceServer]) -> Iterable[IceServer]:
    for server in servers:
        urls = [server.urls] if isinstance(server.urls, str) else server.urls
        yield IceServer(
            urls=tuple(urls), username=server.username, credential=server.credential
        )


class CameraSignaling:
    """One session, under a name that nobody else has."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._session = uuid.uuid4().hex

    async def offer(
        self, sdp: str, on_message: Callable[[CameraMessage], None]
    ) -> None:
        """Send our session description; may raise anything, as the camera's integration may."""

        def send_message(message: object) -> None:
            if (translated := _translated(message)) is not None:
                on_message(translated)

        await self._camera.async_handle_async_webrtc_offer(
            sdp, self._session, send_message
        )

    async def add_candidate(self, candidate: str) -> None:
        """Send one of our candidates, which goes for the first medium and so for all; may raise anything."""
        await self._camera.async_on_webrtc_candidate(
            self._session,
            RTCIceCandidateInit(
                f"candidate:{candidate}", sdp_mid="0", sdp_m_line_index=0
            ),
        )

    def close(self) -> None:
        """End the session; may raise anything, as the camera's integration may."""
        self._camera.close_webrtc_session(self._session)


def _translated(message: object) -> CameraMessage | None:
    match message:
        case WebRTCAnswer(answer=sdp):
            return CameraAnswer(sdp=sdp)
        case WebRTCCandidate(candidate=candidate):
            return CameraCandidate(text=candidate.candidate)
        case WebRTCError():
            return CameraEnded()
    return None
