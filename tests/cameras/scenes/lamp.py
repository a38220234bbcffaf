"""The porch's lamp: its light, its lantern, and the moth around it."""

from collections.abc import Sequence
from functools import partial
import math
from typing import Final

from tests.cameras.drawing import Drawing
from tests.cameras.picture import Picture, Sprite

from .scene import Part

LAMP: Final = (652, 262)

_IRON: Final = "#23262c"


def lamp_flickers() -> Part:
    """A light that is never quite steady."""
    strengths = (0.30, 0.34, 0.38, 0.42)
    return partial(_flicker, [_light(strength) for strength in strengths])


def lantern_hangs() -> Part:
    """In front of its own light, which would grey it."""
    return partial(_hang, _lantern())


def moth_flies() -> Part:
    """Round the lamp, for ever."""
    return partial(_fly, [_moth(spread) for spread in (7, 3)])


def _light(strength: float) -> Sprite:
    light = Drawing(320, 320)
    light.haze((160, 160, 160, 160), "#ffd489", strength)
    return light.sprite


def _flicker(lights: Sequence[Sprite], picture: Picture, seconds: float) -> None:
    wave = math.sin(seconds * 2.1) + math.sin(seconds * 5.3)
    light = lights[round((wave + 2) / 4 * (len(lights) - 1))]
    picture.lay(light, LAMP[0] - 160, LAMP[1] - 152)


def _lantern() -> Sprite:
    lantern = Drawing(80, 130)
    lantern.box((28, 2, 24, 40), _IRON, radius=5)
    lantern.shape([(28, 30), (52, 30), (74, 54), (6, 54)], _IRON)
    lantern.shape([(12, 54), (68, 54), (62, 118), (18, 118)], "#ffe7b0")
    lantern.oval((40, 86, 11, 18), "#fffdf2")
    for top, bottom in ((-28, -22), (0, 0), (28, 22)):
        lantern.stroke([(40 + top, 54), (40 + bottom, 118)], _IRON, 3.5)
    lantern.box((13, 116, 54, 9), _IRON, radius=3)
    return lantern.sprite


def _hang(lantern: Sprite, picture: Picture, _seconds: float) -> None:
    picture.lay(lantern, LAMP[0] - 40, LAMP[1] - 78)


def _moth(spread: float) -> Sprite:
    moth = Drawing(20, 16)
    moth.oval((10 - spread * 0.7, 7, spread * 0.8, 5), "#efe3c8")
    moth.oval((10 + spread * 0.7, 7, spread * 0.8, 5), "#fff4da")
    moth.oval((10, 8, 1.6, 5), "#6b5a45")
    return moth.sprite


def _fly(beats: Sequence[Sprite], picture: Picture, seconds: float) -> None:
    x = LAMP[0] + 62 * math.sin(seconds * 1.9) + 24 * math.sin(seconds * 5.1)
    y = LAMP[1] + 44 * math.cos(seconds * 2.3) + 16 * math.sin(seconds * 7.7)
    picture.lay(beats[int(seconds * 15) % len(beats)], x, y)
