"""An upload gives up pictures by how late they would be, and only whole groups of them."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.upload.lateness import Delivery, Lateness

FPS = 25
GOP = 2 * FPS
KEYFRAME = 968_000
OTHER = 1_500
"""As a 4K camera sends a quiet scene: about 4 Mb/s."""
MEGABIT = 125_000
AVERAGE = (KEYFRAME + (GOP - 1) * OTHER) * 8 / 2_000_000
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture that was sent: its number, and the seconds until it had arrived."""

    number: int
    took: float


class Line:
    """Carries so many bytes a second, and knows when each will have arrived."""

    def __init__(self, bytes_per_second: float) -> None:
        self.bytes_per_second = bytes_per_second
        self.taken = 0
        self._free_at = 0.0

    def delivery(self, at: float) -> Delivery:
        waiting = max(0, round((self._free_at - at) * self.bytes_per_second))
        return Delivery(taken=self.taken, acknowledged=self.taken - waiting, at=at)

    def send(self, size: int, at: float) -> float:
        """Return the seconds until it has arrived."""
        self.taken += size
        self._free_at = max(self._free_at, at) + size / self.bytes_per_second
        return self._free_at - at

    def stall(self, seconds: float, at: float) -> None:
        self._free_at = max(self._free_at, at) + seconds


def film(
    line: Line, *, keyframe: int = KEYFRAME, other: int = OTHER, seconds: int = 20
) -> list[Sent]:
    """Offer a camera's pictures in the pace they are taken, and return those that were sent."""
    lateness, sent = Lateness(), []
    for number in range(seconds * FPS):
        at, is_key = number / FPS, number % GOP == 0
        if lateness.admits(line.delivery(at), keyframe=is_key):
            sent.append(Sent(number, line.send(keyframe if is_key else other, at)))
    return sent


@pytest.mark.parametrize("megabits", [AVERAGE * 1.1, 5, 10, 20, 50, 100, 1000])
def test_a_line_faster_than_the_camera_carries_every_picture(megabits: float) -> None:
    sent = film(Line(megabits * MEGABIT))

    assert [each.number for each in sent] == list(range(20 * FPS))


@pytest.mark.parametrize("megabits", [0.5, 1, 2, 3, 3.9])
def test_a_line_slower_than_the_camera_carries_some_and_none_of_them_late(
    megabits: float,
) -> None:
    line = Line(megabits * MEGABIT)

    sent = film(line, seconds=60)

    assert sum(each.number % GOP == 0 for each in sent) >= 3
    assert max(each.took for each in sent) <= KEYFRAME / line.bytes_per_second + 1.5


@pytest.mark.parametrize("times", [1.2, 2, 4])
def test_pictures_all_of_a_size_are_late_by_little_more_than_is_allowed(
    times: float,
) -> None:
    line = Line(OTHER * FPS / times)

    sent = film(line, keyframe=OTHER, seconds=60)

    assert len(sent) >= 60 * FPS / times * 0.5
    assert max(each.took for each in sent) <= max(2.0, 0.8 * times)


def test_what_is_left_out_ends_at_a_keyframe() -> None:
    sent = film(Line(2 * MEGABIT))

    assert all(
        later.number == earlier.number + 1 or later.number % GOP == 0
        for earlier, later in pairwise(sent)
    )
    assert sent[0].number == 0


def test_nothing_is_sent_before_a_keyframe() -> None:
    lateness, idle = Lateness(), Delivery(taken=100, acknowledged=100, at=1.0)

    assert not lateness.admits(idle, keyframe=False)
    assert lateness.admits(idle, keyframe=True)
    assert lateness.admits(idle, keyframe=False)


@pytest.mark.parametrize("seconds", [0.1, 0.7])
def test_a_line_that_stalls_for_a_moment_loses_nothing(seconds: float) -> None:
    line, lateness = Line(20 * MEGABIT), Lateness()
    admitted = 0
    for number in range(4 * FPS):
        at = number / FPS
        if number == GOP // 2:
            line.stall(seconds, at)
        if lateness.admits(line.delivery(at), keyframe=number % GOP == 0):
            line.send(OTHER, at)
            admitted += 1

    assert admitted == 4 * FPS


def test_a_line_that_takes_nothing_is_given_little_more() -> None:
    lateness, taken = Lateness(), 0
    for number in range(10 * FPS):
        now = Delivery(taken=taken, acknowledged=0, at=number / FPS)
        if lateness.admits(now, keyframe=number % GOP == 0):
            taken += OTHER

    assert taken <= OTHER * FPS


def test_memory_is_bounded_however_fast_pictures_come() -> None:
    lateness, taken = Lateness(), 0
    for number in range(1000):
        now = Delivery(taken=taken, acknowledged=0, at=0.0)
        if lateness.admits(now, keyframe=number % 10 == 0):
            taken += MEBIBYTE

    assert 16 * MEBIBYTE < taken <= 17 * MEBIBYTE


@given(
    rate=st.floats(10_000, 10_000_000),
    sizes=st.lists(st.integers(100, 2_000_000), min_size=1, max_size=4),
    waits=st.lists(st.floats(0, 0.5), min_size=1, max_size=8),
)
def test_whatever_the_line_a_keyframe_is_sent_again_once_all_has_arrived(
    rate: float, sizes: list[int], waits: list[float]
) -> None:
    line, lateness, at = Line(rate), Lateness(), 0.0
    for number in range(50):
        at += waits[number % len(waits)]
        if lateness.admits(line.delivery(at), keyframe=number % 7 == 0):
            line.send(sizes[number % len(sizes)], at)

    at += line.delivery(at).waiting / rate + 1
    assert lateness.admits(line.delivery(at), keyframe=True)
