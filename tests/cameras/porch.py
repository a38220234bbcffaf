"""A porch at dusk: a lamp with its moth, a leaf that falls, and a cat that stops at the door on its way."""

from functools import partial
import math
from typing import Final

from PIL import Image

from .drawing import Drawing, Point, chance
from .picture import HEIGHT, WIDTH, Mask, Picture, Sprite
from .scene import Scene

_LAMP: Final = (652, 262)
_CAT: Final = "#2b2730"
_CAT_ROUND: Final = 24
_STEPS: Final = 10
_FAR: Final = ("#54506a", "#5c566e", "#4e4b66")
_NEAR: Final = ("#2a3346", "#2e384c", "#253042")
_TREES: Final = (
    (90, 300, 100, _FAR),
    (330, 310, 90, _FAR),
    (10, 318, 90, _NEAR),
    (232, 300, 78, _NEAR),
    (398, 330, 60, _NEAR),
)


def porch() -> Scene:
    """Draw everything once."""
    return Scene(
        background=Picture.of(_background()),
        parts=(
            partial(
                _flicker,
                [_lamp_light(strength) for strength in (0.30, 0.34, 0.38, 0.42)],
            ),
            partial(_lantern_hangs, _lantern()),
            partial(_moth_flies, [_moth(spread) for spread in (7, 3)]),
            partial(_leaf_falls, [_leaf(turn) for turn in range(16)], _open_air()),
            partial(
                _cat_passes,
                [_walking_cat(step) for step in range(_STEPS)],
                [_sitting_cat(wave) for wave in range(8)],
            ),
        ),
    )


def _background() -> Image.Image:
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
    drawing.fade(0, 0, 420, 420, "#34406e", "#e79a72")
    drawing.haze(120, 400, 330, 170, "#ffd39a", 0.8)
    for x, top, across, shades in _TREES:
        random = chance(x)
        for _ in range(90):
            aside = random.uniform(-across, across)
            drawing.oval(
                x + aside,
                top + random.uniform(aside * aside / across, 130),
                24,
                17,
                random.choice(shades),
            )
    drawing.fade(0, 400, 420, 200, "#34443c", "#1d2a27")
    drawing.shape([(150, 404), (196, 404), (330, 600), (-60, 600)], "#6d6a66")
    drawing.shape([(156, 408), (190, 408), (300, 600), (-20, 600)], "#7d7973")


def _wall(drawing: Drawing) -> None:
    drawing.box(400, 0, 900, 580, "#8593a3")
    for row in range(21):
        y = 28 * row - 8
        drawing.fade(400, y, 900, 25, "#909eae", "#7c8a9b")
        drawing.box(400, y + 25, 900, 3, "#5c6878")
    drawing.haze(*_LAMP, 252, 330, "#ffc873", 0.62)
    drawing.fade(392, 0, 30, 580, "#e6e4dd", "#c9c8c4")
    drawing.box(418, 0, 4, 580, "#6a7482")


def _floor(drawing: Drawing) -> None:
    drawing.fade(0, 572, WIDTH, 148, "#6f5a4b", "#4a3b33")
    for plank in range(-14, 40):
        far, near = 640 + (plank - 13) * 48, 640 + (plank - 13) * 88
        tint = ("#7a6352", "#735c4d", "#6b5548")[plank % 3]
        drawing.shape(
            [(far, 572), (far + 48, 572), (near + 88, 720), (near, 720)], tint
        )
        drawing.stroke([(far, 572), (near, 720)], "#43352d", 1.6)
    drawing.box(392, 560, 900, 14, "#cfccc4")
    drawing.box(392, 574, 900, 6, "#3d302a80")
    drawing.haze(700, 640, 420, 80, "#ffca7d", 0.4)


def _window(drawing: Drawing) -> None:
    drawing.box(1006, 176, 216, 256, "#e9e6de", radius=4)
    drawing.fade(1020, 190, 188, 228, "#ffd890", "#f0a552")
    drawing.box(1150, 300, 30, 118, "#a8683a")
    drawing.oval(1165, 292, 34, 26, "#b8753f")
    for side, inner in ((1020, 1068), (1208, 1160)):
        drawing.shape(
            [(side, 190), (inner, 190), ((side + inner) / 2, 330), (side, 418)],
            "#c8553fe0",
        )
    drawing.box(1110, 190, 8, 228, "#e9e6de")
    drawing.box(1020, 298, 188, 8, "#e9e6de")
    drawing.box(998, 432, 232, 14, "#f3f0e8", radius=3)
    drawing.box(998, 446, 232, 6, "#4f5a68")


def _door(drawing: Drawing) -> None:
    drawing.box(706, 116, 220, 452, "#efece4", radius=3)
    drawing.box(722, 132, 188, 436, "#1f5a5c")
    drawing.fade(726, 136, 180, 432, "#2c7a79", "#1d5657")
    for x in (744, 824):
        drawing.fade(x, 156, 64, 110, "#ffdf9f", "#f2b264")
        drawing.box(x + 29, 156, 6, 110, "#205c5d")
        drawing.box(x, 208, 64, 6, "#205c5d")
        for y, height in ((288, 116), (424, 120)):
            drawing.box(x, y, 64, height, "#174849", radius=3)
            drawing.fade(x + 5, y + 5, 54, height - 10, "#2f7f7d", "#246a69")
    drawing.oval(890, 374, 9, 9, "#5b4518")
    drawing.oval(889, 372, 8, 8, "#e8bf62")
    drawing.oval(887, 369, 3, 3, "#fff3c8")
    drawing.box(876, 336, 24, 12, "#d9b45c", radius=3)
    drawing.box(954, 200, 30, 62, "#2b3038", radius=6)
    drawing.words("1", 969, 218, 24, "#f1e3bd")
    drawing.words("2", 969, 243, 24, "#f1e3bd")
    drawing.shape([(716, 590), (916, 590), (944, 630), (690, 630)], "#33261f")
    drawing.shape([(720, 588), (912, 588), (938, 625), (696, 625)], "#8a6a45")
    drawing.shape([(738, 593), (894, 593), (912, 619), (720, 619)], "#a58258")
    drawing.words("WELCOME", 816, 607, 19, "#5b4128")


def _plants(drawing: Drawing) -> None:
    for x, seed in ((992, 3), (484, 5)):
        drawing.haze(x, 604, 80, 18, "#1b1410", 0.9)
        random = chance(seed)
        for _ in range(70):
            lean, rise = random.uniform(-62, 62), random.uniform(40, 150)
            tip = (x + lean, 540 - rise + abs(lean) * 0.9)
            drawing.stroke([(x + lean * 0.2, 545), tip], "#2f5d45", 3)
            drawing.oval(
                *tip, 11, 8, random.choice(("#3f7d58", "#4c8f64", "#356b4d", "#5ba06f"))
            )
        for _ in range(9):
            drawing.oval(
                x + random.uniform(-50, 50),
                470 + random.uniform(-40, 40),
                6,
                6,
                random.choice(("#f2a0b4", "#ffd0a8")),
            )
        drawing.shape(
            [(x - 46, 530), (x + 46, 530), (x + 32, 604), (x - 32, 604)], "#b4603c"
        )
        drawing.shape(
            [(x + 14, 530), (x + 46, 530), (x + 32, 604), (x + 10, 604)], "#96492b"
        )
        drawing.box(x - 52, 520, 104, 16, "#c9714a", radius=4)


def _railing(drawing: Drawing) -> None:
    drawing.box(0, 432, 400, 16, "#e4e1d8", radius=4)
    drawing.box(0, 448, 400, 5, "#8d8a86")
    drawing.box(0, 548, 400, 14, "#dad7cf", radius=3)
    for x in range(12, 400, 36):
        drawing.fade(x, 452, 12, 98, "#e2dfd7", "#c7c3bb")
    drawing.box(0, 562, 392, 12, "#3a2e29")


def _eave(drawing: Drawing) -> None:
    drawing.fade(0, 0, WIDTH, 62, "#cfcabf", "#a7a39b")
    for x in range(0, WIDTH, 64):
        drawing.box(x, 0, 2, 56, "#8e8a84")
    drawing.box(0, 56, WIDTH, 12, "#ece8de")
    drawing.box(0, 68, WIDTH, 5, "#39414e90")


def _lamp_light(strength: float) -> Sprite:
    light = Drawing(320, 320)
    light.haze(160, 160, 160, 160, "#ffd489", strength)
    return Sprite.of(light.image)


def _lantern() -> Sprite:
    lantern = Drawing(80, 130)
    lantern.box(28, 2, 24, 40, "#23262c", radius=5)
    lantern.shape([(28, 30), (52, 30), (74, 54), (6, 54)], "#23262c")
    lantern.shape([(12, 54), (68, 54), (62, 118), (18, 118)], "#ffe7b0")
    lantern.oval(40, 86, 11, 18, "#fffdf2")
    for top, bottom in ((-28, -22), (0, 0), (28, 22)):
        lantern.stroke([(40 + top, 54), (40 + bottom, 118)], "#23262c", 3.5)
    lantern.box(13, 116, 54, 9, "#23262c", radius=3)
    return Sprite.of(lantern.image)


def _lantern_hangs(lantern: Sprite, picture: Picture, _seconds: float) -> None:
    """In front of its own light, which would grey it."""
    picture.lay(lantern, _LAMP[0] - 40, _LAMP[1] - 78)


def _flicker(lights: list[Sprite], picture: Picture, seconds: float) -> None:
    wave = math.sin(seconds * 2.1) + math.sin(seconds * 5.3)
    light = lights[round((wave + 2) / 4 * (len(lights) - 1))]
    picture.lay(light, _LAMP[0] - 160, _LAMP[1] - 152)


def _moth(spread: float) -> Sprite:
    moth = Drawing(20, 16)
    moth.oval(10 - spread * 0.7, 7, spread * 0.8, 5, "#efe3c8")
    moth.oval(10 + spread * 0.7, 7, spread * 0.8, 5, "#fff4da")
    moth.oval(10, 8, 1.6, 5, "#6b5a45")
    return Sprite.of(moth.image)


def _moth_flies(beats: list[Sprite], picture: Picture, seconds: float) -> None:
    x = _LAMP[0] + 62 * math.sin(seconds * 1.9) + 24 * math.sin(seconds * 5.1)
    y = _LAMP[1] + 44 * math.cos(seconds * 2.3) + 16 * math.sin(seconds * 7.7)
    picture.lay(beats[int(seconds * 15) % len(beats)], x, y)


def _leaf(turn: int) -> Sprite:
    leaf = Drawing(26, 26)
    angle = turn * math.tau / 16
    along, aside = (
        (math.cos(angle), math.sin(angle)),
        (-math.sin(angle) * 0.45, math.cos(angle) * 0.45),
    )
    outline = [
        _on(along, aside, 11, 0),
        _on(along, aside, 2, 11),
        _on(along, aside, -9, 3),
        _on(along, aside, -9, -3),
        _on(along, aside, 2, -11),
    ]
    leaf.shape(outline, "#d9803c")
    leaf.stroke([_on(along, aside, -12, 0), _on(along, aside, 9, 0)], "#9c4f22", 1.4)
    return Sprite.of(leaf.image)


def _on(along: Point, aside: Point, far: float, off: float) -> Point:
    return 13 + along[0] * far + aside[0] * off, 13 + along[1] * far + aside[1] * off


def _open_air() -> Mask:
    """The garden above the railing: leaves fall behind the post and the rail."""
    air = Image.new("L", (WIDTH, HEIGHT))
    air.paste(255, (0, 73, 392, 432))
    return Mask.of(air)


def _leaf_falls(
    turns: list[Sprite], air: Mask, picture: Picture, seconds: float
) -> None:
    for start, left in ((0.0, 90), (2.6, 250), (4.1, 10)):
        fallen = (seconds + start) % 7
        x = left + 46 * math.sin(fallen * 1.7) + fallen * 9
        picture.lay(turns[int(fallen * 9) % len(turns)], x, 46 + fallen * 60, seen=air)


def _walking_cat(step: int) -> Sprite:
    cat = Drawing(230, 150)
    phase = step * math.tau / _STEPS
    cat.haze(112, 140, 92, 9, "#120d0b", 0.8)
    for hip, offset, shade in (
        (72, math.pi, "#1d1a21"),
        (146, 0.0, "#1d1a21"),
        (64, 0.0, _CAT),
        (154, math.pi, _CAT),
    ):
        _leg(cat, hip, phase + offset, shade)
    cat.oval(108, 82, 60, 25, _CAT)
    cat.oval(68, 80, 26, 26, _CAT)
    cat.oval(152, 80, 24, 24, _CAT)
    sway = 6 * math.sin(phase)
    cat.stroke(
        [(50, 76), (32, 66), (20, 46 + sway), (22, 24 + sway), (32, 14 + sway)],
        _CAT,
        10,
    )
    cat.oval(110, 98, 44, 8, "#37323d")
    _cat_head(cat, 182, 58 + 2 * math.sin(phase * 2))
    return Sprite.of(cat.image)


def _leg(cat: Drawing, hip: float, phase: float, shade: str) -> None:
    swing, lift = 17 * math.cos(phase), max(0.0, 10 * math.sin(phase))
    cat.stroke(
        [
            (hip, 88),
            (hip + swing * 0.35 - 3, 112 - lift * 0.4),
            (hip + swing, 138 - lift),
        ],
        shade,
        12,
    )
    cat.oval(hip + swing + 4, 138 - lift, 9, 6, shade)


def _cat_head(cat: Drawing, x: float, y: float) -> None:
    cat.shape([(x - 20, y - 8), (x - 17, y - 36), (x, y - 18)], _CAT)
    cat.shape([(x + 4, y - 18), (x + 17, y - 36), (x + 20, y - 6)], _CAT)
    cat.shape([(x - 15, y - 14), (x - 14, y - 29), (x - 5, y - 18)], "#a96d74")
    cat.oval(x, y, 25, 22, _CAT)
    cat.oval(x + 14, y + 8, 13, 10, "#413b47")
    for eye in (x + 2, x + 17):
        cat.oval(eye, y - 3, 4.4, 5, "#d8e27a")
        cat.oval(eye + 1, y - 3, 1.6, 4.4, "#15120f")
    cat.oval(x + 20, y + 5, 3, 2.4, "#d48a8f")


def _sitting_cat(wave: int) -> Sprite:
    cat = Drawing(230, 150)
    swing = 12 * math.sin(wave * math.tau / 8)
    cat.haze(120, 141, 78, 8, "#120d0b", 0.8)
    cat.stroke(
        [(92, 132), (62, 136), (42, 126 - swing * 0.4), (32, 108 - swing)], _CAT, 10
    )
    cat.oval(112, 110, 38, 32, _CAT)
    cat.oval(132, 88, 26, 38, _CAT)
    for paw in (132, 148):
        cat.stroke([(paw, 96), (paw, 136)], _CAT, 13)
        cat.oval(paw + 4, 138, 10, 6, "#37323d")
    cat.oval(143, 84, 9, 17, "#413b47")
    _cat_head(cat, 146, 42)
    return Sprite.of(cat.image)


def _cat_passes(
    walk: list[Sprite], sit: list[Sprite], picture: Picture, seconds: float
) -> None:
    """Out of sight, across the porch, a while before the door, and on; the first seconds already show it."""
    moment = (seconds + 4) % _CAT_ROUND
    if 8 <= moment < 13:
        picture.lay(sit[int(moment * 6) % len(sit)], 590, 552)
        return
    walked = moment if moment < 8 else moment - 5
    picture.lay(walk[int(walked * _STEPS * 1.3) % _STEPS], -230 + walked * 102.5, 552)
