"""A number in a picture: sixteen blocks, black or white, that survive any encoder."""

from io import BytesIO
from typing import Any, Final

import av
import numpy as np
import numpy.typing as npt

MOST: Final = 1 << 12

_BITS: Final = 16
_DARK: Final = 32
_BRIGHT: Final = 220
_MIDDLE: Final = 126
_CHECK: Final = 13
"""The upper bits are the number modulo this."""

type Brightness = npt.NDArray[np.uint8]


class UnreadableNumber(Exception):
    """A picture whose number does not fit its check: it was decoded from less than all of it."""


def draw(number: int, width: int, height: int) -> Brightness:
    """A picture's brightness: a slope that moves, and its number on it."""
    rows, columns = np.arange(height) // 4, np.arange(width) // 4
    slope = np.add.outer(rows, columns) + 3 * number
    picture: Brightness = (slope % 128 + 64).astype(np.uint8)
    coded = number | number % _CHECK << 12
    size = width // _BITS
    for bit in range(_BITS):
        shade = _BRIGHT if coded >> bit & 1 else _DARK
        picture[size : 2 * size, bit * size : (bit + 1) * size] = shade
    return picture


def read(picture: npt.NDArray[Any]) -> int:
    """The number in a decoded picture."""
    size = picture.shape[1] // _BITS
    edge = size // 4
    coded = 0
    for bit in range(_BITS):
        left = bit * size
        block = picture[size + edge : 2 * size - edge, left + edge : left + size - edge]
        coded |= bool(block.mean() > _MIDDLE) << bit
    number = coded % MOST
    if coded >> 12 != number % _CHECK:
        raise UnreadableNumber(f"{coded:016b}")
    return number


def numbers_in(video: bytes) -> list[int]:
    """Decode a video, and give the numbers of its pictures as they are shown."""
    with av.open(BytesIO(video), "r") as container:
        return [
            read(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)
        ]
