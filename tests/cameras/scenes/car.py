"""The car of the house: over the crest, up to the house, and later out again."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Final

from tests.cameras.drawing import Drawing
from tests.cameras.picture import WIDTH, Mask, Picture, Sprite

from .ground import CREST, HORIZON, MIDDLE
from .scene import Part

type Sizes = Callable[[int, int], Sprite]

_ROUND: Final = 36
_AT_CREST: Final = 4.8
_OUT_OF_SIGHT: Final = 6


def car_comes_and_goes() -> Part:
    """With its lights on while it moves; a parked car is not scaled again."""
    sizes = {lit: lru_cache(maxsize=2)(_car(lit=lit).resized) for lit in (True, False)}
    return partial(_come_and_go, sizes, Mask.window(0, 0, WIDTH, CREST))


def _come_and_go(
    cars: Mapping[bool, Sizes], beyond: Mask, picture: Picture, seconds: float
) -> None:
    moment = (seconds + 4) % _ROUND
    distance = _distance(moment)
    if distance > _OUT_OF_SIGHT:
        return
    hidden = max(0.0, distance - _AT_CREST)
    ground = HORIZON + 370 / min(distance, _AT_CREST) + hidden * 70
    width = round(430 / distance)
    height = round(width * 350 / 480)
    car = cars[not 10 < moment < 18](width, height)
    x, y = MIDDLE - width / 2, ground - height * 0.94
    picture.lay(car, x, y, seen=beyond if hidden else None)


def _distance(moment: float) -> float:
    """How far the car is: 1 at the house, 5 at the crest, more beyond it."""
    if moment < 9:
        return 1 + 5 * (1 - moment / 9) ** 2
    if moment < 19:
        return 1
    return 1 + 5 * ((moment - 19) / 9) ** 2


def _car(*, lit: bool) -> Sprite:
    car = Drawing(480, 350)
    _cabin(car)
    _bonnet(car)
    for x in (98, 382):
        _headlight(car, x, lit=lit)
        car.oval((x, 264, 15, 9), "#e9e4cf" if lit else "#6d2524")
    return car.sprite


def _cabin(car: Drawing) -> None:
    car.haze((240, 322, 236, 26), "#1c1d20", 0.9)
    for x in (64, 352):
        car.box((x, 236, 64, 92), "#1b1c1f", radius=16)
    car.shape([(112, 128), (142, 36), (338, 36), (368, 128)], "#a92d2b")
    car.box((140, 26, 200, 30), "#bf3a35", radius=15)
    car.shape([(128, 128), (154, 48), (326, 48), (352, 128)], "#24323f")
    car.shape([(142, 122), (164, 54), (238, 54), (204, 122)], "#4b6a80")
    car.box((216, 60, 46, 10), "#141c24", radius=4)
    for x in (74, 374):
        car.box((x, 110, 32, 24), "#8f2625", radius=9)


def _bonnet(car: Drawing) -> None:
    car.shape([(82, 170), (114, 122), (366, 122), (398, 170)], "#cf463d")
    car.box((56, 152, 368, 142), "#c23a34", radius=34)
    car.shape([(86, 166), (116, 128), (364, 128), (394, 166)], "#da544a")
    car.box((56, 226, 368, 70), "#a52c2a", radius=28)
    car.box((146, 190, 188, 42), "#20242a", radius=10)
    for y in (199, 210, 221):
        car.box((154, y, 172, 4), "#5b636d", radius=2)
    car.oval((240, 211, 17, 17), "#d7dde2")
    car.oval((240, 211, 11, 11), "#7b8792")
    car.box((176, 248, 128, 30), "#f4f2e6", radius=5)
    car.words("HOME 12", (240, 263), 22, "#2b3b55")


def _headlight(car: Drawing, x: float, *, lit: bool) -> None:
    car.oval((x, 200, 38, 25), "#59201f")
    car.oval((x, 200, 34, 21), "#fff6d6" if lit else "#b9c6cf")
    car.oval((x, 200, 18, 15), "#ffffff" if lit else "#8fa0ac")
    if lit:
        car.haze((x, 200, 76, 64), "#fff3c4", 0.75)
