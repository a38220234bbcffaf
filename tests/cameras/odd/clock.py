"""The clock of an odd camera: how it stamps its pictures."""

from typing import Final

from tests.cameras.rtp import CLOCK_RATE

from .oddities import Oddities

_WRAP: Final = 1 << 32


def timestamp(oddities: Oddities, picture: int, reordering: int = 0) -> int:
    """The RTP timestamp of a client's picture; `reordering` pictures later it is shown."""
    odd = oddities
    stamped = picture - picture % odd.clock_groups
    if odd.clock_repeats_every and picture % odd.clock_repeats_every == 1:
        stamped -= 1
    seconds = (stamped + reordering) * odd.clock_rate / odd.pictures_per_second
    seconds += sum(by for after, by in odd.clock_jumps if picture > after)
    if odd.clock_outlier_every and not (picture + 1) % odd.clock_outlier_every:
        seconds += odd.clock_outlier
    return (odd.first_timestamp + round(seconds * CLOCK_RATE)) % _WRAP
