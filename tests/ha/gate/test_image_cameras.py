"""A viewer watches a camera that gives images only, of every kind that Home Assistant has."""

import ast
import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from homeassistant.components import camera
from homeassistant.components.camera import Camera
from homeassistant.core import HomeAssistant
import pytest

from custom_components.latchstring.relay import ImageSource
from custom_components.latchstring.tracking.video_source import async_video_source
from tests.cameras.odd import numbers_in
from tests.ha.front_door import answer, cameras_of, fields_of, pair, told_by
from tests.ha.image_cameras import (
    COME_OR_GONE,
    LATER,
    PLATFORMS,
    BlockingCamera,
    DrawnCamera,
    FailingCamera,
    HangingCamera,
    ImageCamera,
    Kind,
    LastCamera,
    OwnMjpegCamera,
    mjpeg_camera,
)
from tests.ha.own_cameras import install
from tests.ha.watching import opened, turn_off, turn_on, watch
from tests.reference_hub import Authority, Options, ReferenceHub
from tests.relay.encode.drawn import numbered

COMPONENTS: Final = Path(camera.__file__).parents[1]


@pytest.fixture
async def hub(authority: Authority) -> AsyncIterator[ReferenceHub]:
    """A hub that keeps what it gets."""
    async with ReferenceHub(authority, options=Options(keep_media=True)) as hub:
        yield hub


async def shared(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, images: Camera
) -> None:
    """Have the hub know of this camera, and its switch on."""
    (porch,) = await install(hass, images)
    await pair(hass, hub.invitation(), labels={porch: "Front door"})
    await hub.home_connected()
    await hub.home_admits()
    await turn_on(hass, user=owner)


def numbers_at(hub: ReferenceHub, session: str) -> list[int]:
    """Give the numbers of the pictures that came."""
    capture = hub.seen(session).capture
    assert capture
    return numbers_in(bytes(capture))


async def findings_of(hass: HomeAssistant, hub: ReferenceHub, images: Camera) -> str:
    """Give what the dialog says when this camera alone is chosen."""
    (porch,) = await install(hass, images)
    step = await cameras_of(hass, hub.invitation())
    step = await answer(hass, step, {"cameras": [porch]})
    return told_by(step).get("findings", "")


@pytest.mark.parametrize("make", [ImageCamera, OwnMjpegCamera, BlockingCamera])
async def test_one_that_has_images_made_is_watched_and_cut(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, make: Callable[[], ImageCamera]
) -> None:
    images = make()
    await shared(hass, hub, owner, images)
    session = await watch(hub)
    await turn_off(hass)
    await hub.ended(session.session)
    numbers = numbers_at(hub, session.session)
    assert numbers == [*range(numbers[0], numbers[0] + len(numbers))]


@pytest.mark.parametrize("has_stills", [False, True])
async def test_a_page_of_images_is_watched_image_by_image(
    hass: HomeAssistant,
    hub: ReferenceHub,
    owner: str,
    has_stills: bool,  # noqa: FBT001  # a parameter
) -> None:
    async with mjpeg_camera(has_stills=has_stills) as images:
        await shared(hass, hub, owner, images)
        session = await watch(hub)
        await turn_off(hass)
        await hub.ended(session.session)
    numbers = numbers_at(hub, session.session)
    assert numbers == sorted({*numbers})


async def test_images_of_events_are_shown_once_each(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    images = LastCamera()
    images.last = numbered(5)
    await shared(hass, hub, owner, images)
    session = await opened(hub)
    await hub.fragments(session.carried_by, 1)
    await images.until_asked_again(3)
    assert numbers_at(hub, session.session) == [5]
    images.last = numbered(6)
    await images.until_asked_again(3)
    await turn_off(hass)
    await hub.ended(session.session)
    assert numbers_at(hub, session.session) == [5, 6]


async def test_who_comes_later_is_shown_the_image_that_has_not_changed(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    images = LastCamera()
    images.last = numbered(5)
    await shared(hass, hub, owner, images)
    first = await opened(hub)
    await hub.fragments(first.carried_by, 1)
    await hub.close_session(first.session)
    await hub.ended(first.session)
    second = await opened(hub)
    await hub.fragments(second.carried_by, 1)
    await turn_off(hass)
    await hub.ended(second.session)
    assert numbers_at(hub, second.session) == [5]


@pytest.mark.parametrize("form", ["PNG", "GIF"])
async def test_a_map_is_shown(
    hass: HomeAssistant, hub: ReferenceHub, owner: str, form: str
) -> None:
    await shared(hass, hub, owner, DrawnCamera(form))
    session = await opened(hub)
    await hub.fragments(session.carried_by, 1)
    await turn_off(hass)
    await hub.ended(session.session)
    assert numbers_at(hub, session.session) == [1]


async def test_one_without_an_event_yet_is_listed_and_shown_with_the_first(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    images = LastCamera()
    await shared(hass, hub, owner, images)
    session = await opened(hub)
    await images.until_asked_again(1)
    images.last = numbered(9)
    await hub.fragments(session.carried_by, 1)
    await turn_off(hass)
    await hub.ended(session.session)
    assert numbers_at(hub, session.session) == [9]


async def test_nobody_is_asked_any_more_once_the_share_is_closed(
    hass: HomeAssistant, hub: ReferenceHub, owner: str
) -> None:
    """Home Assistant hides from who asks for an image that they are to end."""
    images = HangingCamera()
    await shared(hass, hub, owner, images)
    session = await watch(hub)
    images.hangs = True
    await images.until_asked_again(1)
    await turn_off(hass)
    await hub.ended(session.session)
    for _ in range(20):
        await asyncio.sleep(0)
    asking = [
        task
        for task in asyncio.all_tasks()
        if "ImageReader" in getattr(task.get_coro(), "__qualname__", "")
    ]
    assert not asking


@pytest.mark.parametrize(
    ("images", "found"),
    [
        (FailingCamera(), "no image right now"),
        (LastCamera(), "no image right now"),
        (ImageCamera(has_id=False), "no unique ID"),
    ],
    ids=["failing", "none yet", "no id"],
)
async def test_why_nothing_can_be_shown_of_one_is_told(
    hass: HomeAssistant, hub: ReferenceHub, images: ImageCamera, found: str
) -> None:
    told = await findings_of(hass, hub, images)
    assert found in told
    assert "secret" not in told


@pytest.mark.parametrize(
    "image",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"></svg>',
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400),
        b"<html>Log in</html>",
    ],
    ids=["SVG", "HEIC", "HTML"],
)
async def test_an_image_of_another_kind_is_not_listed(
    hass: HomeAssistant, hub: ReferenceHub, image: bytes
) -> None:
    images = LastCamera()
    images.last = image
    assert "of a kind that cannot be read" in await findings_of(hass, hub, images)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.1, "0.5"), (0.5, "0.5"), (10, "10"), (2.5, "2.5")]
)
async def test_the_dialog_says_that_it_is_images_how_often_and_what_they_cost(
    hass: HomeAssistant, hub: ReferenceHub, seconds: float, said: str
) -> None:
    (porch,) = await install(hass, ImageCamera(seconds=seconds))
    step = await cameras_of(hass, hub.invitation())
    step = await answer(hass, step, {"cameras": [porch]})
    assert fields_of(step) == ["Porch"]
    told = told_by(step)["cameras"].replace("&#46;", ".")
    assert f"Images, not live video: at most one every {said} seconds" in told
    assert "shown as H.264, 640 \N{MULTIPLICATION SIGN} 360" in told
    assert "seconds of one processor core a minute" in told


async def test_no_camera_is_asked_sooner_than_it_wants_to_be(
    hass: HomeAssistant,
) -> None:
    ids = await install(hass, ImageCamera(seconds=10), ImageCamera("Yard", seconds=0.1))
    sources = [await async_video_source(hass, each) for each in ids]
    assert all(isinstance(each, ImageSource) for each in sources)
    assert [each.interval for each in sources if isinstance(each, ImageSource)] == [
        10,
        0.5,
    ]


async def test_every_platform_that_gives_images_only_is_known() -> None:
    known = {*PLATFORMS} - COME_OR_GONE
    assert {*_without_video()} - COME_OR_GONE == known


async def test_every_platform_is_of_the_kind_it_is_said_to_be() -> None:
    for name, text in _without_video().items():
        kind = PLATFORMS.get(name) or LATER[name]
        names = {
            getattr(base, "id", "")
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ClassDef)
            for base in node.bases
        }
        is_mjpeg = "MjpegCamera" in names or name == "mjpeg"
        assert is_mjpeg == (kind is Kind.MJPEG_CAMERA), name
        if not is_mjpeg:
            has_own = "def handle_async_mjpeg_stream" in text
            assert has_own == (kind is Kind.OWN_MJPEG), name
            assert "def async_camera_image" in text or "def camera_image" in text, name


def _without_video() -> dict[str, str]:
    """Give the platforms of Home Assistant that say nowhere that they have video, as they are written."""
    texts = {
        path.parent.name: path.read_text("utf-8")
        for path in COMPONENTS.glob("*/camera.py")
    }
    return {
        name: text
        for name, text in texts.items()
        if "CameraEntityFeature.STREAM" not in text
    }
