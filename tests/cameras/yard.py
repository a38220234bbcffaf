"""A yard in the sun: clouds behind a tree, a tyre on a rope, a bouncing ball and a bird."""

from functools import partial
import math
from typing import Final

from PIL import Image

from .cloud import cloud, drifted
from .drawing import Drawing, chance
from .picture import HEIGHT, WIDTH, Mask, Picture, Sprite
from .scene import Scene

_BRANCH: Final = (470, 300)
_ROPE: Final = 190
_SWINGS: Final = 24
_BALL: Final = 34
_LEAVES: Final = (
    ("#2f6b3a", 26, 120, 34),
    ("#3a7a41", 12, 90, 28),
    ("#468d49", -4, 120, 24),
    ("#5aa552", -22, 90, 20),
    ("#79bf64", -40, 46, 15),
)


def yard() -> Scene:
    """Draw everything once."""
    front = _front()
    background = _sky_and_hills()
    background.paste(front, mask=front)
    return Scene(
        background=Picture.of(background),
        parts=(
            partial(
                _clouds_pass, [cloud(wide) for wide in (250, 330, 210)], _sky(front)
            ),
            partial(_bird_flies, [_bird(beat) for beat in range(6)], _sky(front)),
            partial(_tyre_swings, [_tyre(place) for place in range(_SWINGS)]),
            partial(_ball_bounces, [_ball(turn) for turn in range(12)], _shadow()),
        ),
    )


def _sky_and_hills() -> Image.Image:
    drawing = Drawing(WIDTH, HEIGHT, paper="#bfe3f2")
    drawing.fade(0, 0, WIDTH, 330, "#4fa3df", "#d8eef4")
    drawing.haze(838, 104, 190, 190, "#fff3c0", 0.8)
    drawing.oval(838, 104, 44, 44, "#fff6cf")
    return drawing.image


def _front() -> Image.Image:
    """Everything that hides the sky; its own outline is the mask of what passes behind it."""
    drawing = Drawing(WIDTH, HEIGHT)
    _hills(drawing)
    _grass(drawing)
    _fence(drawing)
    _shed(drawing)
    _flowers(drawing)
    _tree(drawing)
    return drawing.image


def _hills(drawing: Drawing) -> None:
    for base, height, stretch, shade in (
        (300, 60, 210, "#9cc3b4"),
        (330, 52, 150, "#7fb08c"),
    ):
        crest = [
            (x, base - height * (0.5 + 0.5 * math.sin(x / stretch + base)))
            for x in range(-20, WIDTH + 40, 20)
        ]
        drawing.shape([(-20, 420), *crest, (WIDTH + 20, 420)], shade)


def _grass(drawing: Drawing) -> None:
    drawing.fade(0, 390, WIDTH, 330, "#8ac462", "#4c8f3f")
    for stripe in range(0, 12, 2):
        upper, lower = (
            390 + 330 * (stripe / 12) ** 1.6,
            390 + 330 * ((stripe + 1) / 12) ** 1.6,
        )
        drawing.shape(
            [(0, upper), (WIDTH, upper - 6), (WIDTH, lower - 6), (0, lower)],
            "#86c25e" if stripe < 5 else "#66a84c",
        )
    random = chance(7)
    for _ in range(1100):
        y = 420 + 300 * random.random() ** 0.8
        x, tall = random.uniform(0, WIDTH), (y - 360) / 26
        drawing.stroke(
            [(x, y), (x + random.uniform(-3, 3), y - tall)],
            random.choice(("#3f8036", "#79b857", "#94cf6b")),
            1.4,
        )
    for _ in range(46):
        x, y = random.uniform(0, WIDTH), random.uniform(480, 700)
        drawing.oval(x, y, 4, 3.2, random.choice(("#fffbe8", "#ffe27a", "#ffd0e0")))


def _fence(drawing: Drawing) -> None:
    for y in (338, 392):
        drawing.box(0, y, WIDTH, 12, "#a87750")
    for x in range(0, WIDTH, 34):
        shade = ("#c08a5e", "#b9835a", "#c79266")[x // 34 % 3]
        drawing.shape(
            [(x, 420), (x, 322), (x + 14, 306), (x + 28, 322), (x + 28, 420)], shade
        )
        drawing.shape(
            [(x + 22, 420), (x + 22, 315), (x + 28, 322), (x + 28, 420)], "#9a6c49"
        )
    drawing.box(0, 418, WIDTH, 7, "#3d7035")


def _shed(drawing: Drawing) -> None:
    drawing.box(956, 262, 236, 206, "#b5483c")
    for x in range(956, 1192, 22):
        drawing.box(x, 262, 2, 206, "#93372e")
    drawing.shape([(936, 268), (984, 188), (1164, 188), (1212, 268)], "#555d68")
    drawing.shape([(936, 268), (940, 261), (1208, 261), (1212, 268)], "#3c434d")
    drawing.box(976, 320, 84, 148, "#f0e9da")
    drawing.box(982, 326, 72, 142, "#a03d33")
    drawing.stroke([(984, 330), (1052, 462)], "#f0e9da", 6)
    drawing.stroke([(1052, 330), (984, 462)], "#f0e9da", 6)
    drawing.box(1090, 318, 74, 66, "#f0e9da")
    drawing.fade(1096, 324, 62, 54, "#4d728c", "#9cc0d2")
    drawing.box(1124, 324, 6, 54, "#f0e9da")
    drawing.box(1096, 348, 62, 6, "#f0e9da")
    drawing.box(1084, 384, 86, 18, "#8a5a3c", radius=3)
    random = chance(13)
    for _ in range(26):
        drawing.oval(
            random.uniform(1088, 1166),
            random.uniform(368, 384),
            6,
            6,
            random.choice(("#f6c445", "#ef7aa2", "#5f9f52")),
        )


def _flowers(drawing: Drawing) -> None:
    random = chance(19)
    for _ in range(150):
        x = random.uniform(640, 950)
        y = 428 + 8 * math.sin(x / 30)
        tip = y - random.uniform(14, 46)
        drawing.stroke([(x, y), (x + 2, tip)], "#3f7d3a", 3)
        drawing.oval(
            x + 2,
            tip,
            7,
            6,
            random.choice(("#f3c73f", "#e9628a", "#ffffff", "#9a6fd0", "#55974e")),
        )


def _tree(drawing: Drawing) -> None:
    drawing.oval(276, 560, 240, 30, "#3f7f3a")
    drawing.shape(
        [(226, 566), (244, 420), (236, 250), (318, 250), (310, 420), (336, 566)],
        "#7a5638",
    )
    drawing.shape(
        [(290, 566), (292, 420), (296, 250), (318, 250), (310, 420), (336, 566)],
        "#5f4229",
    )
    drawing.stroke([(290, 330), (380, 300), (500, 292)], "#6c4a2f", 20)
    drawing.stroke([(262, 320), (180, 250)], "#7a5638", 20)
    random = chance(29)
    for shade, lift, leaves, size in _LEAVES:
        for _ in range(leaves):
            turn, far = random.uniform(0, math.tau), math.sqrt(random.random())
            drawing.oval(
                276 + 240 * far * math.cos(turn),
                160 + lift + 116 * far * math.sin(turn),
                size,
                size * 0.75,
                shade,
            )


def _sky(front: Image.Image) -> Mask:
    return Mask.of(front.getchannel("A").point([255 - level for level in range(256)]))


def _clouds_pass(
    clouds: list[Sprite], sky: Mask, picture: Picture, seconds: float
) -> None:
    for one, start, y, speed in zip(
        clouds, (380, 900, 1250), (28, 96, 150), (16, 24, 11), strict=True
    ):
        picture.lay(one, drifted(one, start, seconds * speed), y, seen=sky)


def _bird(beat: int) -> Sprite:
    bird = Drawing(84, 64)
    wing = 22 * math.sin(beat * math.tau / 6)
    bird.shape([(44, 34), (26, 34), (20, 34 - wing)], "#3a4660")
    bird.shape([(14, 30), (2, 24), (4, 38)], "#3f4c68")
    bird.oval(34, 34, 22, 8, "#46536f")
    bird.oval(57, 30, 9, 8, "#46536f")
    bird.shape([(64, 28), (76, 32), (64, 34)], "#f0a63c")
    bird.oval(60, 28, 1.8, 1.8, "#ffffff")
    bird.shape([(46, 32), (26, 33), (28, 33 - wing * 1.25)], "#5b6a8a")
    return Sprite.of(bird.image)


def _bird_flies(
    beats: list[Sprite], sky: Mask, picture: Picture, seconds: float
) -> None:
    x = (seconds * 128 + 420) % (WIDTH + 500) - 90
    picture.lay(
        beats[int(seconds * 12) % len(beats)],
        x,
        140 + 44 * math.sin(seconds * 1.3),
        seen=sky,
    )


def _tyre(place: int) -> Sprite:
    """The rope with its tyre at one of the places of its swing, as it hangs from the middle of the upper edge."""
    tyre = Drawing(260, 260)
    angle = 0.42 * math.sin(place * math.tau / _SWINGS)
    x, y = 130 + _ROPE * math.sin(angle), _ROPE * math.cos(angle)
    tyre.stroke([(130, 0), (x, y - 30)], "#d9c49a", 5)
    tyre.oval(x, y, 36, 40, "#25272b")
    tyre.oval(x - 2, y - 2, 31, 35, "#3a3d43")
    tyre.oval(x, y, 18, 22, "#6aa94c")
    return Sprite.of(tyre.image)


def _tyre_swings(places: list[Sprite], picture: Picture, seconds: float) -> None:
    picture.lay(
        places[int(seconds * _SWINGS / 2.8) % _SWINGS], _BRANCH[0] - 130, _BRANCH[1]
    )


def _ball(turn: int) -> Sprite:
    ball = Drawing(2 * _BALL, 2 * _BALL)
    ball.oval(_BALL, _BALL, 33, 33, "#f7f3e8")
    for number in range(3):
        start = (turn / 12 + number / 3) * math.tau
        arc = [
            (
                _BALL + 33 * math.cos(start + step * 0.105),
                _BALL + 33 * math.sin(start + step * 0.105),
            )
            for step in range(11)
        ]
        ball.shape([(_BALL, _BALL), *arc], ("#e4523f", "#3f8fd0", "#f3bb3a")[number])
    ball.oval(_BALL, _BALL, 6, 6, "#f7f3e8")
    return Sprite.of(ball.image)


def _shadow() -> Sprite:
    shadow = Drawing(80, 22)
    shadow.haze(40, 11, 40, 11, "#17300f", 0.85)
    return Sprite.of(shadow.image)


def _ball_bounces(
    turns: list[Sprite], shadow: Sprite, picture: Picture, seconds: float
) -> None:
    """From side to side, a hop every 1.1 seconds; its shadow stays on the ground."""
    there_and_back = abs((seconds / 9 + 0.35) % 2 - 1)
    x, hop = 560 + 620 * there_and_back, abs(math.sin(seconds * math.pi / 1.1))
    picture.lay(shadow, x - 40, 648)
    picture.lay(turns[int(x / 14) % 12], x - _BALL, 592 - 150 * hop)
