"""The house's front: what stands still on the porch."""

from typing import Final

from PIL import Image

from tests.cameras.drawing import Drawing, chance
from tests.cameras.picture import HEIGHT, WIDTH

from .lamp import LAMP

_FAR: Final = ("#54506a", "#5c566e", "#4e4b66")
_NEAR: Final = ("#2a3346", "#2e384c", "#253042")
_TREES: Final = (
    (90, 300, 100, _FAR),
    (330, 310, 90, _FAR),
    (10, 318, 90, _NEAR),
    (232, 300, 78, _NEAR),
    (398, 330, 60, _NEAR),
)
_LEAVES: Final = ("#3f7d58", "#4c8f64", "#356b4d", "#5ba06f")
_PLANKS: Final = ("#7a6352", "#735c4d", "#6b5548")
_BLOSSOMS: Final = ("#f2a0b4", "#ffd0a8")


def front_door() -> Image.Image:
    """Everything that stands still."""
    drawing = Drawing(WIDTH, HEIGHT, paper="#20263c")
    _garden(drawing)
    _wall(drawing)
    _floor(drawing)
    _window(drawing)
    _door(drawing)
    _plants(drawing)
    _railing(drawing)
    _eave(drawing)
    return drawing.image


def _garden(drawing: Drawing) -> None:
    drawing.fade((0, 0, 420, 420), "#34406e", "#e79a72")
    drawing.haze((120, 400, 330, 170), "#ffd39a", 0.8)
    for x, top, across, shades in _TREES:
        random = chance(x)
        for _ in range(90):
            aside = random.uniform(-across, across)
            below = top + random.uniform(aside * aside / across, 130)
            drawing.oval((x + aside, below, 24, 17), random.choice(shades))
    drawing.fade((0, 400, 420, 200), "#34443c", "#1d2a27")
    drawing.shape([(150, 404), (196, 404), (330, 600), (-60, 600)], "#6d6a66")
    drawing.shape([(156, 408), (190, 408), (300, 600), (-20, 600)], "#7d7973")


def _wall(drawing: Drawing) -> None:
    drawing.box((400, 0, 900, 580), "#8593a3")
    for row in range(21):
        y = 28 * row - 8
        drawing.fade((400, y, 900, 25), "#909eae", "#7c8a9b")
        drawing.box((400, y + 25, 900, 3), "#5c6878")
    drawing.haze((*LAMP, 252, 330), "#ffc873", 0.62)
    drawing.fade((392, 0, 30, 580), "#e6e4dd", "#c9c8c4")
    drawing.box((418, 0, 4, 580), "#6a7482")


def _floor(drawing: Drawing) -> None:
    drawing.fade((0, 572, WIDTH, 148), "#6f5a4b", "#4a3b33")
    for plank in range(-14, 40):
        far, near = 640 + (plank - 13) * 48, 640 + (plank - 13) * 88
        corners = [(far, 572), (far + 48, 572), (near + 88, 720), (near, 720)]
        drawing.shape(corners, _PLANKS[plank % 3])
        drawing.stroke([(far, 572), (near, 720)], "#43352d", 1.6)
    drawing.box((392, 560, 900, 14), "#cfccc4")
    drawing.box((392, 574, 900, 6), "#3d302a80")
    drawing.haze((700, 640, 420, 80), "#ffca7d", 0.4)


def _window(drawing: Drawing) -> None:
    drawing.box((1006, 176, 216, 256), "#e9e6de", radius=4)
    drawing.fade((1020, 190, 188, 228), "#ffd890", "#f0a552")
    drawing.box((1150, 300, 30, 118), "#a8683a")
    drawing.oval((1165, 292, 34, 26), "#b8753f")
    for side, inner in ((1020, 1068), (1208, 1160)):
        held = ((side + inner) / 2, 330)
        drawing.shape([(side, 190), (inner, 190), held, (side, 418)], "#c8553fe0")
    drawing.box((1110, 190, 8, 228), "#e9e6de")
    drawing.box((1020, 298, 188, 8), "#e9e6de")
    drawing.box((998, 432, 232, 14), "#f3f0e8", radius=3)
    drawing.box((998, 446, 232, 6), "#4f5a68")


def _door(drawing: Drawing) -> None:
    drawing.box((706, 116, 220, 452), "#efece4", radius=3)
    drawing.box((722, 132, 188, 436), "#1f5a5c")
    drawing.fade((726, 136, 180, 432), "#2c7a79", "#1d5657")
    for x in (744, 824):
        drawing.fade((x, 156, 64, 110), "#ffdf9f", "#f2b264")
        drawing.box((x + 29, 156, 6, 110), "#205c5d")
        drawing.box((x, 208, 64, 6), "#205c5d")
        for y, height in ((288, 116), (424, 120)):
            drawing.box((x, y, 64, height), "#174849", radius=3)
            drawing.fade((x + 5, y + 5, 54, height - 10), "#2f7f7d", "#246a69")
    drawing.oval((890, 374, 9, 9), "#5b4518")
    drawing.oval((889, 372, 8, 8), "#e8bf62")
    drawing.oval((887, 369, 3, 3), "#fff3c8")
    drawing.box((876, 336, 24, 12), "#d9b45c", radius=3)
    _number_and_mat(drawing)


def _number_and_mat(drawing: Drawing) -> None:
    drawing.box((954, 200, 30, 62), "#2b3038", radius=6)
    drawing.words("1", (969, 218), 24, "#f1e3bd")
    drawing.words("2", (969, 243), 24, "#f1e3bd")
    drawing.shape([(716, 590), (916, 590), (944, 630), (690, 630)], "#33261f")
    drawing.shape([(720, 588), (912, 588), (938, 625), (696, 625)], "#8a6a45")
    drawing.shape([(738, 593), (894, 593), (912, 619), (720, 619)], "#a58258")
    drawing.words("WELCOME", (816, 607), 19, "#5b4128")


def _plants(drawing: Drawing) -> None:
    for x, seed in ((992, 3), (484, 5)):
        drawing.haze((x, 604, 80, 18), "#1b1410", 0.9)
        random = chance(seed)
        for _ in range(70):
            lean, rise = random.uniform(-62, 62), random.uniform(40, 150)
            tip = (x + lean, 540 - rise + abs(lean) * 0.9)
            drawing.stroke([(x + lean * 0.2, 545), tip], "#2f5d45", 3)
            drawing.oval((*tip, 11, 8), random.choice(_LEAVES))
        for _ in range(9):
            place = (x + random.uniform(-50, 50), 470 + random.uniform(-40, 40))
            drawing.oval((*place, 6, 6), random.choice(_BLOSSOMS))
        _pot(drawing, x)


def _pot(drawing: Drawing, x: float) -> None:
    foot = [(x + 32, 604), (x - 32, 604)]
    drawing.shape([(x - 46, 530), (x + 46, 530), *foot], "#b4603c")
    shaded = [(x + 14, 530), (x + 46, 530), (x + 32, 604), (x + 10, 604)]
    drawing.shape(shaded, "#96492b")
    drawing.box((x - 52, 520, 104, 16), "#c9714a", radius=4)


def _railing(drawing: Drawing) -> None:
    drawing.box((0, 432, 400, 16), "#e4e1d8", radius=4)
    drawing.box((0, 448, 400, 5), "#8d8a86")
    drawing.box((0, 548, 400, 14), "#dad7cf", radius=3)
    for x in range(12, 400, 36):
        drawing.fade((x, 452, 12, 98), "#e2dfd7", "#c7c3bb")
    drawing.box((0, 562, 392, 12), "#3a2e29")


def _eave(drawing: Drawing) -> None:
    drawing.fade((0, 0, WIDTH, 62), "#cfcabf", "#a7a39b")
    for x in range(0, WIDTH, 64):
        drawing.box((x, 0, 2, 56), "#8e8a84")
    drawing.box((0, 56, WIDTH, 12), "#ece8de")
    drawing.box((0, 68, WIDTH, 5), "#39414e90")
