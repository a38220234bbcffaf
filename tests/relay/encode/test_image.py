"""An image becomes a picture as it is meant to be seen, or is refused."""

import av
import numpy as np
from PIL import Image
import pytest

from custom_components.latchstring.relay.encode.image import (
    LARGEST,
    UnreadableImageError,
    picture_of,
)
from tests.cameras.odd.counter import read

from .images import (
    HEIC,
    HEIGHT,
    SVG,
    WIDTH,
    bomb,
    many_scans,
    numbered,
    still,
    turned,
    written,
)

NUMBER = 1234
SHOWN = numbered(NUMBER)


def number_in(picture: av.VideoFrame) -> int:
    return read(picture.to_ndarray(format="gray"))


def brightness(picture: av.VideoFrame) -> float:
    return float(picture.to_ndarray()[: picture.height].mean())


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(written(SHOWN), id="greyscale JPEG"),
        pytest.param(written(SHOWN.convert("RGB")), id="JPEG"),
        pytest.param(
            written(SHOWN.convert("RGB"), subsampling="4:4:4"), id="JPEG 4:4:4"
        ),
        pytest.param(written(SHOWN.convert("CMYK")), id="CMYK JPEG"),
        pytest.param(
            written(SHOWN.convert("RGB"), progressive=True), id="progressive JPEG"
        ),
        pytest.param(still(NUMBER) + bytes(100), id="JPEG with something behind"),
        pytest.param(written(SHOWN, "PNG"), id="greyscale PNG"),
        pytest.param(written(SHOWN.convert("RGBA"), "PNG"), id="PNG with alpha"),
        pytest.param(written(SHOWN.convert("P"), "PNG"), id="PNG with a palette"),
        pytest.param(written(SHOWN.convert("1"), "PNG"), id="PNG of one bit"),
        pytest.param(written(SHOWN.convert("RGB"), "WEBP"), id="WEBP"),
        pytest.param(written(SHOWN, "BMP"), id="BMP"),
        pytest.param(written(SHOWN, "GIF"), id="GIF"),
        pytest.param(
            written(
                SHOWN,
                "GIF",
                save_all=True,
                append_images=[numbered(1), numbered(2)],
            ),
            id="GIF that moves",
        ),
    ],
)
def test_an_image_is_seen_whatever_its_format(image: bytes) -> None:
    picture = picture_of(image)
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert picture.format.name == "yuv420p"
    assert number_in(picture) == NUMBER


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_90),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_an_image_is_turned_as_it_says(
    orientation: int, turn: Image.Transpose | None
) -> None:
    lying = SHOWN if turn is None else SHOWN.transpose(turn)
    assert number_in(picture_of(turned(lying, orientation))) == NUMBER


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1280, 720), (1280, 720)),
        ((1920, 1080), (1280, 720)),
        ((3840, 2160), (1280, 720)),
        ((2592, 1944), (960, 720)),
        ((720, 1280), (404, 720)),
        ((321, 193), (320, 192)),
        ((16, 16), (16, 16)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_an_image_is_made_to_fit_and_never_larger(
    kind: str, size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    picture = picture_of(written(Image.new("L", size, 128), kind))
    assert (picture.width, picture.height) == fitted
    assert fitted[0] <= LARGEST[0]
    assert fitted[1] <= LARGEST[1]


@pytest.mark.parametrize("size", [(7680, 4320), (2560, 1440), (1920, 1080)])
def test_an_image_that_was_made_to_fit_shows_what_it_showed(
    size: tuple[int, int],
) -> None:
    assert number_in(picture_of(still(NUMBER, *size))) == NUMBER


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_colours_are_those_of_bt_709_in_the_limited_range(
    kind: str, colour: tuple[int, int, int], expected: tuple[int, int, int]
) -> None:
    picture = picture_of(written(Image.new("RGB", (64, 64), colour), kind))
    seen = [np.frombuffer(plane, np.uint8)[0] for plane in picture.planes]
    assert np.abs(np.array(seen, int) - expected).max() <= 3


def test_what_is_transparent_is_black_whatever_is_hidden_there() -> None:
    hidden = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    assert brightness(picture_of(written(hidden, "PNG"))) == 16
    palette = Image.new("P", (64, 64), 7)
    palette.putpalette([255] * 768)
    assert brightness(picture_of(written(palette, "PNG", transparency=7))) == 16


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>login</html>", id="HTML"),
        pytest.param(SVG, id="SVG"),
        pytest.param(HEIC, id="HEIC"),
        pytest.param(written(SHOWN, "TIFF"), id="TIFF"),
        pytest.param(written(SHOWN, "PPM"), id="PPM"),
        pytest.param(still(1)[:2000], id="JPEG cut short"),
        pytest.param(written(SHOWN, "PNG")[:300], id="PNG cut short"),
        pytest.param(
            written(numbered(1, 1280, 720), "WEBP")[:900], id="WEBP cut short"
        ),
        pytest.param(written(SHOWN, "GIF")[:1500], id="GIF cut short"),
        pytest.param(still(1)[:2], id="two bytes"),
        pytest.param(bomb("PNG", 20_000, 20_000), id="a bomb of 400 megapixels"),
        pytest.param(bomb("PNG", 10_000, 10_000), id="a bomb of 100 megapixels"),
        pytest.param(bomb("PNG", 6_000, 6_000), id="a PNG of 36 megapixels"),
        pytest.param(bomb("JPEG", 8_000, 6_000), id="a JPEG of 48 megapixels"),
        pytest.param(many_scans(100), id="a JPEG of 110 scans"),
        pytest.param(bomb("PNG", 15, 600), id="too small"),
        pytest.param(bomb("PNG", 6_000, 20), id="too narrow"),
        pytest.param(
            written(Image.new("I;16", (64, 64)), "PNG"), id="16 bits a channel"
        ),
        pytest.param(still(1) + bytes(17 * 2**20), id="too many bytes"),
    ],
)
def test_what_cannot_be_read_is_refused(image: bytes) -> None:
    with pytest.raises(UnreadableImageError):
        picture_of(image)
