"""The cat of the house: walks, and sits down where it likes."""

from collections.abc import Sequence
from functools import partial
import math
from typing import Final

from tests.cameras.drawing import Drawing
from tests.cameras.picture import Picture, Sprite

from .scene import Part

_FUR: Final = "#2b2730"
_SHADED: Final = "#1d1a21"
_LIT: Final = "#413b47"
_STEPS: Final = 10
_WAVES: Final = 8
_ROUND: Final = 24
_LEGS: Final = (
    (72, math.pi, _SHADED),
    (146, 0.0, _SHADED),
    (64, 0.0, _FUR),
    (154, math.pi, _FUR),
)


def cat_passes() -> Part:
    """Across the porch, a while before the door, and on."""
    walking = [_walking(step) for step in range(_STEPS)]
    sitting = [_sitting(wave) for wave in range(_WAVES)]
    return partial(_pass, walking, sitting)


def _pass(
    walk: Sequence[Sprite], sit: Sequence[Sprite], picture: Picture, seconds: float
) -> None:
    """The first seconds of the demo already show it."""
    moment = (seconds + 4) % _ROUND
    if 8 <= moment < 13:
        picture.lay(sit[int(moment * 6) % len(sit)], 590, 552)
        return
    walked = moment if moment < 8 else moment - 5
    picture.lay(walk[int(walked * _STEPS * 1.3) % _STEPS], -230 + walked * 102.5, 552)


def _walking(step: int) -> Sprite:
    cat = Drawing(230, 150)
    phase = step * math.tau / _STEPS
    cat.haze((112, 140, 92, 9), "#120d0b", 0.8)
    for hip, offset, shade in _LEGS:
        _leg(cat, hip, phase + offset, shade)
    cat.oval((108, 82, 60, 25), _FUR)
    cat.oval((68, 80, 26, 26), _FUR)
    cat.oval((152, 80, 24, 24), _FUR)
    sway = 6 * math.sin(phase)
    tail = [(20, 46 + sway), (22, 24 + sway), (32, 14 + sway)]
    cat.stroke([(50, 76), (32, 66), *tail], _FUR, 10)
    cat.oval((110, 98, 44, 8), "#37323d")
    _head(cat, 182, 58 + 2 * math.sin(phase * 2))
    return cat.sprite


def _leg(cat: Drawing, hip: float, phase: float, shade: str) -> None:
    swing, lift = 17 * math.cos(phase), max(0.0, 10 * math.sin(phase))
    knee, paw = (hip + swing * 0.35 - 3, 112 - lift * 0.4), (hip + swing, 138 - lift)
    cat.stroke([(hip, 88), knee, paw], shade, 12)
    cat.oval((hip + swing + 4, 138 - lift, 9, 6), shade)


def _sitting(wave: int) -> Sprite:
    cat = Drawing(230, 150)
    swing = 12 * math.sin(wave * math.tau / _WAVES)
    cat.haze((120, 141, 78, 8), "#120d0b", 0.8)
    tail = [(42, 126 - swing * 0.4), (32, 108 - swing)]
    cat.stroke([(92, 132), (62, 136), *tail], _FUR, 10)
    cat.oval((112, 110, 38, 32), _FUR)
    cat.oval((132, 88, 26, 38), _FUR)
    for paw in (132, 148):
        cat.stroke([(paw, 96), (paw, 136)], _FUR, 13)
        cat.oval((paw + 4, 138, 10, 6), "#37323d")
    cat.oval((143, 84, 9, 17), _LIT)
    _head(cat, 146, 42)
    return cat.sprite


def _head(cat: Drawing, x: float, y: float) -> None:
    cat.shape([(x - 20, y - 8), (x - 17, y - 36), (x, y - 18)], _FUR)
    cat.shape([(x + 4, y - 18), (x + 17, y - 36), (x + 20, y - 6)], _FUR)
    cat.shape([(x - 15, y - 14), (x - 14, y - 29), (x - 5, y - 18)], "#a96d74")
    cat.oval((x, y, 25, 22), _FUR)
    cat.oval((x + 14, y + 8, 13, 10), _LIT)
    for eye in (x + 2, x + 17):
        cat.oval((eye, y - 3, 4.4, 5), "#d8e27a")
        cat.oval((eye + 1, y - 3, 1.6, 4.4), "#15120f")
    cat.oval((x + 20, y + 5, 3, 2.4), "#d48a8f")
