"""Shapes with smooth edges: drawn larger than needed, and made smaller at the end."""

from collections.abc import Sequence
import math
import random
from typing import Final

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from .picture import Sprite

type Point = tuple[float, float]
type Area = tuple[float, float, float, float]

_FINE: Final = 3


def around(middle: Point, far: float, angle: float) -> Point:
    """The point `far` away in this direction."""
    return middle[0] + far * math.cos(angle), middle[1] + far * math.sin(angle)


def chance(seed: int) -> random.Random:
    """Leaves and grass, scattered the same way each time."""
    return random.Random(seed)  # noqa: S311 - places of leaves, nothing secret


class Drawing:
    """A sheet in the frame's own measure; without `paper` it is transparent."""

    def __init__(self, width: int, height: int, *, paper: str | None = None) -> None:
        self._size = (width, height)
        size = (width * _FINE, height * _FINE)
        self._sheet = (
            Image.new("RGB", size, paper) if paper else Image.new("RGBA", size)
        )
        self._pen = ImageDraw.Draw(self._sheet, "RGBA")

    @property
    def image(self) -> Image.Image:
        """The drawing in its final size."""
        return self._sheet.resize(self._size, Image.Resampling.BOX)

    @property
    def sprite(self) -> Sprite:
        """The drawing, to be laid on a picture."""
        return Sprite.of(self.image)

    def box(self, area: Area, fill: str, *, radius: float = 0) -> None:
        """A rectangle (x, y, width, height), with round corners if asked."""
        x, y, width, height = area
        corners = _fine(x, y, x + width, y + height)
        self._pen.rounded_rectangle(corners, radius * _FINE, fill)

    def shape(self, points: Sequence[Point], fill: str) -> None:
        """A closed polygon."""
        self._pen.polygon(_fine(*(way for point in points for way in point)), fill)

    def oval(self, area: Area, fill: str) -> None:
        """An ellipse (x, y, across, down): its middle and its two radii."""
        x, y, across, down = area
        self._pen.ellipse(_fine(x - across, y - down, x + across, y + down), fill)

    def stroke(self, points: Sequence[Point], fill: str, width: float) -> None:
        """A line with round joints and ends."""
        ways = _fine(*(way for point in points for way in point))
        self._pen.line(ways, fill, round(width * _FINE), "curve")
        for end in (points[0], points[-1]):
            self.oval((*end, width / 2, width / 2), fill)

    def fade(self, area: Area, top: str, bottom: str) -> None:
        """A rectangle that changes from one colour into another, downwards."""
        x, y, width, height = area
        left, upper, right, lower = _whole(x, y, x + width, y + height)
        first = np.array(ImageColor.getrgb(top), dtype=np.float32)
        last = np.array(ImageColor.getrgb(bottom), dtype=np.float32)
        share = np.linspace(0, 1, lower - upper, dtype=np.float32)[:, None, None]
        column = (first * (1 - share) + last * share).astype(np.uint8)
        filled = Image.fromarray(column).resize((right - left, lower - upper))
        self._sheet.paste(filled, (left, upper))

    def haze(self, area: Area, fill: str, strength: float) -> None:
        """A soft oval, strongest in its middle: a light's glow, or a shadow."""
        x, y, across, down = area
        left, upper, right, lower = _whole(x - across, y - down, x + across, y + down)
        aside = np.linspace(-1, 1, right - left, dtype=np.float32)[None, :]
        below = np.linspace(-1, 1, lower - upper, dtype=np.float32)[:, None]
        near = np.clip(1 - np.hypot(aside, below), 0, 1)
        smooth = near * near * (3 - 2 * near) * 255 * strength
        spot = Image.new("RGBA", (right - left, lower - upper), fill)
        spot.putalpha(Image.fromarray(smooth.astype(np.uint8)))
        if self._sheet.mode == "RGBA":
            self._sheet.alpha_composite(spot, (left, upper))
        else:
            self._sheet.paste(spot, (left, upper), spot)

    def words(self, text: str, middle: Point, size: float, fill: str) -> None:
        """Text around its middle."""
        face = ImageFont.load_default(size * _FINE)
        x, y = _fine(*middle)
        self._pen.text((x, y), text, fill, face, anchor="mm")


def _fine(*numbers: float) -> list[float]:
    return [number * _FINE for number in numbers]


def _whole(*numbers: float) -> list[int]:
    return [round(number) for number in _fine(*numbers)]
