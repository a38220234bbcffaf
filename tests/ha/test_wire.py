"""Nothing but the picture leaves the home, whatever the camera adds to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace

import av
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from tests.cameras.gst_camera import GstCamera, Model
from tests.hub import Authority, ReferenceHub
from tests.relay.boxes import samples, walk, whole
from tests.relay.decoders import frames_by_ffmpeg, streams_by_ffmpeg

from .disguises import found_in, unwrapped
from .entities import entity_of
from .front_door import open_dialog, pair, submit
from .kept_home import words_of, words_of_address
from .overheard import Kind, Request, requests_in
from .own_cameras import OwnCamera, install
from .watching import turn_off, turn_on, watch
from .wiretap import Wiretap, tapped_hub

pytestmark = pytest.mark.real_camera

LABEL = "Front door"
CANARY = "canary-7f3a91-magnolia"
HOME = (32.298757, -90.184807)
TALKATIVE = Model(
    canary=CANARY,
    host="127.31.7.9",
    path="/nursery-east",
    user="gatekeeper",
    password="open-sesame-41",
)
SECONDS = 3
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
    """A camera with sound, credentials and a lot to say."""
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


@pytest.fixture
async def entity_id(hass: HomeAssistant, camera: GstCamera) -> str:
    """The camera as the family knows it, in a house that has a name and a place."""
    await hass.config.async_update(
        location_name="Magnolia Cottage",
        latitude=HOME[0],
        longitude=HOME[1],
        internal_url="http://192.168.177.23:8123",
        external_url="https://magnolia.example:8443",
    )
    (entity_id,) = await install(
        hass, OwnCamera("Lullaby", camera.url, device="Crib corner")
    )
    nursery = ar.async_get(hass).async_create("Twins' bedroom")
    er.async_get(hass).async_update_entity(entity_id, area_id=nursery.id)
    return entity_id


async def tell_place(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Tell the hub the rough place of the only camera."""
    (share_id,) = entry.subentries
    manager, words = hass.config_entries.subentries, ("config_subentries", "share")
    step = await open_dialog(
        manager,
        (entry.entry_id, "share"),
        {"source": SOURCE_RECONFIGURE, "subentry_id": share_id},
        words,
    )
    details = {"label": LABEL, "opening": "always", "place": "coarse"}
    step = await submit(hass, manager, step, details, words)
    location = {"latitude": HOME[0], "longitude": HOME[1], "radius": 1000}
    await submit(hass, manager, step, {"location": location, "heading_deg": 90}, words)


async def live_through_everything(
    hass: HomeAssistant, hub: ReferenceHub, entry: ConfigEntry, owner: str
) -> bytes:
    """Give the hub every occasion there is to be told something; return its video."""
    camera = (await hub.camera_is("closed", LABEL))["camera"]
    await hub.open_session(camera)
    await hub.open_session("x" * 22)
    await turn_on(hass, entity_of(hass, entry, "sharing"), user=owner)
    first = await watch(hub, LABEL)
    second = await watch(hub, LABEL, officer="Officer R. Lee")
    await hub.ask_to_watch(camera)
    await hub.fragments(first.session, SECONDS * 30)
    await hub.close_session(second.session)
    await hub.disconnect()
    await hub.camera_is("open", LABEL)
    await turn_off(hass, entity_of(hass, entry, "sharing"), user=owner)
    await hub.ended(first.session)
    await turn_off(hass, entity_of(hass, entry, "hub_sharing"), user=owner)
    capture = (await hub.upload_ended(first.session)).capture
    await hub.said_by_home(lambda message: message.get("method") == "checkpoint")
    assert capture is not None
    return bytes(capture)


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
    entity_id: str,
    owner: MockUser,
    tapped: tuple[ReferenceHub, Wiretap],
) -> Overheard:
    """Pair, share, watch, stop and part again."""
    hub, tap = tapped
    entry = await pair(hass, hub.invitation(), labels={entity_id: LABEL})
    await tell_place(hass, entry)
    video = await live_through_everything(hass, hub, entry, owner.id)
    words = await words_of(hass, known_to_hubs=KNOWN)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    await tap.hung_up()
    assert not hub.faults
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


async def test_what_the_hub_gets_is_one_picture_without_sound(
    camera: GstCamera, overheard: Overheard
) -> None:
    assert camera.streams_set_up == ["video", "video"]  # to list it, and to show it
    title, kinds, packet = await asyncio.to_thread(described, camera)
    assert (title, kinds) == (CANARY, ["audio", "video"])
    assert CANARY.encode() in packet

    (upload,) = overheard.of(Kind.MEDIA)
    assert upload.body.startswith(overheard.video)
    video = whole(upload.body)
    assert await streams_by_ffmpeg(video) == [("Video", "h264")]
    pictures = samples(video)
    assert len(pictures) >= SECONDS * 30 - 1
    assert await frames_by_ffmpeg(video) == len(pictures)
    assert {path[-1] for path, _ in walk(video)} <= BOXES
    units = [unit for each in pictures for unit in each.units] + described_units(video)
    assert {unit[0] & 0x1F for unit in units} <= PERMITTED


async def test_no_word_of_the_home_is_in_anything_the_hub_got(
    camera: GstCamera, overheard: Overheard
) -> None:
    assert {request.kind for request in overheard.requests} == set(Kind)
    assert len(overheard.of(Kind.CONTROL)) == 2
    (upload,) = overheard.of(Kind.MEDIA)
    texts = [inner for text in overheard.texts for inner in unwrapped(text)]
    words = {*overheard.words, CANARY}

    assert found_in([*texts, upload.body], words) == []
    assert found_in(texts, [LABEL])
