"""What stands still in the yard, and the sky over it."""

import math
from typing import Final

from PIL import Image

from tests.cameras.drawing import Drawing, chance
from tests.cameras.picture import HEIGHT, WIDTH

_CROWN: Final = (
    ("#2f6b3a", 26, 120, 34),
    ("#3a7a41", 12, 90, 28),
    ("#468d49", -4, 120, 24),
    ("#5aa552", -22, 90, 20),
    ("#79bf64", -40, 46, 15),
)
_HILLS: Final = ((300, 60, 210, "#9cc3b4"), (330, 52, 150, "#7fb08c"))
_PLANKS: Final = ("#c08a5e", "#b9835a", "#c79266")
_BLADES: Final = ("#3f8036", "#79b857", "#94cf6b")
_DAISIES: Final = ("#fffbe8", "#ffe27a", "#ffd0e0")
_BLOSSOMS: Final = ("#f3c73f", "#e9628a", "#ffffff", "#9a6fd0", "#55974e")
_WINDOW_BOX: Final = ("#f6c445", "#ef7aa2", "#5f9f52")


def sky() -> Image.Image:
    """The sun in its blue."""
    drawing = Drawing(WIDTH, HEIGHT, paper="#bfe3f2")
    drawing.fade((0, 0, WIDTH, 330), "#4fa3df", "#d8eef4")
    drawing.haze((838, 104, 190, 190), "#fff3c0", 0.8)
    drawing.oval((838, 104, 44, 44), "#fff6cf")
    return drawing.image


def garden() -> Image.Image:
    """Everything that hides the sky, on nothing."""
    drawing = Drawing(WIDTH, HEIGHT)
    _hills(drawing)
    _grass(drawing)
    _fence(drawing)
    _shed(drawing)
    _flowers(drawing)
    _tree(drawing)
    return drawing.image


def _hills(drawing: Drawing) -> None:
    for base, height, stretch, shade in _HILLS:
        crest = [
            (x, base - height * (0.5 + 0.5 * math.sin(x / stretch + base)))
            for x in range(-20, WIDTH + 40, 20)
        ]
        drawing.shape([(-20, 420), *crest, (WIDTH + 20, 420)], shade)


def _grass(drawing: Drawing) -> None:
    drawing.fade((0, 390, WIDTH, 330), "#8ac462", "#4c8f3f")
    for stripe in range(0, 12, 2):
        upper, lower = (390 + 330 * (edge / 12) ** 1.6 for edge in (stripe, stripe + 1))
        corners = [(0, upper), (WIDTH, upper - 6), (WIDTH, lower - 6), (0, lower)]
        drawing.shape(corners, "#86c25e" if stripe < 5 else "#66a84c")
    random = chance(7)
    for _ in range(1100):
        y = 420 + 300 * random.random() ** 0.8
        x, tall = random.uniform(0, WIDTH), (y - 360) / 26
        blade = [(x, y), (x + random.uniform(-3, 3), y - tall)]
        drawing.stroke(blade, random.choice(_BLADES), 1.4)
    for _ in range(46):
        x, y = random.uniform(0, WIDTH), random.uniform(480, 700)
        drawing.oval((x, y, 4, 3.2), random.choice(_DAISIES))


def _fence(drawing: Drawing) -> None:
    for y in (338, 392):
        drawing.box((0, y, WIDTH, 12), "#a87750")
    for x in range(0, WIDTH, 34):
        edge = [(x + 28, 322), (x + 28, 420)]
        board = [(x, 420), (x, 322), (x + 14, 306), *edge]
        drawing.shape(board, _PLANKS[x // 34 % 3])
        drawing.shape([(x + 22, 420), (x + 22, 315), *edge], "#9a6c49")
    drawing.box((0, 418, WIDTH, 7), "#3d7035")


def _shed(drawing: Drawing) -> None:
    drawing.box((956, 262, 236, 206), "#b5483c")
    for x in range(956, 1192, 22):
        drawing.box((x, 262, 2, 206), "#93372e")
    drawing.shape([(936, 268), (984, 188), (1164, 188), (1212, 268)], "#555d68")
    drawing.shape([(936, 268), (940, 261), (1208, 261), (1212, 268)], "#3c434d")
    drawing.box((976, 320, 84, 148), "#f0e9da")
    drawing.box((982, 326, 72, 142), "#a03d33")
    drawing.stroke([(984, 330), (1052, 462)], "#f0e9da", 6)
    drawing.stroke([(1052, 330), (984, 462)], "#f0e9da", 6)
    _shed_window(drawing)


def _shed_window(drawing: Drawing) -> None:
    drawing.box((1090, 318, 74, 66), "#f0e9da")
    drawing.fade((1096, 324, 62, 54), "#4d728c", "#9cc0d2")
    drawing.box((1124, 324, 6, 54), "#f0e9da")
    drawing.box((1096, 348, 62, 6), "#f0e9da")
    drawing.box((1084, 384, 86, 18), "#8a5a3c", radius=3)
    random = chance(13)
    for _ in range(26):
        place = (random.uniform(1088, 1166), random.uniform(368, 384))
        drawing.oval((*place, 6, 6), random.choice(_WINDOW_BOX))


def _flowers(drawing: Drawing) -> None:
    random = chance(19)
    for _ in range(150):
        x = random.uniform(640, 950)
        y = 428 + 8 * math.sin(x / 30)
        tip = y - random.uniform(14, 46)
        drawing.stroke([(x, y), (x + 2, tip)], "#3f7d3a", 3)
        drawing.oval((x + 2, tip, 7, 6), random.choice(_BLOSSOMS))


def _tree(drawing: Drawing) -> None:
    drawing.oval((276, 560, 240, 30), "#3f7f3a")
    edge = [(318, 250), (310, 420), (336, 566)]
    drawing.shape([(226, 566), (244, 420), (236, 250), *edge], "#7a5638")
    drawing.shape([(290, 566), (292, 420), (296, 250), *edge], "#5f4229")
    drawing.stroke([(290, 330), (380, 300), (500, 292)], "#6c4a2f", 20)
    drawing.stroke([(262, 320), (180, 250)], "#7a5638", 20)
    random = chance(29)
    for shade, lift, leaves, size in _CROWN:
        for _ in range(leaves):
            turn, far = random.uniform(0, math.tau), math.sqrt(random.random())
            x = 276 + 240 * far * math.cos(turn)
            y = 160 + lift + 116 * far * math.sin(turn)
            drawing.oval((x, y, size, size * 0.75), shade)
