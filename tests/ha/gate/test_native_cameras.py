"""A viewer watches a camera that has nothing but WebRTC, from the dialog to the last byte."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
import re
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from tests.browser import find_chromium
from tests.cameras.odd import numbers_in
from tests.cameras.webrtc import Model, WebRtcCamera, chromium_camera, webrtc_camera
from tests.ha.entities import entity_of
from tests.ha.everything import SHERIFF, open_to, paired
from tests.ha.front_door import pair
from tests.ha.native_cameras import (
    HOME_ADDRESS,
    KinesisCamera,
    MatterCamera,
    NativeCamera,
    NestCamera,
    RingCamera,
    on_loopback,
)
from tests.ha.overheard import requests_in
from tests.ha.own_cameras import install
from tests.ha.tracking.test_cameras import until, why_no_picture
from tests.ha.watching import (
    VIEWABLE,
    is_on,
    opened,
    turn_off,
    turn_on,
    watch,
)
from tests.ha.wiretap import tapped_hub
from tests.reference_hub import Authority, Opened, Options, ReferenceHub

WAYS = (NativeCamera, RingCamera, NestCamera, KinesisCamera, MatterCamera)
MORE: Final = 10
"""Parts that must still come."""


@pytest.fixture
async def hub(authority: Authority) -> AsyncIterator[ReferenceHub]:
    """A hub that keeps what it gets."""
    async with ReferenceHub(authority, options=Options(keep_media=True)) as hub:
        yield hub


@pytest.fixture
async def camera(hass: HomeAssistant) -> AsyncIterator[WebRtcCamera]:
    with on_loopback(hass):
        async with webrtc_camera(Model(pictures=3000)) as camera:
            yield camera


async def shared[CameraT: NativeCamera](
    hass: HomeAssistant, hub: ReferenceHub, owner: str, native: CameraT
) -> CameraT:
    """Have the hub know of this camera, and its switch on."""
    (porch,) = await install(hass, native)
    await pair(hass, hub.invitation(), labels={porch: "Front door"})
    await hub.home_connected()
    await hub.home_admits()
    await turn_on(hass, user=owner)
    native.forget_closed()  # the dialog had a look
    return native


def the_hubs(hass: HomeAssistant) -> ConfigEntry:
    """Give the only hub's entry."""
    (entry,) = hass.config_entries.async_entries("latchstring")
    return entry


async def goes_on(hub: ReferenceHub, session: Opened) -> None:
    """See that more comes."""
    await hub.fragments(
        session.carried_by, hub.seen(session.carried_by).fragments + MORE
    )


async def close(hass: HomeAssistant, hub: ReferenceHub, session: Opened) -> None:
    """Turn the switch off, and wait until the hub knows."""
    await turn_off(hass)
    await hub.ended(session.session)


@pytest.mark.parametrize("way", WAYS)
async def test_it_is_shared_watched_and_cut(
    hass: HomeAssistant,
    hub: ReferenceHub,
    owner: str,
    camera: WebRtcCamera,
    way: type[NativeCamera],
) -> None:
    native = await shared(hass, hub, owner, way("Porch", camera))
    session = await watch(hub)
    await close(hass, hub, session)
    await camera.until_closed()
    assert not native.left_open
    capture = hub.seen(session.session).capture
    assert capture
    numbers = numbers_in(bytes(capture))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="there is no Chromium here")
async def test_chromium_is_shared_watched_and_cut(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    with on_loopback(hass):
        async with chromium_camera() as camera:
            native = await shared(hass, hub, owner, RingCamera("Porch", camera))
            session = await watch(hub)
            await goes_on(hub, session)
            await close(hass, hub, session)
            await camera.until_closed()
    assert not native.left_open
    capture = hub.seen(session.session).capture
    assert capture
    numbers = numbers_in(bytes(capture))  # which fails for a picture that is broken
    assert all(before <= now for before, now in pairwise(numbers))
    assert numbers[-1] > numbers[0]


@pytest.mark.parametrize("end", [NativeCamera.end, NativeCamera.say_ended])
@pytest.mark.parametrize("way", [RingCamera, MatterCamera])
async def test_a_viewer_stays_when_the_camera_ends_its_session(
    hass: HomeAssistant,
    hub: ReferenceHub,
    owner: str,
    camera: WebRtcCamera,
    way: type[NativeCamera],
    end: Callable[[NativeCamera], None],
) -> None:
    native = await shared(hass, hub, owner, way("Porch", camera))
    session = await watch(hub)
    end(native)
    await until(hass, lambda: len(native.opened) == 2)
    await goes_on(hub, session)
    assert native.left_open == {native.opened[1]}
    assert hub.seen(session.session).ended is None
    await close(hass, hub, session)
    await camera.until_closed()
    assert not native.left_open


async def test_a_session_is_extended_as_long_as_somebody_watches(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, camera: WebRtcCamera
) -> None:
    native = await shared(hass, hub, owner, NestCamera("Porch", camera))
    session = await watch(hub)
    native.extend()
    assert native.extended == 1
    await goes_on(hub, session)
    await close(hass, hub, session)
    native.extend()
    assert native.extended == 1
    await camera.until_closed()


async def test_a_session_that_is_cut_before_its_answer_is_not_left_open(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, camera: WebRtcCamera
) -> None:
    native = await shared(hass, hub, owner, KinesisCamera("Porch", camera))
    native.may_answer.clear()
    begun = (await camera.state())["begun"]
    session = await opened(hub)
    await until(hass, lambda: bool(native.opened))
    await close(hass, hub, session)
    native.may_answer.set()
    await camera.until(lambda state: state["begun"] > begun and not state["open"])
    assert not native.left_open
    assert hub.seen(session.session).bytes == 0


async def test_the_picture_comes_when_a_camera_is_private_no_longer(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, camera: WebRtcCamera
) -> None:
    native = await shared(hass, hub, owner, MatterCamera("Porch", camera))
    native.be_private(is_private=True)
    session = await opened(hub)
    await until(hass, lambda: why_no_picture(hass) == {"offline"})
    assert not native.opened
    assert hub.seen(session.session).bytes == 0
    native.be_private(is_private=False)
    await hub.fragments(session.session, MORE)
    await until(hass, lambda: why_no_picture(hass) == {None})
    await close(hass, hub, session)
    await camera.until_closed()


async def test_a_camera_that_turns_private_shows_nothing_until_it_is_so_no_longer(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, camera: WebRtcCamera
) -> None:
    native = await shared(hass, hub, owner, MatterCamera("Porch", camera))
    session = await watch(hub)
    native.be_private(is_private=True)
    native.end()
    await camera.until_closed()
    await until(hass, lambda: why_no_picture(hass) == {"offline"})
    shown = hub.seen(session.session).bytes
    assert len(native.opened) == 1
    native.be_private(is_private=False)
    await goes_on(hub, session)
    assert hub.seen(session.session).bytes > shown
    await close(hass, hub, session)
    await camera.until_closed()
    assert not native.left_open


async def unload(hass: HomeAssistant) -> None:
    await hass.config_entries.async_unload(the_hubs(hass).entry_id)


async def remove(hass: HomeAssistant) -> None:
    await hass.config_entries.async_remove(the_hubs(hass).entry_id)


async def stop(hass: HomeAssistant) -> None:
    await hass.async_stop()


@pytest.mark.parametrize("end", [unload, remove, stop])
async def test_it_is_closed_with_whatever_ends_the_watching(
    hass: HomeAssistant,
    hub: ReferenceHub,
    owner: str,
    camera: WebRtcCamera,
    end: Callable[[HomeAssistant], Awaitable[None]],
) -> None:
    native = await shared(hass, hub, owner, RingCamera("Porch", camera))
    session = await watch(hub)
    await end(hass)
    await camera.until_closed()
    await hub.upload_ended(session.session)
    assert len(native.opened) == 1
    assert not native.left_open


async def test_a_second_viewer_is_shown_the_same_session(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, camera: WebRtcCamera
) -> None:
    native = await shared(hass, hub, owner, RingCamera("Porch", camera))
    first = await watch(hub)
    second = await watch(hub, officer="Officer R. Lee")
    assert len(native.opened) == 1
    await hub.close_session(first.session)
    await hub.ended(first.session)
    assert native.left_open
    await goes_on(hub, second)
    await close(hass, hub, second)
    await camera.until_closed()
    assert len(native.opened) == 1


async def test_two_hubs_are_shown_one_session(
    hass: HomeAssistant,
    hub: ReferenceHub,
    authority: Authority,
    owner: str,
    camera: WebRtcCamera,
) -> None:
    native = RingCamera("Porch", camera)
    (porch,) = await install(hass, native)
    async with ReferenceHub(authority, SHERIFF, Options(keep_media=True)) as sheriff:
        both = [
            await paired(hass, each, porch, case="2026-118834")
            for each in (hub, sheriff)
        ]
        for watcher in both:
            await open_to(hass, watcher, owner=owner)
        native.forget_closed()
        sessions = [await watcher.watch() for watcher in both]
        assert len(native.opened) == 1
        for watcher, session in zip(both, sessions, strict=True):
            assert native.left_open
            await goes_on(watcher.hub, session)
            await turn_off(hass, entity_of(hass, watcher.entry, "sharing"))
            await watcher.hub.ended(session.session)
        assert not native.left_open
        await camera.until_closed()
    assert len(native.opened) == 1


async def test_it_is_closed_before_the_hub_hears_that_its_last_viewer_has_left(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, camera: WebRtcCamera
) -> None:
    native = await shared(hass, hub, owner, RingCamera("Porch", camera))
    session = await watch(hub)
    await hub.close_session(session.session)
    await hub.ended(session.session)
    assert not native.left_open
    await camera.until_closed()
    again = await watch(hub)
    assert len(native.opened) == 2
    await close(hass, hub, again)
    await camera.until_closed()


async def test_a_camera_is_renamed_while_it_is_watched(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, camera: WebRtcCamera
) -> None:
    native = await shared(hass, hub, owner, RingCamera("Porch", camera))
    session = await watch(hub)
    er.async_get(hass).async_update_entity(
        native.entity_id, new_entity_id="camera.doorbell"
    )
    await hass.async_block_till_done()
    await goes_on(hub, session)
    assert is_on(hass, VIEWABLE)
    assert hub.seen(session.session).ended is None
    native.end()
    await until(hass, lambda: len(native.opened) == 2)
    await goes_on(hub, session)
    await close(hass, hub, session)
    await camera.until_closed()
    assert not native.left_open


@pytest.mark.parametrize(
    ("becomes", "why"),
    [
        (None, "session_refused"),
        (Model(has_h264=False), "codec_unsupported"),
        (Model(is_another=True), "unreadable"),
    ],
)
async def test_the_owner_is_told_why_no_picture_comes_and_the_hub_is_not(
    hass: HomeAssistant,
    hub: ReferenceHub,
    owner: str,
    camera: WebRtcCamera,
    becomes: Model | None,
    why: str,
) -> None:
    native = await shared(hass, hub, owner, RingCamera("Porch", camera))
    native.is_away = becomes is None
    async with webrtc_camera(becomes) as another:
        native.become(another)
        session = await opened(hub)
        await until(hass, lambda: why_no_picture(hass) == {why})
        await close(hass, hub, session)
        await another.until_closed()
    assert not native.left_open
    assert hub.seen(session.session).bytes == 0
    said = [each.message for each in hub.transcript if each.direction == "from home"]
    assert said
    assert why not in str(said)


async def test_nothing_of_a_session_with_the_camera_reaches_the_hub(
    hass: HomeAssistant, authority: Authority, owner: str
) -> None:
    with on_loopback(hass, HOME_ADDRESS):
        async with webrtc_camera() as camera, tapped_hub(authority) as (hub, tap):
            native = await shared(hass, hub, owner, RingCamera("Porch", camera))
            session = await watch(hub)
            native.end()
            await until(hass, lambda: len(native.opened) == 2)
            await goes_on(hub, session)
            await close(hass, hub, session)
            await hub.settled()
            await camera.until_closed()
            await unload(hass)
            await tap.hung_up()
    secrets = told_to_each_other(native)
    assert HOME_ADDRESS in secrets
    left = [
        part
        for request in requests_in(tap.calls)
        for part in (*request.texts, request.body)
    ]
    assert any(b"session" in part for part in left)
    assert not [each for each in secrets for part in left if each.encode() in part]


def told_to_each_other(native: NativeCamera) -> set[str]:
    """Give what tells something in both sides' descriptions and candidates, and what the sessions are called."""
    descriptions = [*native.offers, *(each.sdp for each in native.answers)]
    candidates = [text for each in native.answers for text in each.candidates]
    candidates += [each.candidate for each in native.candidates]
    lines = [line for each in descriptions for line in each.splitlines()] + candidates
    found = {HOME_ADDRESS} & {word for line in lines for word in line.split()}
    named = re.compile(r"a=(?:ice-ufrag|ice-pwd|fingerprint|msid|candidate):(.*)")
    found |= {match[1] for line in lines if (match := named.fullmatch(line))}
    return found | {*candidates} | {*native.opened}
