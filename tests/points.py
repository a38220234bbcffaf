"""Points of Ed25519's curve that hold nobody to a signature, found by the curve's own arithmetic (RFC 8032, 5.1)."""

from itertools import count
from typing import Final

P: Final = 2**255 - 19
L: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, -1, P) % P

type Point = tuple[int, int]

NEUTRAL: Final[Point] = (0, 1)


def add(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    twisted = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + twisted, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - twisted, -1, P)
    return x % P, y % P


def times(scalar: int, point: Point) -> Point:
    total = NEUTRAL
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def x_of(y: int) -> int | None:
    """Give one of the two x that belong to a y, if there is one."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    for each in (root, root * pow(2, (P - 1) // 4, P) % P):
        if each * each % P == square:
            return each
    return None


def encoded(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def _small_order() -> list[Point]:
    """Give the eight points that are left of any point when its part of the large order is taken out."""
    for y in count(2):
        if (x := x_of(y)) is not None:
            found = [times(each, times(L, (x, y))) for each in range(8)]
            if len(set(found)) == len(found):
                return found
    raise AssertionError


SMALL_ORDER: Final = [encoded(y, x & 1) for x, y in _small_order()]

SECOND_FORMS: Final = [
    *(encoded(y, 1) for y in (1, P - 1)),
    *(encoded(y, sign) for y in range(P, 2**255) for sign in (0, 1)),
]
"""Other bytes for a point: the sign of an x that is 0, and a y past the field's end."""

UNBINDING: Final = [*SMALL_ORDER, *SECOND_FORMS]
