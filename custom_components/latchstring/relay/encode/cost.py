"""What it costs to make video of a camera's images."""

from time import thread_time
from typing import Final

from .encoder import MOST_A_SECOND, Encoder
from .image import picture_of

_ROUNDS: Final = 10
_LONGEST: Final = 0.5
"""Seconds after which no more rounds are begun."""
_MINUTE: Final = 60


def cost_of(image: bytes, interval: float) -> float:
    """Return seconds of one processor core a minute, with such an image every `interval` seconds; UnreadableImageError.

    Measured, once what is only done at the beginning is done. Blocks for a tenth of a second, as a rule.
    """
    encoder = Encoder()
    encoder.encode(picture_of(image))
    begun, rounds = thread_time(), 0
    while rounds < _ROUNDS and thread_time() - begun < _LONGEST:
        encoder.encode(picture_of(image))
        rounds += 1
    took = (thread_time() - begun) / rounds
    return took * _MINUTE * min(1 / interval, MOST_A_SECOND)
