"""A pinwheel between the flowers."""

from collections.abc import Sequence
from functools import partial
import math
from typing import Final

from tests.cameras.drawing import Drawing, around
from tests.cameras.picture import Picture, Sprite

from .scene import Part

PINWHEEL: Final = (1096, 500)

_BLADES: Final = ("#e85d4a", "#f4b942", "#3f9bd1", "#5bb56a")


def pinwheel_turns() -> Part:
    """Faster and slower, as the wind blows."""
    return partial(_turn, [_pinwheel(turn) for turn in range(12)])


def _pinwheel(turn: int) -> Sprite:
    wheel = Drawing(120, 120)
    middle = (60, 60)
    for number in range(8):
        angle = (number + turn / 6) * math.tau / 8
        tip, bend = around(middle, 54, angle), around(middle, 34, angle + 0.5)
        wheel.shape([middle, tip, bend], _BLADES[number % 4])
    wheel.oval((60, 60, 7, 7), "#fff8e6")
    return wheel.sprite


def _turn(turns: Sequence[Sprite], picture: Picture, seconds: float) -> None:
    gust = seconds * 11 + 5 * math.sin(seconds * 0.7)
    picture.lay(turns[int(gust) % len(turns)], PINWHEEL[0] - 60, PINWHEEL[1] - 60)
