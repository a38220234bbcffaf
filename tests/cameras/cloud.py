"""Clouds, for every scene that has a sky."""

import math

from .drawing import Drawing, chance
from .picture import WIDTH, Sprite

_HEIGHT = 120
_PUFFS = 7


def cloud(wide: int) -> Sprite:
    """One cloud; each width has its own shape."""
    drawing = Drawing(wide, _HEIGHT)
    random = chance(wide)
    for puff in range(_PUFFS):
        x = wide * (0.2 + 0.1 * puff)
        size = 22 + 30 * math.sin(math.pi * (puff + 0.6) / 7.2) + random.uniform(-5, 5)
        drawing.oval(x, 92 - size * 0.75, size * 1.1, size * 0.75, "#ffffff")
    drawing.box(wide * 0.15, 74, wide * 0.7, 22, "#ffffff", radius=11)
    drawing.box(wide * 0.22, 86, wide * 0.56, 10, "#e6f0f7", radius=5)
    image = drawing.image
    veil = [level * 9 // 10 for level in range(256)]
    image.putalpha(image.getchannel("A").point(veil))
    return Sprite.of(image)


def drifted(sprite: Sprite, start: float, way: float) -> float:
    """Where a cloud is on its way from edge to edge, round and round."""
    width = sprite.size[0]
    return (start + way) % (WIDTH + width) - width
