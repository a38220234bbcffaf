from math import asin, cos, radians, sin, sqrt

from hypothesis import given, strategies as st

from custom_components.latchstring.core.location import (
    LARGEST_RADIUS_M,
    SMALLEST_RADIUS_M,
    Point,
    coarse,
)

POINTS = st.builds(Point, latitude=st.floats(-85, 85), longitude=st.floats(-179, 179))
RADII = st.integers(SMALLEST_RADIUS_M, LARGEST_RADIUS_M)


def metres(one: Point, other: Point) -> float:
    north, east = (
        sin(radians(a - b) / 2) ** 2
        for a, b in (
            (one.latitude, other.latitude),
            (one.longitude, other.longitude),
        )
    )
    flat = cos(radians(one.latitude)) * cos(radians(other.latitude))
    return 2 * 6_371_000 * asin(sqrt(north + flat * east))


@given(point=POINTS, radius=RADII)
def test_the_true_place_lies_within_the_radius_of_the_coarse_one(
    point: Point, radius: int
) -> None:
    assert metres(point, coarse(point, radius)) <= radius


@given(point=POINTS, radius=RADII)
def test_asking_again_tells_nothing_more(point: Point, radius: int) -> None:
    once = coarse(point, radius)

    assert coarse(once, radius) == once


def test_neighbours_come_out_at_the_same_place() -> None:
    houses = [
        Point(latitude=32.29 + north / 1e5, longitude=-90.18 + east / 1e5)
        for north in range(0, 90, 10)
        for east in range(0, 90, 10)
    ]

    assert len({coarse(house, 1000) for house in houses}) <= 4


def test_a_place_across_the_date_line_is_still_on_earth() -> None:
    point = coarse(Point(latitude=-17.0, longitude=179.9999), 1000)

    assert -180 <= point.longitude < 180
    assert -90 <= point.latitude <= 90


def test_the_poles_are_places_too() -> None:
    for latitude in (90.0, -90.0):
        point = coarse(Point(latitude=latitude, longitude=12.3), 50_000)

        assert metres(Point(latitude=latitude, longitude=12.3), point) <= 50_000
