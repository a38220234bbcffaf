"""What the flows are told about a camera before it is shared."""

import secrets
import traceback

import pytest

from custom_components.latchstring.relay import (
    CameraAddress,
    SourceUnusable,
    VideoFormat,
    probe,
)
from custom_components.latchstring.relay.sources.refused_logins import RefusedLogins
from tests.cameras.gst_camera import GstCamera, Model

pytestmark = pytest.mark.real_camera

SECRET = Model(user="owner", password="open-sesame")


async def probed(url: str, refused: RefusedLogins | None = None) -> VideoFormat:
    return await probe(CameraAddress(url=url), refused or RefusedLogins())


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (Model(width=1280, height=720), ("avc1", 1280, 720)),
        (Model(width=1920, height=1080), ("avc1", 1920, 1080)),
        (Model(sets="described", audio="aac"), ("avc1", 640, 360)),
        (Model(codec="h265"), ("hvc1", 640, 360)),
        (SECRET, ("avc1", 640, 360)),
    ],
)
async def test_a_camera_that_can_be_relayed_is_described(
    model: Model, told: tuple[str, int, int]
) -> None:
    async with GstCamera(model) as camera:
        video = await probed(camera.url)

        assert (video.codec[:4], video.width, video.height) == told
        await camera.until(lambda: camera.clients == 0)


@pytest.mark.parametrize(
    ("model", "code"),
    [
        (Model(codec="mjpeg"), "codec_unsupported"),
        (Model(codec="none", audio="g711"), "no_video"),
    ],
)
async def test_a_camera_that_cannot_be_relayed_is_told_apart(
    model: Model, code: str
) -> None:
    async with GstCamera(model) as camera:
        with pytest.raises(SourceUnusable) as unusable:
            await probed(camera.url)
    assert unusable.value.code == code


async def test_wrong_credentials_are_told_apart_tried_once_and_appear_nowhere() -> None:
    wrong, refused = secrets.token_hex(), RefusedLogins()
    async with GstCamera(SECRET) as camera:
        wrong_url = camera.url.replace("open-sesame", wrong)
        with pytest.raises(SourceUnusable, match="unauthorized") as unusable:
            await probed(wrong_url, refused)
        with pytest.raises(SourceUnusable, match="unauthorized"):
            await probed(wrong_url, refused)
        await probed(camera.url, refused)
        await camera.until(lambda: camera.clients == 0)

        assert camera.connections == 2
    words = "".join(traceback.format_exception(unusable.value))
    assert wrong not in words
    assert str(camera.port) not in words


async def test_a_camera_that_is_not_there_is_unreachable() -> None:
    async with GstCamera() as camera:
        url = camera.url

    with pytest.raises(SourceUnusable) as unusable:
        await probed(url)
    assert unusable.value.code == "unreachable"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "pipe://x", "concat:a|b", ""])
async def test_what_is_no_address_of_a_camera_is_not_even_tried(url: str) -> None:
    with pytest.raises(SourceUnusable) as unusable:
        await probed(url)
    assert unusable.value.code == "scheme_unsupported"
