"""Cameras with WebRTC and nothing else, in the ways of the four integrations of Home Assistant that have such.

Each speaks to a camera in a process of its own, and keeps which sessions it opened and closed. They do what `ring`,
`nest`, `xthings_cloud` and `matter` of Home Assistant 2026.11 do, what is odd about it included.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Final, override

from aiohttp import ClientError
from homeassistant.components.camera import (
    CameraEntityFeature,
    WebRTCAnswer,
    WebRTCCandidate,
    WebRTCClientConfiguration,
    WebRTCError,
    WebRTCSendMessage,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util
from webrtc_models import RTCIceCandidateInit, RTCIceServer

from tests.cameras.webrtc import Answer, AnswersOffers, WebRtcCamera
from tests.loopback import ice_on_loopback

from .own_cameras import OwnCamera

HOME_ADDRESS: Final = "127.31.7.23"
"""An address of this machine that nothing else of the tests has."""

NEST_LIFETIME: Final = timedelta(minutes=5)
NEST_AHEAD: Final = timedelta(seconds=30)
"""How long before the end of a session it is extended."""


@contextmanager
def on_loopback(hass: HomeAssistant, address: str = "127.0.0.1") -> Iterator[None]:
    """Have no session leave this machine: ours has its own address alone, and asks no server on the internet."""
    nobody = RTCIceServer(urls=[])
    hass.config.webrtc.ice_servers.append(nobody)
    with ice_on_loopback(address):
        yield
    hass.config.webrtc.ice_servers.remove(nobody)


class NativeCamera(OwnCamera):
    """Answers with all its candidates, takes ours, and says when it has ended a session."""

    _attr_supported_features = CameraEntityFeature.STREAM

    ending: ClassVar[WebRTCError | None] = WebRTCError("ended", "It ended.")
    """What it says when the camera has ended a session by itself; None: nothing, as it does not learn of it."""

    def __init__(self, name: str, camera: AnswersOffers) -> None:
        super().__init__(name, None, device=name)
        self.offers: list[str] = []
        self.answers: list[Answer] = []
        """What the camera answered, of the sessions that were not over by then."""
        self.opened: list[str] = []
        """The offers it was made, by the names of their sessions."""
        self.closed: list[str] = []
        """Each time it was told to close one."""
        self.candidates: list[RTCIceCandidateInit] = []
        self.said: dict[str, WebRTCSendMessage] = {}
        self.is_away = False
        """Whether it takes no offer."""
        self.may_answer = asyncio.Event()
        """Cleared, an offer takes until it is set."""
        self.may_answer.set()
        self._camera = camera
        self._sessions: dict[str, str] = {}
        """What the camera calls the session of that name, of those that it has."""

    def become(self, camera: AnswersOffers) -> None:
        """Be another one from now on."""
        self._camera = camera

    def forget_closed(self) -> None:
        """Forget the sessions so far, which have to be closed."""
        assert not self.left_open
        self.opened.clear()
        self.closed.clear()

    @property
    def left_open(self) -> set[str]:
        """Which sessions nobody has closed, or were not closed by that."""
        return ({*self.opened} - {*self.closed}) | {*self._sessions}

    @property
    def closed_twice(self) -> set[str]:
        """Which sessions it was told to close more than once."""
        return {each for each in self.closed if self.closed.count(each) > 1}

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        self.begin(offer_sdp, session_id, send_message)
        await self.may_answer.wait()
        answer = await self._camera.offer(offer_sdp)
        self.hold(session_id, answer)
        self.answer(answer, send_message)

    def begin(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        """Note an offer; raises for one that it does not take."""
        if self.is_away:
            raise HomeAssistantError("The cloud is away")
        self.check(offer_sdp)
        self.offers.append(offer_sdp)
        self.opened.append(session_id)
        self.said[session_id] = send_message

    def check(self, offer_sdp: str) -> None:
        """Raise for an offer that it does not take."""

    def hold(self, session_id: str, answer: Answer) -> None:
        """Have a session until it is closed, or the camera ends it."""
        self.answers.append(answer)
        self._sessions[session_id] = answer.session
        if isinstance(self._camera, WebRtcCamera):
            watching = self._watch(self._camera, session_id, answer.session)
            self.hass.async_create_background_task(watching, f"watch {session_id}")

    def answer(self, answer: Answer, send_message: WebRTCSendMessage) -> None:
        """Say the answer."""
        send_message(WebRTCAnswer(answer.whole))

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        self.candidates.append(candidate)

    @callback
    @override
    def close_webrtc_session(self, session_id: str) -> None:
        super().close_webrtc_session(session_id)
        self.closed.append(session_id)
        self.let_go(session_id)

    def let_go(self, session_id: str) -> None:
        """Have the camera end a session, if it has it."""
        if (session := self._sessions.pop(session_id, None)) is not None:
            self.end_at_camera(session)

    def end_at_camera(self, session: str) -> None:
        """Have the camera end what it calls so."""
        self.hass.async_create_task(self._camera.close(session))

    def end(self) -> None:
        """Have the camera end the last session by itself."""
        session = self._sessions[self.opened[-1]]
        self._ended(self.opened[-1])
        self.end_at_camera(session)

    def say_ended(self) -> None:
        """Only say that the last session has ended: nothing else tells it."""
        assert self.ending is not None
        self.said[self.opened[-1]](self.ending)

    async def _watch(self, camera: WebRtcCamera, session_id: str, session: str) -> None:
        """Tell of a session that the camera ends by itself."""
        try:
            await camera.over(session)
        except ClientError:  # the test is over
            return
        self._ended(session_id)

    def _ended(self, session_id: str) -> None:
        if self.ending and self._sessions.pop(session_id, None) is not None:
            self.said[session_id](self.ending)


class RingCamera(NativeCamera):
    """Says its candidates by themselves, wants to know of which medium ours are, and wants sound.

    Closed during the offer, it answers all the same, and forgets a session that then lacks its pings.
    """

    @override
    def check(self, offer_sdp: str) -> None:
        if "m=audio" not in offer_sdp:
            raise HomeAssistantError("An offer without sound")

    @override
    def hold(self, session_id: str, answer: Answer) -> None:
        if session_id in self.closed:
            self.end_at_camera(answer.session)  # as it does without pings
        else:
            super().hold(session_id, answer)

    @override
    def answer(self, answer: Answer, send_message: WebRTCSendMessage) -> None:
        send_message(WebRTCAnswer(answer.sdp))
        for each in answer.candidates:
            send_message(WebRTCCandidate(RTCIceCandidateInit(each, sdp_m_line_index=0)))

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        if candidate.sdp_m_line_index is None:
            raise HomeAssistantError("Of which medium?")
        await super().async_on_webrtc_candidate(session_id, candidate)


class NestCamera(NativeCamera):
    """Wants sound, video and a data channel in this order, ignores our candidates, and goes on until it is closed.

    Closed during the offer, it goes on all the same. Closed while it says the answer, it raises, and forgets a session
    that the camera still has.
    """

    ending = None

    def __init__(self, name: str, camera: AnswersOffers) -> None:
        super().__init__(name, camera)
        self.extended = 0
        """How often a session was extended."""
        self._unsubscribe: dict[str, Callable[[], None]] = {}

    @override
    def _async_get_webrtc_client_configuration(self) -> WebRTCClientConfiguration:
        return WebRTCClientConfiguration(data_channel="dataSendChannel")

    @override
    def check(self, offer_sdp: str) -> None:
        kinds = [
            line.partition(" ")[0]
            for line in offer_sdp.splitlines()
            if line.startswith("m=")
        ]
        if kinds != ["m=audio", "m=video", "m=application"]:
            raise HomeAssistantError(f"Nest API error: {kinds}")

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        await super().async_handle_async_webrtc_offer(
            offer_sdp, session_id, send_message
        )
        self._extend_later(session_id)

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        return

    @override
    def let_go(self, session_id: str) -> None:
        if (session := self._sessions.get(session_id)) is None:
            return
        unsubscribe = self._unsubscribe.pop(session_id)
        del self._sessions[session_id]
        unsubscribe()
        self.end_at_camera(session)

    @override
    async def async_will_remove_from_hass(self) -> None:
        await super().async_will_remove_from_hass()
        for session_id in [*self._sessions]:
            self.close_webrtc_session(session_id)

    def extend(self) -> None:
        """Extend now what it would extend later."""
        for session_id in [*self._sessions]:
            self._unsubscribe.pop(session_id)()
            self._extend(session_id, dt_util.utcnow())

    def _extend_later(self, session_id: str) -> None:
        self._unsubscribe[session_id] = async_track_point_in_utc_time(
            self.hass,
            partial(self._extend, session_id),
            dt_util.utcnow() + NEST_LIFETIME - NEST_AHEAD,
        )

    @callback
    def _extend(self, session_id: str, _now: datetime) -> None:
        if session_id in self._sessions:
            self.extended += 1
            self._extend_later(session_id)


class KinesisCamera(NativeCamera):
    """Says its candidates before the answer, and may be closed during the offer."""

    ending = None

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        self.begin(offer_sdp, session_id, send_message)
        await self.may_answer.wait()
        answer = await self._camera.offer(offer_sdp)
        if session_id in self.closed:
            self.end_at_camera(answer.session)
            return
        self.hold(session_id, answer)
        for each in answer.candidates:
            send_message(WebRTCCandidate(RTCIceCandidateInit(each, sdp_mid="0")))
        send_message(WebRTCAnswer(answer.sdp))

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        if session_id in self.opened and session_id not in self.closed:
            self.candidates.append(candidate)


class MatterCamera(NativeCamera):
    """Says all after the offer; has a privacy mode; knows nothing of sessions that are over or never were."""

    ending = WebRTCError("webrtc_session_ended", "The camera ended the WebRTC session")

    def __init__(self, name: str, camera: AnswersOffers) -> None:
        super().__init__(name, camera)
        self._known: set[str] = set()

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        self.begin(offer_sdp, session_id, send_message)
        self._known.add(session_id)
        await self.may_answer.wait()
        if session_id in self._known:
            self.hass.async_create_task(
                self._call_back(offer_sdp, session_id, send_message)
            )

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        if session_id not in self._known:
            raise HomeAssistantError(f"Unknown WebRTC session: {session_id}")
        await super().async_on_webrtc_candidate(session_id, candidate)

    @override
    def let_go(self, session_id: str) -> None:
        self._known.discard(session_id)
        super().let_go(session_id)

    def be_private(self, *, is_private: bool) -> None:
        """Turn its privacy mode on or off."""
        self._attr_is_on = not is_private
        self.async_write_ha_state()

    async def _call_back(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        answer = await self._camera.offer(offer_sdp)
        if session_id not in self._known:
            self.end_at_camera(answer.session)
            return
        self.hold(session_id, answer)
        send_message(WebRTCAnswer(answer.sdp))
        for each in answer.candidates:
            send_message(
                WebRTCCandidate(
                    RTCIceCandidateInit(each, sdp_mid="0", sdp_m_line_index=0)
                )
            )

    @override
    def _ended(self, session_id: str) -> None:
        self._known.discard(session_id)
        super()._ended(session_id)
