"""What the drive leads to: the sky, the neighbours' houses and their hedge."""

import math
from typing import Final

from tests.cameras.drawing import Drawing, chance
from tests.cameras.picture import WIDTH

from .ground import MIDDLE

_TREES: Final = ("#7fa58c", "#789e86", "#86ac92")
_HEDGE: Final = ("#5c8f57", "#568852", "#64985e")
_GAP: Final = 96
_HOUSES: Final = (
    (170, "#e9d8bd", "#a4523f"),
    (860, "#d5dde4", "#56677c"),
    (1090, "#efe3cf", "#8b5a44"),
)


def street(drawing: Drawing) -> None:
    """Everything beyond the crest."""
    drawing.fade((0, 0, WIDTH, 330), "#69aee2", "#dcebee")
    _trees(drawing)
    drawing.fade((0, 268, WIDTH, 62), "#7aa182", "#88aa74")
    for x, wall, roof in _HOUSES:
        _house(drawing, x, wall, roof)
    _hedge(drawing)


def _trees(drawing: Drawing) -> None:
    random = chance(11)
    for x in range(-20, WIDTH + 60, 16):
        middle = 262 + 20 * math.sin(x / 90) + random.uniform(-10, 10)
        drawing.oval((x, middle, 34, 44), random.choice(_TREES))


def _house(drawing: Drawing, x: float, wall: str, roof: str) -> None:
    drawing.box((x, 218, 170, 100), wall)
    drawing.box((x + 134, 158, 18, 40), "#8a6a5c")
    drawing.shape([(x - 16, 222), (x + 40, 166), (x + 134, 166), (x + 186, 222)], roof)
    drawing.box((x - 16, 220, 202, 5), "#00000038")
    for window in (x + 22, x + 112):
        drawing.box((window, 240, 36, 40), "#fbfaf5")
        drawing.fade((window + 4, 244, 28, 32), "#6d93b0", "#a9c6d6")
        drawing.box((window + 16, 244, 4, 32), "#fbfaf5")
    drawing.box((x + 72, 246, 28, 72), "#6b4a3a")


def _hedge(drawing: Drawing) -> None:
    random = chance(17)
    for x in range(-20, WIDTH + 60, 26):
        if abs(x - MIDDLE) > _GAP:
            middle = 318 + random.uniform(-6, 4)
            drawing.oval((x, middle, 26, 22), random.choice(_HEDGE))
