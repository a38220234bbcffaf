"""What the children left in the yard: a tyre on a rope, and a ball."""

from collections.abc import Sequence
from functools import partial
import math
from typing import Final

from tests.cameras.drawing import Drawing, around
from tests.cameras.picture import Picture, Sprite

from .scene import Part

_BRANCH: Final = (470, 300)
_ROPE: Final = 190
_SWINGS: Final = 24
_BALL: Final = 34
_TURNS: Final = 12
_STRIPES: Final = ("#e4523f", "#3f8fd0", "#f3bb3a")


def tyre_swings() -> Part:
    """As if somebody had just jumped off."""
    return partial(_swing, [_tyre(place) for place in range(_SWINGS)])


def ball_bounces() -> Part:
    """From side to side; its shadow stays on the ground."""
    return partial(_bounce, [_ball(turn) for turn in range(_TURNS)], _shadow())


def _tyre(place: int) -> Sprite:
    """The tyre on its rope, which hangs from the middle of the upper edge."""
    tyre = Drawing(260, 260)
    angle = 0.42 * math.sin(place * math.tau / _SWINGS)
    x, y = 130 + _ROPE * math.sin(angle), _ROPE * math.cos(angle)
    tyre.stroke([(130, 0), (x, y - 30)], "#d9c49a", 5)
    tyre.oval((x, y, 36, 40), "#25272b")
    tyre.oval((x - 2, y - 2, 31, 35), "#3a3d43")
    tyre.oval((x, y, 18, 22), "#6aa94c")
    return tyre.sprite


def _swing(places: Sequence[Sprite], picture: Picture, seconds: float) -> None:
    place = int(seconds * _SWINGS / 2.8) % _SWINGS
    picture.lay(places[place], _BRANCH[0] - 130, _BRANCH[1])


def _ball(turn: int) -> Sprite:
    ball = Drawing(2 * _BALL, 2 * _BALL)
    ball.oval((_BALL, _BALL, 33, 33), "#f7f3e8")
    middle = (_BALL, _BALL)
    for number, stripe in enumerate(_STRIPES):
        start = (turn / _TURNS + number / 3) * math.tau
        rim = [around(middle, 33, start + step * math.tau / 60) for step in range(11)]
        ball.shape([middle, *rim], stripe)
    ball.oval((_BALL, _BALL, 6, 6), "#f7f3e8")
    return ball.sprite


def _shadow() -> Sprite:
    shadow = Drawing(80, 22)
    shadow.haze((40, 11, 40, 11), "#17300f", 0.85)
    return shadow.sprite


def _bounce(
    turns: Sequence[Sprite], shadow: Sprite, picture: Picture, seconds: float
) -> None:
    """From side to side, a hop every 1.1 seconds; its shadow stays on the ground."""
    there_and_back = abs((seconds / 9 + 0.35) % 2 - 1)
    x, hop = 560 + 620 * there_and_back, abs(math.sin(seconds * math.pi / 1.1))
    picture.lay(shadow, x - 40, 648)
    picture.lay(turns[int(x / 14) % _TURNS], x - _BALL, 592 - 150 * hop)
