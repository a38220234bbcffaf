"""A drive by day: a car comes over the crest, stays a while and backs out again; a pinwheel turns, clouds pass."""

from collections.abc import Callable
from functools import lru_cache, partial
import math
from typing import Final

from PIL import Image

from .cloud import cloud, drifted
from .drawing import Drawing, chance
from .picture import HEIGHT, WIDTH, Mask, Picture, Sprite
from .scene import Scene

_HORIZON: Final = 250
_CREST: Final = 330
_MIDDLE: Final = 640
_CAR_ROUND: Final = 36
_PINWHEEL: Final = (1096, 500)
_HOUSES: Final = (
    (170, "#e9d8bd", "#a4523f"),
    (860, "#d5dde4", "#56677c"),
    (1090, "#efe3cf", "#8b5a44"),
)
_BLADES: Final = ("#e85d4a", "#f4b942", "#3f9bd1", "#5bb56a")

type Sizes = Callable[[int, int], Sprite]


def drive() -> Scene:
    """Draw everything once."""
    return Scene(
        background=Picture.of(_background()),
        parts=(
            partial(_clouds_pass, cloud(300), _sky()),
            partial(
                _car_comes_and_goes,
                {
                    lit: lru_cache(maxsize=2)(_car(lit=lit).resized)
                    for lit in (True, False)
                },
                _beyond_the_crest(),
            ),
            partial(_pinwheel_turns, [_pinwheel(turn) for turn in range(12)]),
        ),
    )


def _background() -> Image.Image:
    drawing = Drawing(WIDTH, HEIGHT, paper="#8fc4e8")
    _far_side(drawing)
    _lawn(drawing)
    _concrete(drawing)
    _fences(drawing)
    _letterbox(drawing)
    _flowers(drawing)
    return drawing.image


def _far_side(drawing: Drawing) -> None:
    drawing.fade(0, 0, WIDTH, 330, "#69aee2", "#dcebee")
    random = chance(11)
    for x in range(-20, WIDTH + 60, 16):
        top = 226 + 20 * math.sin(x / 90) + random.uniform(-10, 10)
        drawing.oval(
            x, top + 36, 34, 44, random.choice(("#7fa58c", "#789e86", "#86ac92"))
        )
    drawing.fade(0, 268, WIDTH, 62, "#7aa182", "#88aa74")
    for x, wall, roof in _HOUSES:
        _house(drawing, x, wall, roof)
    for x in range(-20, WIDTH + 60, 26):
        if abs(x - _MIDDLE) > 96:
            drawing.oval(
                x,
                318 + random.uniform(-6, 4),
                26,
                22,
                random.choice(("#5c8f57", "#568852", "#64985e")),
            )


def _house(drawing: Drawing, x: float, wall: str, roof: str) -> None:
    drawing.box(x, 218, 170, 100, wall)
    drawing.box(x + 134, 158, 18, 40, "#8a6a5c")
    drawing.shape([(x - 16, 222), (x + 40, 166), (x + 134, 166), (x + 186, 222)], roof)
    drawing.box(x - 16, 220, 202, 5, "#00000038")
    for window in (x + 22, x + 112):
        drawing.box(window, 240, 36, 40, "#fbfaf5")
        drawing.fade(window + 4, 244, 28, 32, "#6d93b0", "#a9c6d6")
        drawing.box(window + 16, 244, 4, 32, "#fbfaf5")
    drawing.box(x + 72, 246, 28, 72, "#6b4a3a")


def _lawn(drawing: Drawing) -> None:
    drawing.fade(0, _CREST, WIDTH, HEIGHT - _CREST, "#7fb35c", "#4f8a3e")
    for stripe in range(-40, 40, 2):
        far, near = (
            _MIDDLE + stripe * 60,
            _MIDDLE + stripe * 60 * (HEIGHT - _HORIZON) / (_CREST - _HORIZON),
        )
        wide = 60 * (HEIGHT - _HORIZON) / (_CREST - _HORIZON)
        drawing.shape(
            [(far, _CREST), (far + 60, _CREST), (near + wide, HEIGHT), (near, HEIGHT)],
            "#9acb6b48",
        )
    random = chance(23)
    for _ in range(900):
        y = _CREST + (HEIGHT - _CREST) * random.random() ** 0.7
        x, tall = random.uniform(0, WIDTH), (y - _HORIZON) / 40
        drawing.stroke(
            [(x, y), (x + random.uniform(-2, 2), y - tall)],
            random.choice(("#3f7a3570", "#a5d67570")),
            1.2,
        )


def _concrete(drawing: Drawing) -> None:
    edges = [
        _ground(-0.95, _CREST),
        _ground(0.95, _CREST),
        _ground(0.95, HEIGHT),
        _ground(-0.95, HEIGHT),
    ]
    drawing.shape(edges, "#7f8d6c")
    drawing.shape(
        [
            _ground(-0.9, _CREST),
            _ground(0.9, _CREST),
            _ground(0.9, HEIGHT),
            _ground(-0.9, HEIGHT),
        ],
        "#b9b6ae",
    )
    for part in range(7):
        upper, lower = (_HORIZON + 470 / (1 + slab * 0.62) for slab in (part + 1, part))
        if upper > _CREST and part % 2:
            drawing.shape(
                [
                    _ground(-0.9, upper),
                    _ground(0.9, upper),
                    _ground(0.9, lower),
                    _ground(-0.9, lower),
                ],
                "#c3c0b8",
            )
        if lower > _CREST:
            drawing.stroke(
                [_ground(-0.9, lower), _ground(0.9, lower)],
                "#8d8a83",
                max(1, (lower - _HORIZON) / 110),
            )
    drawing.stroke([_ground(0, _CREST), _ground(0, HEIGHT)], "#98958e", 2.5)
    random = chance(31)
    for _ in range(420):
        y = random.uniform(_CREST + 4, HEIGHT)
        x, _ = _ground(random.uniform(-0.88, 0.88), y)
        drawing.oval(
            x,
            y,
            (y - _HORIZON) / 180,
            (y - _HORIZON) / 380,
            random.choice(("#a3a09870", "#d3d1ca80")),
        )
    drawing.haze(_MIDDLE + 30, 566, 70, 18, "#5f5d5a", 0.45)


def _ground(aside: float, y: float) -> tuple[float, float]:
    """A point on the ground: `aside` in half widths of the drive, seen in perspective at the height y."""
    return _MIDDLE + aside * (y - _HORIZON) * 0.98, y


def _fences(drawing: Drawing) -> None:
    for side in (-1, 1):
        posts = [_HORIZON + 470 / (1 + 0.2 * number) for number in range(-2, 22)]
        for near, far in zip(posts, posts[1:], strict=False):
            (x, y), (further, beyond) = (
                _ground(1.95 * side, near),
                _ground(1.95 * side, far),
            )
            tall, less = (near - _HORIZON) * 0.36, (far - _HORIZON) * 0.36
            for height in (0.35, 0.78):
                drawing.stroke(
                    [(x, y - tall * height), (further, beyond - less * height)],
                    "#e8e4da",
                    max(2, tall / 9),
                )
            drawing.box(
                x - tall / 14, y - tall, tall / 7, tall, "#f6f3ea", radius=tall / 30
            )


def _letterbox(drawing: Drawing) -> None:
    drawing.haze(412, 478, 60, 10, "#20331c", 0.8)
    drawing.box(404, 396, 12, 82, "#7a5a42")
    drawing.box(376, 362, 72, 40, "#2f5d8a", radius=14)
    drawing.box(376, 384, 72, 18, "#2f5d8a")
    drawing.oval(394, 382, 17, 19, "#3d73a6")
    drawing.box(380, 378, 28, 4, "#1f3f60")
    drawing.stroke([(438, 376), (438, 350)], "#d84b3c", 4)
    drawing.box(438, 346, 16, 11, "#d84b3c")


def _flowers(drawing: Drawing) -> None:
    random = chance(41)
    drawing.oval(1110, 640, 170, 44, "#5b4332")
    drawing.oval(1110, 634, 160, 38, "#6a4f3b")
    for _ in range(170):
        turn, far = random.uniform(0, math.tau), math.sqrt(random.random())
        x, y = 1110 + 158 * far * math.cos(turn), 628 + 38 * far * math.sin(turn)
        drawing.stroke(
            [(x, y), (x + random.uniform(-5, 5), y - random.uniform(14, 34))],
            "#3e7d3c",
            3,
        )
        drawing.oval(
            x + random.uniform(-6, 6),
            y - random.uniform(16, 38),
            6,
            5,
            random.choice(("#f28ab2", "#ffd54f", "#ffffff", "#e2574c", "#59a155")),
        )
    x, y = _PINWHEEL
    drawing.stroke([(x, y), (x, y + 124)], "#d9d2c3", 6)


def _sky() -> Mask:
    """Clouds pass above the roofs, so nothing has to be drawn before them."""
    sky = Image.new("L", (WIDTH, HEIGHT))
    sky.paste(255, (0, 0, WIDTH, 158))
    return Mask.of(sky)


def _clouds_pass(cloud: Sprite, sky: Mask, picture: Picture, seconds: float) -> None:
    for start, y, speed in ((200, 34, 14), (900, 62, 9), (1300, 12, 18)):
        picture.lay(cloud, drifted(cloud, start, seconds * speed), y, seen=sky)


def _beyond_the_crest() -> Mask:
    above = Image.new("L", (WIDTH, HEIGHT))
    above.paste(255, (0, 0, WIDTH, _CREST))
    return Mask.of(above)


def _car(*, lit: bool) -> Sprite:
    car = Drawing(480, 350)
    car.haze(240, 322, 236, 26, "#1c1d20", 0.9)
    for x in (64, 352):
        car.box(x, 236, 64, 92, "#1b1c1f", radius=16)
    car.shape([(112, 128), (142, 36), (338, 36), (368, 128)], "#a92d2b")
    car.box(140, 26, 200, 30, "#bf3a35", radius=15)
    car.shape([(128, 128), (154, 48), (326, 48), (352, 128)], "#24323f")
    car.shape([(142, 122), (164, 54), (238, 54), (204, 122)], "#4b6a80")
    car.box(216, 60, 46, 10, "#141c24", radius=4)
    for x in (74, 374):
        car.box(x, 110, 32, 24, "#8f2625", radius=9)
    car.shape([(82, 170), (114, 122), (366, 122), (398, 170)], "#cf463d")
    car.box(56, 152, 368, 142, "#c23a34", radius=34)
    car.shape([(86, 166), (116, 128), (364, 128), (394, 166)], "#da544a")
    car.box(56, 226, 368, 70, "#a52c2a", radius=28)
    car.box(146, 190, 188, 42, "#20242a", radius=10)
    for y in (199, 210, 221):
        car.box(154, y, 172, 4, "#5b636d", radius=2)
    car.oval(240, 211, 17, 17, "#d7dde2")
    car.oval(240, 211, 11, 11, "#7b8792")
    car.box(176, 248, 128, 30, "#f4f2e6", radius=5)
    car.words("HOME 12", 240, 263, 22, "#2b3b55")
    for x in (98, 382):
        _headlight(car, x, lit=lit)
        car.oval(x, 264, 15, 9, "#e9e4cf" if lit else "#6d2524")
    return Sprite.of(car.image)


def _headlight(car: Drawing, x: float, *, lit: bool) -> None:
    car.oval(x, 200, 38, 25, "#59201f")
    car.oval(x, 200, 34, 21, "#fff6d6" if lit else "#b9c6cf")
    car.oval(x, 200, 18, 15, "#ffffff" if lit else "#8fa0ac")
    if lit:
        car.haze(x, 200, 76, 64, "#fff3c4", 0.75)


def _distance(moment: float) -> float:
    """How far the car is: 1 at the house, 5 at the crest, more beyond it."""
    if moment < 9:
        return 1 + 5 * (1 - moment / 9) ** 2
    if moment < 19:
        return 1
    return 1 + 5 * ((moment - 19) / 9) ** 2


def _car_comes_and_goes(
    cars: dict[bool, Sizes], beyond: Mask, picture: Picture, seconds: float
) -> None:
    moment = (seconds + 4) % _CAR_ROUND
    distance = _distance(moment)
    if distance > 6:
        return
    hidden = max(0.0, distance - 4.8)
    ground = _HORIZON + 370 / min(distance, 4.8) + hidden * 70
    width = round(430 / distance)
    height = round(width * 350 / 480)
    car = cars[not 10 < moment < 18](width, height)
    picture.lay(
        car,
        _MIDDLE - width / 2,
        ground - height * 0.94,
        seen=beyond if hidden else None,
    )


def _pinwheel(turn: int) -> Sprite:
    wheel = Drawing(120, 120)
    for number in range(8):
        angle = (number + turn / 6) * math.tau / 8
        tip, bend = (60 + 54 * math.cos(angle), 60 + 54 * math.sin(angle)), angle + 0.5
        wheel.shape(
            [(60, 60), tip, (60 + 34 * math.cos(bend), 60 + 34 * math.sin(bend))],
            _BLADES[number % 4],
        )
    wheel.oval(60, 60, 7, 7, "#fff8e6")
    return Sprite.of(wheel.image)


def _pinwheel_turns(turns: list[Sprite], picture: Picture, seconds: float) -> None:
    gust = seconds * 11 + 5 * math.sin(seconds * 0.7)
    picture.lay(turns[int(gust) % len(turns)], _PINWHEEL[0] - 60, _PINWHEEL[1] - 60)
