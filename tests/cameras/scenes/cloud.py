"""Clouds, for every scene that has a sky."""

from collections.abc import Sequence
from functools import partial
import math
from typing import Final

from tests.cameras.drawing import Drawing, chance
from tests.cameras.picture import WIDTH, Mask, Picture, Sprite

from .scene import Part

type Drift = tuple[int, float, float, float]

_HEIGHT: Final = 120
_PUFFS: Final = 7


def clouds_pass(sky: Mask, *drifts: Drift) -> Part:
    """Each drift is a cloud: its width, where it starts (x, y), and its speed."""
    return partial(_pass, [(_cloud(drift[0]), drift) for drift in drifts], sky)


def _cloud(wide: int) -> Sprite:
    """Each width has its own shape."""
    cloud = Drawing(wide, _HEIGHT)
    random = chance(wide)
    for puff in range(_PUFFS):
        x = wide * (0.2 + 0.1 * puff)
        size = 22 + 30 * math.sin(math.pi * (puff + 0.6) / 7.2) + random.uniform(-5, 5)
        cloud.oval((x, 92 - size * 0.75, size * 1.1, size * 0.75), "#ffffff")
    cloud.box((wide * 0.15, 74, wide * 0.7, 22), "#ffffff", radius=11)
    cloud.box((wide * 0.22, 86, wide * 0.56, 10), "#e6f0f7", radius=5)
    image = cloud.image
    veil = [level * 9 // 10 for level in range(256)]
    image.putalpha(image.getchannel("A").point(veil))
    return Sprite.of(image)


def _pass(
    clouds: Sequence[tuple[Sprite, Drift]], sky: Mask, picture: Picture, seconds: float
) -> None:
    for cloud, (wide, start, y, speed) in clouds:
        x = (start + seconds * speed) % (WIDTH + wide) - wide
        picture.lay(cloud, x, y, seen=sky)
