"""Whatever is encoded is decoded by others, from any picture on."""

from io import BytesIO

import av
import pytest

from custom_components.latchstring.relay.codec import nal
from custom_components.latchstring.relay.codec.nal import Codec
from custom_components.latchstring.relay.encode.cost import cost_of
from custom_components.latchstring.relay.encode.encoder import Encoder
from custom_components.latchstring.relay.encode.image import (
    UnreadableImageError,
    picture_of,
)
from tests.cameras.odd.counter import read

from .images import still


def shown(units: list[bytes]) -> list[av.VideoFrame]:
    """Decode units alone."""
    stream = b"".join(b"\x00\x00\x00\x01" + unit for unit in units)
    with av.open(BytesIO(stream), "r", format="h264") as container:
        return list(container.decode(video=0))


def test_every_picture_is_a_keyframe_that_can_be_seen_by_itself() -> None:
    encoder = Encoder()
    for number in range(5):
        units = encoder.encode(picture_of(still(number)))
        assert nal.is_keyframe(Codec.H264, units)
        (picture,) = shown(units)
        assert read(picture.to_ndarray(format="gray")) == number


def test_a_picture_may_have_another_size_than_the_one_before() -> None:
    encoder = Encoder()
    for width, height in ((320, 180), (640, 360), (640, 480), (320, 180)):
        (picture,) = shown(encoder.encode(picture_of(still(9, width, height))))
        assert (picture.width, picture.height) == (width, height)
        assert read(picture.to_ndarray(format="gray")) == 9


def test_what_the_colours_mean_is_written_down() -> None:
    (picture,) = shown(Encoder().encode(picture_of(still(1))))
    assert (int(picture.colorspace), int(picture.color_range)) == (1, 1)


def test_an_encoder_that_was_closed_begins_anew() -> None:
    encoder = Encoder()
    encoder.encode(picture_of(still(1)))
    encoder.close()
    (picture,) = shown(encoder.encode(picture_of(still(2))))
    assert read(picture.to_ndarray(format="gray")) == 2


def test_a_noisy_picture_has_a_bounded_size() -> None:
    noise = av.VideoFrame(1280, 720, "yuv420p")
    for plane in noise.planes:
        plane.update(
            bytes((at * at * 2654435761 >> 13) & 255 for at in range(plane.buffer_size))
        )
    encoder = Encoder()
    sizes = [sum(map(len, encoder.encode(noise))) for _ in range(6)]
    assert max(sizes) < 250_000


def test_what_it_costs_is_said_by_the_rate_of_the_images() -> None:
    image = still(1)
    seldom, often = cost_of(image, 10), cost_of(image, 0.5)
    assert 0 < seldom < often < 60
    assert cost_of(image, 0.01) < 60


def test_what_an_image_costs_that_cannot_be_read_is_not_said() -> None:
    with pytest.raises(UnreadableImageError):
        cost_of(b"", 1)
