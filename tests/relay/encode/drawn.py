"""Images that a camera may give: with a number in them that can be read again, or of one colour."""

from io import BytesIO
from typing import Any, Final

import av
import numpy as np
from PIL import Image

from tests.cameras.odd import counter

SIZE: Final = (640, 360)


def numbered(
    number: int,
    size: tuple[int, int] = SIZE,
    *,
    form: str = "JPEG",
    mode: str = "RGB",
    **options: Any,
) -> bytes:
    """Give an image with this number in it."""
    width, height = size
    drawn = Image.fromarray(counter.draw(number, width, height))
    return written(drawn.convert("RGB").convert(mode), form, **options)


def plain(colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> bytes:
    """Give an image of one colour."""
    return written(Image.new("RGB", size, colour), "PNG")


def written(image: Image.Image, form: str, **options: Any) -> bytes:
    """Give the bytes of an image."""
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def number_of(picture: av.VideoFrame) -> int:
    """Read the number in a picture."""
    return counter.read(picture.to_ndarray(format="gray"))


def colour_of(picture: av.VideoFrame) -> tuple[int, ...]:
    """Give the mean colour of a picture, as a screen would show it."""
    pixels = picture.to_ndarray(format="rgb24")
    return tuple(int(each) for each in np.rint(pixels.mean(axis=(0, 1))))
