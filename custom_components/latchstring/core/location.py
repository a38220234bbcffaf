"""The approximate location of a camera: a point on a grid, and the grid's radius."""

from dataclasses import dataclass
from math import cos, radians
from typing import Final

METRES_A_DEGREE: Final = 111_195
"""Of latitude, on a sphere of the Earth's mean radius."""

SMALLEST_RADIUS_M: Final = 100
LARGEST_RADIUS_M: Final = 50_000

_DECIMALS: Final = 5
"""About a metre: enough for the grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on Earth, in degrees."""

    latitude: float
    longitude: float


def coarse(point: Point, radius_m: int) -> Point:
    """Return the nearest point of a grid that is as wide as the radius.

    The true location is within the radius of it, and all locations near that give the
    same point, so that repeated answers reveal no more.
    """
    step = radius_m / METRES_A_DEGREE
    latitude = min(max(_rounded(point.latitude, step), -90.0), 90.0)
    # Parallels shrink towards the poles: measured along the widest one of this row.
    shrunk = cos(radians(abs(latitude) - step / 2))
    longitude = _rounded(point.longitude, step / shrunk)
    return Point(
        latitude=round(latitude, _DECIMALS),
        longitude=round((longitude + 180) % 360 - 180, _DECIMALS),
    )


def _rounded(degrees: float, step: float) -> float:
    return round(degrees / step) * step
