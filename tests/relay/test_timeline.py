from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, strategies as st

from custom_components.latchstring.relay import TIMESCALE
from custom_components.latchstring.relay.mp4.fragment import SampleTiming
from custom_components.latchstring.relay.mp4.timeline import Timeline

FRAME = 3000


def shown(timing: SampleTiming) -> int:
    return timing.decode_time + timing.offset


def test_inside_a_connection_the_camera_s_own_clock_counts() -> None:
    timeline = Timeline()

    timings = [
        timeline.place(pts=70_000 + at, dts=70_000 + at, duration=FRAME, at=1 + late)
        for at, late in ((0, 0), (FRAME, 0.9), (2 * FRAME, 0.91))
    ]

    assert [timing.decode_time for timing in timings] == [0, FRAME, 2 * FRAME]
    assert [timing.offset for timing in timings] == [0, 0, 0]


def test_over_a_reconnect_the_time_that_passed_here_counts() -> None:
    timeline = Timeline()
    timeline.place(pts=500, dts=500, duration=FRAME, at=100.0)
    timeline.reconnect()

    timing = timeline.place(pts=7, dts=7, duration=FRAME, at=103.5)

    assert timing.decode_time == 3.5 * TIMESCALE


def test_a_reconnect_never_goes_back_behind_what_was_sent() -> None:
    timeline = Timeline()
    *_, last = [  # a camera whose clock runs fast
        timeline.place(pts=at, dts=at, duration=FRAME, at=10.0)
        for at in range(0, 50 * FRAME, FRAME)
    ]
    timeline.reconnect()

    timing = timeline.place(pts=0, dts=0, duration=FRAME, at=10.1)

    assert timing.decode_time == last.decode_time + FRAME


def test_a_camera_s_clock_that_jumps_is_measured_anew() -> None:
    timeline = Timeline()
    timeline.place(pts=0, dts=0, duration=FRAME, at=1.0)

    timing = timeline.place(pts=2**40, dts=2**40, duration=FRAME, at=1.5)

    assert timing.decode_time == 0.5 * TIMESCALE


def test_b_frames_are_shown_when_they_should_be_before_their_order_is_known() -> None:
    timeline = Timeline()
    order = [0, 9000, 3000, 6000, 18000, 12000, 15000, 27000, 21000, 24000]
    dts = [None, None, None, -3000, 3000, 6000, 9000, 12000, 15000, 18000]

    timings = [
        timeline.place(pts=at, dts=early, duration=FRAME, at=5.0)
        for at, early in zip(order, dts, strict=True)
    ]

    assert [shown(timing) for timing in timings] == order
    assert timings[-1].decode_time == 18000


def test_a_camera_that_stutters_makes_no_step_a_browser_takes_for_a_break() -> None:
    timeline = Timeline()
    stutter = [0, 3000, 6000, 24000, 27000, 30000, 60000, 69000, 78000, 87000]

    timings = [timeline.place(pts=at, dts=at, duration=FRAME, at=5.0) for at in stutter]

    assert [shown(timing) for timing in timings] == stutter
    assert all(
        later.decode_time - earlier.decode_time <= 2 * earlier.duration
        for earlier, later in pairwise(timings)
    )


def test_a_camera_slower_than_it_says_is_believed_by_what_it_does() -> None:
    timeline = Timeline()

    timings = [
        timeline.place(pts=at, dts=at, duration=FRAME, at=5.0)
        for at in range(0, 90_000, 9000)
    ]

    assert [timing.duration for timing in timings[1:]] == [9000] * 9
    assert timings[-1].offset == 0


def test_the_first_access_unit_of_a_connection_has_no_time_and_counts_as_zero() -> None:
    timeline = Timeline()

    first = timeline.place(pts=None, dts=None, duration=None, at=1.0)
    second = timeline.place(pts=FRAME, dts=FRAME, duration=FRAME, at=1.0)

    assert (first.decode_time, second.decode_time) == (0, FRAME)


def test_what_follows_it_follows_at_once_wherever_the_camera_began_to_count() -> None:
    timeline = Timeline()
    timeline.place(pts=None, dts=None, duration=FRAME, at=1.0)

    timings = [
        timeline.place(pts=at, dts=at, duration=FRAME, at=1.0)
        for at in (2 * FRAME, 3 * FRAME, 5 * FRAME)
    ]

    assert [timing.decode_time for timing in timings] == [FRAME, 2 * FRAME, 4 * FRAME]


@dataclass(frozen=True)
class Unit:
    pts: int | None
    dts: int | None
    duration: int | None
    waited: float
    reconnected: bool


TICKS = st.none() | st.integers(-(2**33), 2**33) | st.integers(-90_000, 900_000)
UNITS = st.builds(
    Unit,
    pts=TICKS,
    dts=TICKS,
    duration=st.none() | st.integers(0, 900_000),
    waited=st.floats(0, 4),
    reconnected=st.booleans(),
)


@given(units=st.lists(UNITS, max_size=40))
def test_whatever_times_a_camera_gives_decode_times_grow_and_offsets_fit(
    units: list[Unit],
) -> None:
    timeline, at, last = Timeline(), 1000.0, -1
    for unit in units:
        at += unit.waited
        if unit.reconnected:
            timeline.reconnect()
        timing = timeline.place(
            pts=unit.pts, dts=unit.dts, duration=unit.duration, at=at
        )
        assert timing.decode_time > last
        assert -(2**31) <= timing.offset < 2**31
        assert 0 <= timing.duration < 2**32
        last = timing.decode_time
