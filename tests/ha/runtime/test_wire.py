"""Nothing but the picture leaves the home, whatever the camera adds to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace

import av
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockUser
import pytest_socket

from tests.cameras.gst_camera import GstCamera, Model
from tests.ha.disguises import found_in, unwrapped
from tests.ha.everything import (
    LABEL,
    SECONDS,
    ask_in_vain,
    close_and_part,
    install_camera,
    open_to,
    paired,
    watch_twice,
)
from tests.ha.overheard import Kind, Request, requests_in
from tests.ha.wiretap import Wiretap, tapped_hub
from tests.reference_hub import Authority, ReferenceHub
from tests.relay.boxes import samples, walk, whole
from tests.relay.decoders import frames_by_ffmpeg, streams_by_ffmpeg

from .kept_home import words_of, words_of_address

pytestmark = pytest.mark.real_camera

CANARY = "canary-7f3a91-magnolia"
TALKATIVE = Model(
    canary=CANARY,
    host="127.31.7.9",
    path="/nursery-east",
    user="gatekeeper",
    password="open-sesame-41",
)
PERMITTED = {*range(1, 6), 7, 8}
BOXES = {
    *("ftyp", "moov", "mvhd", "trak", "tkhd", "mdia", "mdhd", "hdlr", "minf", "vmhd"),
    *("dinf", "dref", "url ", "stbl", "stsd", "stts", "stsc", "stsz", "stco", "mvex"),
    *("trex", "avc1", "avcC", "moof", "mfhd", "traf", "tfhd", "tfdt", "trun", "mdat"),
}
KNOWN = {"latchstring", "Jackson Police Department", LABEL}
"""What the hub may know: what it said itself, and the label the owner wrote for it."""


@pytest.fixture(params=["aac", "g711"])
async def camera(request: pytest.FixtureRequest) -> AsyncIterator[GstCamera]:
    """A camera with sound, credentials and a lot to say, at a host of its own that the tests may connect to."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", TALKATIVE.host])
    async with GstCamera(replace(TALKATIVE, audio=request.param)) as camera:
        yield camera


@pytest.fixture
async def tapped(authority: Authority) -> AsyncIterator[tuple[ReferenceHub, Wiretap]]:
    """A hub, and somebody who hears all that it is told."""
    async with tapped_hub(authority) as both:
        yield both


@pytest.fixture
def owner(hass: HomeAssistant) -> MockUser:
    """An owner with a name."""
    return MockUser(name="Theodora Fairweather", is_owner=True).add_to_hass(hass)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overheard:
    """What a hub received in the whole time it was paired, and what the home knows."""

    requests: list[Request]
    video: bytes
    words: set[str]

    @property
    def texts(self) -> list[bytes]:
        return [text for request in self.requests for text in request.texts]

    def of(self, kind: Kind) -> list[Request]:
        return [request for request in self.requests if request.kind is kind]


@pytest.fixture
async def overheard(
    hass: HomeAssistant,
    camera: GstCamera,
    owner: MockUser,
    tapped: tuple[ReferenceHub, Wiretap],
) -> Overheard:
    """Pair, share, watch, stop and part again."""
    hub, tap = tapped
    entity_id = await install_camera(hass, camera.url)
    watcher = await paired(hass, hub, entity_id, case="2026-118834")
    await ask_in_vain(watcher)
    await open_to(hass, watcher, owner=owner.id)
    carrier = await watch_twice(watcher)
    words = await words_of(hass, known_to_hubs=KNOWN)
    video = await close_and_part(hass, watcher, carrier)
    await tap.hung_up()
    return Overheard(
        requests=requests_in(tap.calls),
        video=video,
        words=words | words_of_address(camera.url),
    )


def described(camera: GstCamera) -> tuple[str, list[str], bytes]:
    """Read the camera as it is: its title, the kinds of its streams, a first picture."""
    with closing(av.open(camera.url, options={"rtsp_transport": "tcp"})) as container:
        packet = next(container.demux(video=0))
        kinds = sorted(str(stream.type) for stream in container.streams)
        return container.metadata["title"], kinds, bytes(packet)


def described_units(video: bytes) -> list[bytes]:
    """Read the units a decoder gets beforehand; nothing else may stand beside them."""
    (record,) = (content for path, content in walk(video) if path[-1] == "avcC")
    found, at = [], 5
    for _ in range(2):
        count, at = record[at] & 0x1F, at + 1
        for _ in range(count):
            end = at + 2 + int.from_bytes(record[at : at + 2])
            found.append(record[at + 2 : end])
            at = end
    assert len(record) - at in (0, 4), "only the four bytes of the high profiles follow"
    return found


async def test_all_that_leaves_the_home_is_one_picture(
    camera: GstCamera, overheard: Overheard, subtests: pytest.Subtests
) -> None:
    assert {request.kind for request in overheard.requests} == set(Kind)
    _before, _after_a_break, goodbye = overheard.of(Kind.CONTROL)
    assert any(b'"checkpoint"' in each for each in goodbye.messages)
    (upload,) = overheard.of(Kind.MEDIA)
    with subtests.test("it is one picture without sound"):
        await assert_is_one_picture_without_sound(upload, camera, overheard)
    with subtests.test("no word of the home is in it"):
        assert_holds_no_word_of_the_home(upload, overheard)


async def assert_is_one_picture_without_sound(
    upload: Request, camera: GstCamera, overheard: Overheard
) -> None:
    assert camera.streams_set_up == ["video", "video"]  # to list it, and to show it
    await camera.until(lambda: camera.clients == 0)
    title, kinds, packet = await asyncio.to_thread(described, camera)
    assert (title, kinds) == (CANARY, ["audio", "video"])
    assert CANARY.encode() in packet

    assert upload.body.startswith(overheard.video)
    video = whole(upload.body)
    assert await streams_by_ffmpeg(video) == [("Video", "h264")]
    pictures = samples(video)
    assert len(pictures) >= SECONDS * TALKATIVE.fps
    assert await frames_by_ffmpeg(video) == len(pictures)
    assert {path[-1] for path, _ in walk(video)} <= BOXES
    units = [unit for each in pictures for unit in each.units] + described_units(video)
    assert {unit[0] & 0x1F for unit in units} <= PERMITTED


def assert_holds_no_word_of_the_home(upload: Request, overheard: Overheard) -> None:
    texts = [inner for text in overheard.texts for inner in unwrapped(text)]
    words = {*overheard.words, CANARY}

    assert found_in([*texts, upload.body], words) == []
    assert found_in(texts, [LABEL])
