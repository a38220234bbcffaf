"""Shapes with smooth edges: everything is drawn larger than it is needed and made smaller at the end."""

from collections.abc import Sequence
import random
from typing import Final

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

type Point = tuple[float, float]

_FINE: Final = 3


def chance(seed: int) -> random.Random:
    """Leaves and grass scattered the same way each time."""
    return random.Random(seed)  # noqa: S311 - places of leaves in a drawing, nothing secret


class Drawing:
    """A sheet in frame coordinates; without `paper` it is transparent and becomes a sprite."""

    def __init__(self, width: int, height: int, *, paper: str | None = None) -> None:
        """Lay out the sheet."""
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

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        *,
        radius: float = 0,
    ) -> None:
        """A rectangle, with round corners if asked."""
        self._pen.rounded_rectangle(
            _fine(x, y, x + width, y + height), radius * _FINE, fill
        )

    def shape(self, points: Sequence[Point], fill: str) -> None:
        """A closed polygon."""
        self._pen.polygon(
            _fine(*(number for point in points for number in point)), fill
        )

    def oval(self, x: float, y: float, across: float, down: float, fill: str) -> None:
        """An ellipse around (x, y) with these two radii."""
        self._pen.ellipse(_fine(x - across, y - down, x + across, y + down), fill)

    def stroke(self, points: Sequence[Point], fill: str, width: float) -> None:
        """A line with round joints and ends."""
        self._pen.line(
            _fine(*(number for point in points for number in point)),
            fill,
            round(width * _FINE),
            "curve",
        )
        for x, y in (points[0], points[-1]):
            self.oval(x, y, width / 2, width / 2, fill)

    def fade(
        self, x: float, y: float, width: float, height: float, top: str, bottom: str
    ) -> None:
        """A rectangle that changes from one colour into another, downwards."""
        left, upper, right, lower = (
            round(number) for number in _fine(x, y, x + width, y + height)
        )
        colours = np.array(
            [ImageColor.getrgb(top), ImageColor.getrgb(bottom)], dtype=np.float32
        )
        share = np.linspace(0, 1, lower - upper, dtype=np.float32)[:, None]
        column = (colours[0] * (1 - share) + colours[1] * share).astype(np.uint8)[
            :, None, :
        ]
        self._sheet.paste(
            Image.fromarray(column).resize((right - left, lower - upper)), (left, upper)
        )

    def haze(
        self, x: float, y: float, across: float, down: float, fill: str, strength: float
    ) -> None:
        """A soft spot, strongest in its middle: a light's glow, or a shadow on the ground."""
        left, upper, right, lower = (
            round(number)
            for number in _fine(x - across, y - down, x + across, y + down)
        )
        far_across = np.linspace(-1, 1, right - left, dtype=np.float32)[None, :]
        far_down = np.linspace(-1, 1, lower - upper, dtype=np.float32)[:, None]
        near = np.clip(1 - np.hypot(far_across, far_down), 0, 1)
        spot = Image.new("RGBA", (right - left, lower - upper), fill)
        spot.putalpha(
            Image.fromarray(
                (near * near * (3 - 2 * near) * 255 * strength).astype(np.uint8)
            )
        )
        if self._sheet.mode == "RGB":
            self._sheet.paste(spot, (left, upper), spot)
        else:
            self._sheet.alpha_composite(spot, (left, upper))

    def words(self, text: str, x: float, y: float, size: float, fill: str) -> None:
        """Text with its middle at (x, y)."""
        self._pen.text(
            (x * _FINE, y * _FINE),
            text,
            fill,
            ImageFont.load_default(size * _FINE),
            anchor="mm",
        )


def _fine(*numbers: float) -> list[float]:
    return [number * _FINE for number in numbers]
