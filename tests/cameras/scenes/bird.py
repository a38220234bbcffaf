"""A bird on its way."""

from collections.abc import Sequence
from functools import partial
import math

from tests.cameras.drawing import Drawing
from tests.cameras.picture import WIDTH, Mask, Picture, Sprite

from .scene import Part


def bird_flies(sky: Mask) -> Part:
    """From edge to edge, behind what hides the sky."""
    return partial(_fly, [_bird(beat) for beat in range(6)], sky)


def _bird(beat: int) -> Sprite:
    bird = Drawing(84, 64)
    wing = 22 * math.sin(beat * math.tau / 6)
    bird.shape([(44, 34), (26, 34), (20, 34 - wing)], "#3a4660")
    bird.shape([(14, 30), (2, 24), (4, 38)], "#3f4c68")
    bird.oval((34, 34, 22, 8), "#46536f")
    bird.oval((57, 30, 9, 8), "#46536f")
    bird.shape([(64, 28), (76, 32), (64, 34)], "#f0a63c")
    bird.oval((60, 28, 1.8, 1.8), "#ffffff")
    bird.shape([(46, 32), (26, 33), (28, 33 - wing * 1.25)], "#5b6a8a")
    return bird.sprite


def _fly(beats: Sequence[Sprite], sky: Mask, picture: Picture, seconds: float) -> None:
    x = (seconds * 128 + 420) % (WIDTH + 500) - 90
    picture.lay(
        beats[int(seconds * 12) % len(beats)],
        x,
        140 + 44 * math.sin(seconds * 1.3),
        seen=sky,
    )
