"""The drive with its lawn and fences, seen from above the garage."""

from itertools import pairwise
import math
from typing import Final

from PIL import Image

from tests.cameras.drawing import Drawing, chance
from tests.cameras.picture import HEIGHT, WIDTH

from .ground import CREST, HORIZON, MIDDLE, ground, size, strip
from .pinwheel import PINWHEEL
from .street import street

_BLADES: Final = ("#3f7a3570", "#a5d67570")
_PEBBLES: Final = ("#a3a09870", "#d3d1ca80")
_BLOSSOMS: Final = ("#f28ab2", "#ffd54f", "#ffffff", "#e2574c", "#59a155")
_SLABS: Final = 7
_FENCE: Final = 1.95


def driveway() -> Image.Image:
    """Everything that stands still."""
    drawing = Drawing(WIDTH, HEIGHT, paper="#8fc4e8")
    street(drawing)
    _lawn(drawing)
    _concrete(drawing)
    for side in (-_FENCE, _FENCE):
        _fence(drawing, side)
    _letterbox(drawing)
    _flowers(drawing)
    return drawing.image


def _lawn(drawing: Drawing) -> None:
    drawing.fade((0, CREST, WIDTH, HEIGHT - CREST), "#7fb35c", "#4f8a3e")
    for stripe in range(-30, 30, 2):
        left = stripe * 0.765
        drawing.shape(strip(left, left + 0.765, CREST, HEIGHT), "#9acb6b48")
    random = chance(23)
    for _ in range(900):
        y = CREST + (HEIGHT - CREST) * random.random() ** 0.7
        x, lean = random.uniform(0, WIDTH), random.uniform(-2, 2)
        blade = [(x, y), (x + lean, y - 12 * size(y))]
        drawing.stroke(blade, random.choice(_BLADES), 1.2)


def _concrete(drawing: Drawing) -> None:
    drawing.shape(strip(-0.95, 0.95, CREST, HEIGHT), "#7f8d6c")
    drawing.shape(strip(-0.9, 0.9, CREST, HEIGHT), "#b9b6ae")
    joints = [HORIZON + 470 / (1 + slab * 0.62) for slab in range(_SLABS)]
    for near, far in list(pairwise(joints))[1::2]:
        drawing.shape(strip(-0.9, 0.9, far, near), "#c3c0b8")
    for joint in joints:
        ends = [ground(-0.9, joint), ground(0.9, joint)]
        drawing.stroke(ends, "#8d8a83", max(1, 4 * size(joint)))
    drawing.stroke([ground(0, CREST), ground(0, HEIGHT)], "#98958e", 2.5)
    random = chance(31)
    for _ in range(420):
        y = random.uniform(CREST + 4, HEIGHT)
        x, _y = ground(random.uniform(-0.88, 0.88), y)
        drawing.oval((x, y, 2.6 * size(y), 1.2 * size(y)), random.choice(_PEBBLES))
    drawing.haze((MIDDLE + 30, 566, 70, 18), "#5f5d5a", 0.45)


def _fence(drawing: Drawing, side: float) -> None:
    posts = [HORIZON + 470 / (1 + 0.2 * number) for number in range(-2, 22)]
    for near, far in pairwise(posts):
        (x, y), (beyond, above) = ground(side, near), ground(side, far)
        tall, less = 170 * size(near), 170 * size(far)
        for share in (0.35, 0.78):
            rail = [(x, y - tall * share), (beyond, above - less * share)]
            drawing.stroke(rail, "#e8e4da", max(2, tall / 9))
        post = (x - tall / 14, y - tall, tall / 7, tall)
        drawing.box(post, "#f6f3ea", radius=tall / 30)


def _letterbox(drawing: Drawing) -> None:
    drawing.haze((412, 478, 60, 10), "#20331c", 0.8)
    drawing.box((404, 396, 12, 82), "#7a5a42")
    drawing.box((376, 362, 72, 40), "#2f5d8a", radius=14)
    drawing.box((376, 384, 72, 18), "#2f5d8a")
    drawing.oval((394, 382, 17, 19), "#3d73a6")
    drawing.box((380, 378, 28, 4), "#1f3f60")
    drawing.stroke([(438, 376), (438, 350)], "#d84b3c", 4)
    drawing.box((438, 346, 16, 11), "#d84b3c")


def _flowers(drawing: Drawing) -> None:
    random = chance(41)
    drawing.oval((1110, 640, 170, 44), "#5b4332")
    drawing.oval((1110, 634, 160, 38), "#6a4f3b")
    for _ in range(170):
        turn, far = random.uniform(0, math.tau), math.sqrt(random.random())
        x, y = 1110 + 158 * far * math.cos(turn), 628 + 38 * far * math.sin(turn)
        tip = (x + random.uniform(-6, 6), y - random.uniform(16, 38))
        drawing.stroke([(x, y), tip], "#3e7d3c", 3)
        drawing.oval((*tip, 6, 5), random.choice(_BLOSSOMS))
    x, y = PINWHEEL
    drawing.stroke([(x, y), (x, y + 124)], "#d9d2c3", 6)
