"""An image, of whatever format a camera gives, decoded into a picture that can be encoded."""

from io import BytesIO
from typing import Final

import av
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
import numpy as np
from PIL import Image, ImageOps

MOST_BYTES: Final = 16 * 2**20
MOST_PIXELS: Final = 40_000_000
MOST_PIXELS_WHOLE: Final = 17_000_000
"""Of formats that are decoded at their full size: only a JPEG can be decoded at a fraction of it."""
LARGEST: Final = (1280, 720)
"""Larger images are made smaller: more costs more than it shows, at two a second."""
SMALLEST: Final = 16
MOST_SCANS: Final = 100
"""Of one JPEG: each goes over all of its pixels, and few bytes are enough for it. Cameras make ten at most."""
_BEGIN_SCAN: Final = b"\xff\xda"
"""No other bytes of a JPEG's picture are these (ITU-T T.81 section B.1.1.5)."""
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_JPEGS: Final = ("JPEG", "MPO")
"""What Pillow calls a JPEG: the other one where more images are said to follow."""
_DEEP_MODES: Final = ("I", "F")
"""What modes of more than 8 bits a channel begin with: how bright such a picture is meant to be nobody knows."""


class UnreadableImageError(ValueError):
    """Bytes that are no image that can be read, or one too large or too small."""


def picture_of(image: bytes) -> av.VideoFrame:
    """Return the picture in yuv420p (BT.709, limited range), at most `LARGEST`; UnreadableImageError for none."""
    if not 0 < len(image) <= MOST_BYTES:
        raise UnreadableImageError("no image, or too many bytes")
    try:
        pixels = np.asarray(_decoded(image))
    except UnreadableImageError:
        raise
    except Exception as error:  # noqa: BLE001  # a library of many formats raises whatever each raises
        raise UnreadableImageError(type(error).__name__) from None
    return _converted(av.VideoFrame.from_ndarray(pixels, format="rgb24"))


def _converted(decoded: av.VideoFrame) -> av.VideoFrame:
    """Return a frame in RGB as an encoder takes it, made to fit on the way: a third of what it costs in Pillow."""
    width, height = _fitted(decoded.width, decoded.height)
    return VideoReformatter().reformat(
        decoded,
        width,
        height,
        "yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        threads=1,  # more cost more, and are not counted by whoever measures this one
    )


def _decoded(image: bytes) -> Image.Image:
    """Return the image in RGB and upright, of several the first. Its size is checked before anything is decoded."""
    with Image.open(BytesIO(image), formats=_FORMATS) as opened:
        pixels = opened.width * opened.height
        if pixels > MOST_PIXELS or min(opened.size) < SMALLEST:
            raise UnreadableImageError("too large or too small")
        if opened.format in _JPEGS and image.count(_BEGIN_SCAN) > MOST_SCANS:
            raise UnreadableImageError("too many scans")
        if opened.mode.startswith(_DEEP_MODES):
            raise UnreadableImageError("more than 8 bits a channel")
        if opened.draft(None, LARGEST) is None and pixels > MOST_PIXELS_WHOLE:
            raise UnreadableImageError("too large")
        ImageOps.exif_transpose(opened, in_place=True)
        return _reduced(_opaque(opened))


def _opaque(image: Image.Image) -> Image.Image:
    """Return an image in RGB, on black where it is transparent: what is hidden there was not meant to be seen."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    shown = image.convert("RGBA")
    ground = Image.new("RGB", shown.size)
    ground.paste(shown, mask=shown.getchannel("A"))
    return ground


def _reduced(image: Image.Image) -> Image.Image:
    """Return an image that is less than twice as large as it may be, so that few bytes cannot take much memory."""
    times = int(max(image.width / LARGEST[0], image.height / LARGEST[1]))
    return image.reduce(times) if times > 1 else image


def _fitted(width: int, height: int) -> tuple[int, int]:
    """Return the size made to fit, never larger, and even, as colours have half of it."""
    scale = min(1.0, LARGEST[0] / width, LARGEST[1] / height)
    fitted_width, fitted_height = (
        round(side * scale) // 2 * 2 for side in (width, height)
    )
    if min(fitted_width, fitted_height) < SMALLEST:
        raise UnreadableImageError("too narrow")
    return fitted_width, fitted_height
