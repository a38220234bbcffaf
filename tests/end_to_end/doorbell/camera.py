"""The doorbell's camera, in the way of Ring's and Matter's: its answer, its candidates and its end are messages."""

import asyncio
from typing import TYPE_CHECKING, Any, override

from aiohttp import ClientError, ClientSession, ClientTimeout
from homeassistant.components.camera import (
    Camera,
    CameraEntityFeature,
    WebRTCAnswer,
    WebRTCCandidate,
    WebRTCError,
    WebRTCSendMessage,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from webrtc_models import RTCIceCandidateInit

if TYPE_CHECKING:
    from homeassistant.helpers.entity_platform import AddEntitiesCallback
    from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType


async def async_setup_platform(
    hass: HomeAssistant,
    config: ConfigType,
    async_add_entities: AddEntitiesCallback,
    _discovery_info: DiscoveryInfoType | None = None,
) -> None:
    """Add the doorbell that the configuration names."""
    async_add_entities(
        [Doorbell(config["name"], config["url"], async_get_clientsession(hass))]
    )


class Doorbell(Camera):
    """Speaks to the device, which is a process of its own."""

    _attr_supported_features = CameraEntityFeature.STREAM

    def __init__(self, name: str, url: str, http: ClientSession) -> None:
        super().__init__()
        self._attr_name = name
        self._attr_unique_id = name
        self._url = url
        self._http = http
        self._sessions: dict[str, str] = {}
        """What the device calls each of our sessions."""

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        try:
            answer = await self._post("offer", sdp=offer_sdp)
        except ClientError as error:
            raise HomeAssistantError("The doorbell does not answer") from error
        self._sessions[session_id] = answer["session"]
        send_message(WebRTCAnswer(answer["sdp"]))
        for each in answer["candidates"]:
            send_message(WebRTCCandidate(RTCIceCandidateInit(each, sdp_m_line_index=0)))
        self._start(self._until_over(session_id, send_message))

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Refuse what Ring's library and Matter's refuse; the offer had them all."""
        if session_id not in self._sessions or candidate.sdp_m_line_index is None:
            raise HomeAssistantError("Of which session, of which medium?")

    @callback
    @override
    def close_webrtc_session(self, session_id: str) -> None:
        if (session := self._sessions.pop(session_id, None)) is not None:
            self._start(self._close(session))

    async def _close(self, session: str) -> None:
        await self._post("close", session=session)

    async def _until_over(
        self, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        """Say it when the device ends a session."""
        await self._post("over", session=self._sessions[session_id])
        if self._sessions.pop(session_id, None) is not None:
            send_message(WebRTCError("webrtc_session_ended", "The doorbell ended it."))

    def _start(self, work: Any) -> asyncio.Task[None]:
        return self.hass.async_create_background_task(work, f"{self.entity_id} session")

    async def _post(self, path: str, **body: str) -> Any:
        async with self._http.post(
            f"{self._url}/{path}", json=body, timeout=ClientTimeout(total=None)
        ) as response:
            response.raise_for_status()
            if response.content_type != "application/json":
                return None
            return await response.json()
