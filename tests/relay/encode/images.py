"""Images as cameras give them, and what is no image."""

from io import BytesIO
from typing import Final

from PIL import Image

from tests.cameras.odd.counter import draw

WIDTH: Final = 320
HEIGHT: Final = 192


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Draw an image with a number that a decoded picture can be asked for."""
    return Image.fromarray(draw(number, width, height))


def written(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Write an image as a file."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def still(number: int, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Give what a camera gives."""
    return written(numbered(number, width, height), quality=90)


def turned(image: Image.Image, orientation: int) -> bytes:
    """Write an image that says which way up it is."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return written(image, exif=exif)


def bomb(kind: str, width: int, height: int) -> bytes:
    """Write few bytes that are many pixels."""
    return written(Image.new("1" if kind == "PNG" else "L", (width, height)), kind)


def many_scans(times: int) -> bytes:
    """Write a JPEG whose last scan comes many times more: some bytes each, and the work of all its pixels."""
    jpeg = written(Image.new("RGB", (640, 360)), progressive=True)
    last = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + last * times + jpeg[-2:]


SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"/>'
HEIC: Final = b"\x00\x00\x00\x1cftypheic\x00\x00\x00\x00mif1heic" + bytes(200)
