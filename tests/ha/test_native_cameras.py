"""The cameras with WebRTC of the tests are what they claim to be, for a viewer that is not ours."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from homeassistant.components.camera import (
    WebRTCAnswer,
    WebRTCCandidate,
    WebRTCError,
)
from homeassistant.components.camera.webrtc import WebRTCMessage
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from webrtc_models import RTCIceCandidateInit

from tests.cameras.webrtc import Answer, Model, WebRtcCamera, webrtc_camera
from tests.cameras.webrtc.viewer import Viewer, viewer

from .native_cameras import (
    NEST_LIFETIME,
    KinesisCamera,
    MatterCamera,
    NativeCamera,
    NestCamera,
    RingCamera,
)
from .own_cameras import install

type Said = asyncio.Queue[WebRTCMessage]

WAYS = (NativeCamera, RingCamera, NestCamera, KinesisCamera, MatterCamera)
ALL = ("audio", "video", "application")
OURS = RTCIceCandidateInit("candidate:1 1 udp 1 127.0.0.1 9 typ host", sdp_mid="0")


@pytest.fixture
async def camera() -> AsyncIterator[WebRtcCamera]:
    async with webrtc_camera(Model(fps=30)) as camera:
        yield camera


@pytest.fixture
async def seeing() -> AsyncIterator[Viewer]:
    async with viewer() as seeing:
        yield seeing


async def answered(hass: HomeAssistant, native: NativeCamera, seeing: Viewer) -> Said:
    """Give all that the camera says to an offer, and says later."""
    await install(hass, native)
    offer = await seeing.offer(*ALL)
    said: Said = asyncio.Queue()
    await native.async_handle_async_webrtc_offer(offer, "one", said.put_nowait)
    await hass.async_block_till_done()
    return said


async def answer_in(said: Said) -> Answer:
    """Put together what a camera has said."""
    sdp, apart = "", list[str]()
    while not said.empty():
        match await said.get():
            case WebRTCAnswer(answer=answer):
                sdp = answer
            case WebRTCCandidate(candidate=candidate):
                apart.append(candidate.candidate)
    return Answer(session="one", sdp=sdp, candidates=tuple(apart))


@pytest.mark.parametrize("way", WAYS)
async def test_it_shows_pictures_until_it_is_closed(
    hass: HomeAssistant, camera: WebRtcCamera, seeing: Viewer, way: type[NativeCamera]
) -> None:
    native = way("Porch", camera)
    said = await answered(hass, native, seeing)
    await seeing.accept(await answer_in(said))
    await seeing.until_seen(3)
    assert native.left_open == {"one"}
    native.close_webrtc_session("one")
    await hass.async_block_till_done()
    assert await camera.sessions() == []
    assert (native.left_open, native.closed_twice) == (set(), set())


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_closed_during_the_offer(
    hass: HomeAssistant, camera: WebRtcCamera, seeing: Viewer, way: type[NativeCamera]
) -> None:
    native = way("Porch", camera)
    await install(hass, native)
    native.may_answer.clear()
    offer = await seeing.offer(*ALL)
    answering = hass.async_create_task(
        native.async_handle_async_webrtc_offer(offer, "one", lambda _: None)
    )
    native.close_webrtc_session("one")
    native.may_answer.set()
    await answering
    goes_on = way in (NativeCamera, NestCamera)
    assert native.left_open == ({"one"} if goes_on else set())
    native.close_webrtc_session("one")
    await hass.async_block_till_done()
    assert await camera.sessions() == []
    assert (native.left_open, native.closed_twice) == (set(), {"one"})


@pytest.mark.parametrize("way", [NativeCamera, RingCamera, MatterCamera])
async def test_it_says_that_the_camera_has_ended_a_session(
    hass: HomeAssistant, camera: WebRtcCamera, seeing: Viewer, way: type[NativeCamera]
) -> None:
    native = way("Porch", camera)
    said = await answered(hass, native, seeing)
    await camera.close(*await camera.sessions())
    async with asyncio.timeout(5):
        while not isinstance(await said.get(), WebRTCError):
            pass
    native.close_webrtc_session("one")
    assert not native.left_open


async def test_nest_extends_what_nobody_has_closed(
    hass: HomeAssistant, camera: WebRtcCamera, seeing: Viewer
) -> None:
    native = NestCamera("Porch", camera)
    await answered(hass, native, seeing)
    async_fire_time_changed(hass, dt_util.utcnow() + NEST_LIFETIME)
    native.close_webrtc_session("one")
    async_fire_time_changed(hass, dt_util.utcnow() + 2 * NEST_LIFETIME)
    await hass.async_block_till_done()
    assert native.extended == 1


async def test_nest_wants_all_media_in_its_order(
    hass: HomeAssistant, camera: WebRtcCamera, seeing: Viewer
) -> None:
    native = NestCamera("Porch", camera)
    await install(hass, native)
    offer = await seeing.offer("video", "audio")
    with pytest.raises(HomeAssistantError):
        await native.async_handle_async_webrtc_offer(offer, "one", print)
    assert (native.opened, await camera.sessions()) == ([], [])


async def test_which_candidates_of_ours_are_refused(
    hass: HomeAssistant, camera: WebRtcCamera
) -> None:
    ring, matter = RingCamera("Porch", camera), MatterCamera("Yard", camera)
    with pytest.raises(HomeAssistantError):
        await ring.async_on_webrtc_candidate("one", OURS)
    with pytest.raises(HomeAssistantError):
        await matter.async_on_webrtc_candidate("one", OURS)
    await ring.async_on_webrtc_candidate("one", replace(OURS, sdp_m_line_index=0))
    assert len(ring.candidates) == 1
