"""Our own RTSP client before real cameras: what it reads decodes, picture by picture."""

import asyncio
from dataclasses import replace

import pytest

from custom_components.latchstring.relay.sources.address import Transport
from tests.cameras.gst_camera import GstCamera, Model
from tests.reference_hub import Authority
from tests.relay.cameras import source_by
from tests.relay.decoders import frames_by_ffmpeg
from tests.relay.tape import Tape, any_source

pytestmark = pytest.mark.real_camera

SMALL = Model(width=320, height=180, fps=15, gop=15)


async def body_of(
    model: Model, pictures: int = 20, transport: Transport | None = None
) -> tuple[bytes, int]:
    """Read a camera, and give what would be sent of it, and how many pictures that is."""
    async with GstCamera(model) as camera:

        async def locate() -> str:
            return camera.url

        source = source_by(locate, transport=transport)
        source.attach(tape := Tape(), any_source)
        await tape.until(pictures)
        source.detach(tape)
        await source.async_close()
        await camera.until(lambda: camera.clients == 0)
        assert camera.connections == 1
        return tape.body, len(tape.fragments)


@pytest.mark.parametrize(
    ("model", "transport"),
    [
        (replace(SMALL, transport="tcp"), None),
        (replace(SMALL, transport="tcp"), Transport.UDP),
        (replace(SMALL, transport="udp"), None),
        (replace(SMALL, transport="udp", user="owner", password="p"), None),
        (SMALL, Transport.UDP),
    ],
    ids=["tcp", "tcp though udp is wanted", "udp", "udp with a login", "udp is wanted"],
)
async def test_a_camera_is_read_by_the_transport_it_has(
    model: Model, transport: Transport | None
) -> None:
    body, pictures = await body_of(model, transport=transport)
    assert await frames_by_ffmpeg(body) == pictures


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_a_camera_is_read_over_tls(transport: str, authority: Authority) -> None:
    model = replace(
        SMALL,
        transport=transport,
        certificate=str(authority.cert_path),
        key=str(authority.key_path),
    )
    body, pictures = await body_of(model)
    assert await frames_by_ffmpeg(body) == pictures


@pytest.mark.parametrize(
    "model",
    [
        replace(SMALL, codec="h265"),
        replace(SMALL, codec="h265", bframes=2),
        replace(SMALL, codec="h265", transport="udp"),
        replace(SMALL, bframes=2),
        replace(SMALL, slices=4),
        replace(SMALL, slices=4, transport="udp"),
        replace(SMALL, sets="described"),
        replace(SMALL, format="I420_10LE"),
        replace(SMALL, codec="h265", format="I420_10LE"),
        replace(SMALL, width=3840, height=2160, fps=5, gop=5, bitrate=8000),
    ],
    ids=lambda model: " ".join(model.arguments()[:8]),
)
async def test_whatever_a_camera_encodes_every_picture_decodes(model: Model) -> None:
    body, pictures = await body_of(model)
    assert await frames_by_ffmpeg(body) == pictures


async def test_many_cameras_are_read_side_by_side() -> None:
    models = [
        replace(SMALL, transport="udp" if number % 2 else "tcp") for number in range(6)
    ]
    read = await asyncio.gather(*map(body_of, models))
    assert [await frames_by_ffmpeg(body) for body, _ in read] == [
        pictures for _, pictures in read
    ]
