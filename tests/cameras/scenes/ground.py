"""The flat ground before the garage, as a camera above it sees it."""

from typing import Final

from tests.cameras.drawing import Point

HORIZON: Final = 250
CREST: Final = 330
MIDDLE: Final = 640


def ground(aside: float, y: float) -> Point:
    """What lies so many half drives aside and is seen at the height `y`."""
    return MIDDLE + aside * (y - HORIZON) * 0.98, y


def strip(left: float, right: float, far: float, near: float) -> list[Point]:
    """The corners of a piece of ground that narrows towards the horizon."""
    return [
        ground(left, far),
        ground(right, far),
        ground(right, near),
        ground(left, near),
    ]


def size(y: float) -> float:
    """How large something at this height is seen, 1 at the picture's lower edge."""
    return (y - HORIZON) / 470
