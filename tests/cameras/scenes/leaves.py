"""Leaves that fall in the garden behind the porch."""

from collections.abc import Sequence
from functools import partial
import math
from typing import Final

from tests.cameras.drawing import Drawing, Point
from tests.cameras.picture import Mask, Picture, Sprite

from .scene import Part

_TURNS: Final = 16


def leaves_fall() -> Part:
    """One after the other, behind the post and the rail."""
    open_air = Mask.window(0, 73, 392, 432)
    return partial(_fall, [_leaf(turn) for turn in range(_TURNS)], open_air)


def _leaf(turn: int) -> Sprite:
    leaf = Drawing(26, 26)
    angle = turn * math.tau / _TURNS

    def on(along: float, aside: float) -> Point:
        x = along * math.cos(angle) - aside * 0.45 * math.sin(angle)
        y = along * math.sin(angle) + aside * 0.45 * math.cos(angle)
        return 13 + x, 13 + y

    leaf.shape([on(11, 0), on(2, 11), on(-9, 3), on(-9, -3), on(2, -11)], "#d9803c")
    leaf.stroke([on(-12, 0), on(9, 0)], "#9c4f22", 1.4)
    return leaf.sprite


def _fall(turns: Sequence[Sprite], air: Mask, picture: Picture, seconds: float) -> None:
    for start, left in ((0.0, 90), (2.6, 250), (4.1, 10)):
        fallen = (seconds + start) % 7
        x = left + 46 * math.sin(fallen * 1.7) + fallen * 9
        picture.lay(turns[int(fallen * 9) % len(turns)], x, 46 + fallen * 60, seen=air)
