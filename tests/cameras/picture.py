"""Pictures as the encoder takes them: planes of BT.709 4:2:0.

A frame then costs only what moves in it; to convert all of it from RGB each time
would cost as much as to encode it.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from PIL import Image, ImageChops

WIDTH: Final = 1280
HEIGHT: Final = 720

_FROM_RGB: Final = np.array(
    [
        [0.1826, 0.6142, 0.0620],
        [-0.1006, -0.3386, 0.4392],
        [0.4392, -0.3989, -0.0403],
    ],
    dtype=np.float32,
)
_OFFSETS: Final = (16, 128, 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """How much of something shows: for brightness, and at half the size for colour."""

    full: Image.Image
    half: Image.Image

    @classmethod
    def of(cls, image: Image.Image) -> Self:
        """`image` is of mode L: 255 shows, 0 hides."""
        return cls(full=image, half=_halved(image))

    @classmethod
    def window(cls, left: int, top: int, right: int, bottom: int) -> Self:
        """Only this part of the picture."""
        whole = Image.new("L", (WIDTH, HEIGHT))
        whole.paste(255, (left, top, right, bottom))
        return cls.of(whole)

    def resized(self, width: int, height: int) -> Self:
        """The same shape at another size."""
        return type(self)(
            full=_resized(self.full, (width, height)),
            half=_resized(self.half, _half(width, height)),
        )

    def only(self, seen: Mask, x: int, y: int) -> Self:
        """What is left of this mask at (x, y) where only `seen` may be drawn on."""
        return type(self)(
            full=ImageChops.multiply(self.full, _window(seen.full, x, y, self.full)),
            half=ImageChops.multiply(
                self.half, _window(seen.half, x // 2, y // 2, self.half)
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprite:
    """A small drawing that can be laid on a picture."""

    y: Image.Image
    u: Image.Image
    v: Image.Image
    mask: Mask

    @classmethod
    def of(cls, image: Image.Image) -> Self:
        """`image` is of mode RGBA."""
        half = image.resize(_half(*image.size), Image.Resampling.BOX)
        return cls(
            y=_plane(image, 0),
            u=_plane(half, 1),
            v=_plane(half, 2),
            mask=Mask(full=image.getchannel("A"), half=half.getchannel("A")),
        )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.y.size

    def resized(self, width: int, height: int) -> Self:
        """The same drawing nearer or farther."""
        half = _half(width, height)
        return type(self)(
            y=_resized(self.y, (width, height)),
            u=_resized(self.u, half),
            v=_resized(self.v, half),
            mask=self.mask.resized(width, height),
        )


class Picture:
    """A whole frame; sprites are laid on it and cut off at its edges."""

    def __init__(self, y: Image.Image, u: Image.Image, v: Image.Image) -> None:
        """Take the planes as they are; `of` makes them from a drawing."""
        self._y, self._u, self._v = y, u, v

    @classmethod
    def of(cls, image: Image.Image) -> Self:
        """`image` is of mode RGB and fills the frame."""
        half = _halved(image)
        return cls(_plane(image, 0), _plane(half, 1), _plane(half, 2))

    @property
    def planes(self) -> tuple[Image.Image, Image.Image, Image.Image]:
        """Brightness, and the two colours at half the size."""
        return self._y, self._u, self._v

    def copy(self) -> Self:
        """A picture to draw on."""
        return type(self)(*(plane.copy() for plane in self.planes))

    def lay(
        self, sprite: Sprite, x: float, y: float, *, seen: Mask | None = None
    ) -> None:
        """Draw `sprite` with its upper left corner at (x, y), where `seen` shows."""
        column, row = round(x), round(y)
        mask = sprite.mask.only(seen, column, row) if seen else sprite.mask
        self._y.paste(sprite.y, (column, row), mask.full)
        self._u.paste(sprite.u, (column // 2, row // 2), mask.half)
        self._v.paste(sprite.v, (column // 2, row // 2), mask.half)


def _plane(image: Image.Image, number: int) -> Image.Image:
    rgb = np.asarray(image.convert("RGB"), dtype=np.float32)
    return Image.fromarray(
        np.rint(rgb @ _FROM_RGB[number] + _OFFSETS[number]).astype(np.uint8)
    )


def _half(width: int, height: int) -> tuple[int, int]:
    return (width + 1) // 2, (height + 1) // 2


def _halved(image: Image.Image) -> Image.Image:
    return image.resize(_half(*image.size), Image.Resampling.BOX)


def _window(plane: Image.Image, x: int, y: int, like: Image.Image) -> Image.Image:
    return plane.crop((x, y, x + like.width, y + like.height))


def _resized(plane: Image.Image, size: tuple[int, int]) -> Image.Image:
    return plane.resize(size, Image.Resampling.BILINEAR)
