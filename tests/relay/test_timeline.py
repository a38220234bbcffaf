"""A camera's clock is believed while it agrees with when its pictures come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay import TIMESCALE
from custom_components.latchstring.relay.mp4.fragment import SampleTiming
from custom_components.latchstring.relay.mp4.timeline import Timeline

FRAME = 3000
FPS = TIMESCALE // FRAME
BEGUN = 1000.0
SOON = 3 * FPS
"""Pictures after which a camera's oddity is known."""


@dataclass(frozen=True, slots=True)
class Unit:
    """An access unit in decode order: its timestamp, and the seconds after which it arrived."""

    pts: int | None
    at: float
    dts: int | None = None
    duration: int | None = None
    reconnected: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Where it was placed, and how far ahead of its arrival that is, in ticks."""

    timing: SampleTiming
    at: float

    @property
    def shown(self) -> int:
        return self.timing.decode_time + self.timing.offset

    @property
    def lead(self) -> float:
        return self.shown - self.at * TIMESCALE


def place(units: Sequence[Unit], *, by_arrival: bool = False) -> list[Placed]:
    timeline = Timeline()
    timeline.reconnect(by_arrival=by_arrival)
    placed = []
    for unit in units:
        if unit.reconnected:
            timeline.reconnect()
        timing = timeline.place(
            pts=unit.pts, dts=unit.dts, duration=unit.duration, at=BEGUN + unit.at
        )
        placed.append(Placed(timing=timing, at=unit.at))
    return placed


def regular(
    count: int = 10 * FPS, *, step: int = FRAME, by: int = FRAME, begin: int = 70_000
) -> list[Unit]:
    """Return a camera's pictures, one every `step`, by a clock that counts `by` for each."""
    return [
        Unit(pts=begin + n * by, at=n * step / TIMESCALE, duration=None)
        for n in range(count)
    ]


def with_b_frames(units: Sequence[Unit]) -> list[Unit]:
    """Return them in decode order: every third before the two that are shown before it."""
    order = [0, *(n + k for n in range(0, len(units) - 3, 3) for k in (3, 1, 2))]
    latest = 0
    coded = []
    for n in order:
        latest = max(latest, n)
        coded.append(replace(units[n], at=units[latest].at))
    return coded


def after(units: Sequence[Unit], number: int, *, ticks: int) -> list[Unit]:
    """Return them with a clock that jumps before the picture of this number."""
    return [
        replace(unit, pts=(unit.pts or 0) + ticks) if n >= number else unit
        for n, unit in enumerate(units)
    ]


def steps(placed: Sequence[Placed]) -> list[int]:
    """Return the steps of presentation, in the order of presentation."""
    shown = sorted(each.shown for each in placed)
    return [later - earlier for earlier, later in pairwise(shown)]


def freeze(placed: Sequence[Placed]) -> float:
    """Return the longest time, in seconds of arrival, without a picture later than those before."""
    highest, since, longest = -TIMESCALE, 0.0, 0.0
    for each in placed:
        longest = max(longest, each.at - since)
        if each.shown > highest:
            highest, since = each.shown, each.at
    return longest


def is_contiguous(placed: Sequence[Placed]) -> bool:
    return all(
        later.timing.decode_time == earlier.timing.decode_time + earlier.timing.duration
        for earlier, later in pairwise(placed)
    )


BACK_AND_FORTH = with_b_frames(regular())
STUTTER = [
    Unit(pts=at, at=at / TIMESCALE)
    for at in (0, 3000, 6000, 24000, 27000, 30000, 60000, 69000, 78000, 87000)
]


@pytest.mark.parametrize(
    "units",
    [
        regular(),
        [replace(unit, dts=unit.pts, duration=FRAME) for unit in regular()],
        BACK_AND_FORTH,
        STUTTER,
        after(BACK_AND_FORTH, 100, ticks=-5 * TIMESCALE),
    ],
    ids=["regular", "as by FFmpeg", "B-frames", "stutter", "B-frames, set back"],
)
def test_decode_times_are_contiguous_within_a_connection(units: list[Unit]) -> None:
    assert is_contiguous(place(units))


@pytest.mark.parametrize("late", [0.0, 0.02, 0.3])
def test_within_a_connection_the_camera_s_own_clock_counts(late: float) -> None:
    units = [
        replace(unit, at=unit.at + n * 7 % 5 / 4 * late)
        for n, unit in enumerate(regular())
    ]

    assert set(steps(place(units))) == {FRAME}


def test_b_frames_are_shown_when_they_were_taken() -> None:
    placed = place(BACK_AND_FORTH)

    assert [later.shown for later in placed] == [
        (unit.pts or 0) - 70_000 for unit in BACK_AND_FORTH
    ]
    assert set(steps(placed)) == {FRAME}


def test_decoding_keeps_just_ahead_of_presentation_once_the_order_is_known() -> None:
    for units in (regular(), BACK_AND_FORTH, regular(step=6000, by=6000)):
        placed = place(units)
        known = placed[SOON:]

        assert min(each.timing.offset for each in known) == 0
        assert max(each.timing.offset for each in known) <= 3 * FRAME
        assert len({each.timing.duration for each in known}) == 1


def test_ffmpeg_s_decode_times_change_nothing() -> None:
    order = [0, 9000, 3000, 6000, 18000, 12000, 15000, 27000, 21000, 24000]
    dts = [None, None, None, -3000, 3000, 6000, 9000, 12000, 15000, 18000]

    placed = place(
        [
            Unit(pts=at, dts=early, duration=FRAME, at=0.0)
            for at, early in zip(order, dts, strict=True)
        ]
    )

    assert [each.shown for each in placed] == order


def test_a_camera_that_stutters_is_shown_as_it_is() -> None:
    assert [each.shown for each in place(STUTTER)] == [unit.pts for unit in STUTTER]


def test_a_camera_slower_than_it_says_is_believed_by_what_it_does() -> None:
    placed = place(
        [replace(unit, duration=FRAME) for unit in regular(60, step=9000, by=9000)]
    )

    assert set(steps(placed)) == {9000}
    assert placed[-1].timing == SampleTiming(
        decode_time=59 * 9000, offset=0, duration=9000
    )


def test_over_a_reconnect_the_time_that_passed_here_counts() -> None:
    placed = place([Unit(pts=500, at=0), Unit(pts=7, at=3.5, reconnected=True)])

    assert placed[-1].timing.decode_time == 3.5 * TIMESCALE
    assert placed[-1].timing.offset == 0


def test_a_reconnect_never_goes_back_behind_what_was_sent() -> None:
    ahead = [Unit(pts=n * FRAME, at=0) for n in range(50)]

    *_, last, first = place([*ahead, Unit(pts=0, at=0.1, reconnected=True)])

    assert first.timing.decode_time == last.timing.decode_time + last.timing.duration
    assert first.shown > last.shown


@pytest.mark.parametrize("seconds", [-3600, -60, -9, -5, -2, 2, 5, 9, 60, 3600])
def test_a_clock_that_is_set_is_measured_anew_and_nobody_sees_it(seconds: int) -> None:
    for units in (regular(), BACK_AND_FORTH):
        placed = place(after(units, 100, ticks=seconds * TIMESCALE))

        assert freeze(placed) <= 5 * FRAME / TIMESCALE
        assert all(abs(each.lead) <= 0.3 * TIMESCALE for each in placed)
        assert set(steps(placed[SOON + 100 :])) == {FRAME}


@pytest.mark.parametrize("seconds", [-9800, 20_000])
def test_a_picture_stamped_hours_off_harms_no_other(seconds: int) -> None:
    units = regular()
    for n in range(29, len(units), 30):
        units[n] = replace(units[n], pts=(units[n].pts or 0) + seconds * TIMESCALE)

    placed = place(units)

    assert all(0.8 * FRAME < step < 1.2 * FRAME for step in steps(placed))
    assert all(abs(each.lead) <= FRAME for each in placed)


@pytest.mark.parametrize("rate", [1.25, 1.01, 0.99, 0.8])
@pytest.mark.parametrize("step", [FRAME, 2 * FRAME, 6 * FRAME])
def test_a_clock_of_another_rate_is_corrected_little_by_little(
    rate: float, step: int
) -> None:
    placed = place(regular(120 * FRAME * FPS // step, step=step, by=round(step * rate)))

    assert all(abs(each.lead) < TIMESCALE for each in placed)
    assert all(0.5 * step < each < 1.5 * step for each in steps(placed))


def grouped(size: int) -> list[Unit]:
    """Return pictures of which so many in a row share a timestamp."""
    return [
        replace(unit, pts=(n - n % size) * FRAME) for n, unit in enumerate(regular())
    ]


@pytest.mark.parametrize(
    "units",
    [
        regular(by=0),
        regular(20 * FPS, by=33),
        regular(by=10 * FRAME),
        grouped(2),
        grouped(4),
        [
            replace(unit, pts=n * 7919 % 9973 * FRAME)
            for n, unit in enumerate(regular())
        ],
    ],
    ids=[
        *("stands still", "a thousand a second", "ten times as fast"),
        *("in twos", "in fours", "at random"),
    ],
)
def test_where_a_clock_is_of_no_use_arrival_counts(units: list[Unit]) -> None:
    placed = place(units)
    settled = placed[-FPS:]

    assert freeze(placed) <= 2 * FRAME / TIMESCALE
    assert all(abs(each.lead) < 0.3 * TIMESCALE for each in settled)
    assert all(0.5 * FRAME < each < 1.5 * FRAME for each in steps(settled))


def test_a_new_connection_is_believed_again() -> None:
    units = grouped(4)
    others = [replace(unit, at=unit.at + 20) for unit in regular()]
    others[0] = replace(others[0], reconnected=True)

    assert set(steps(place([*units, *others])[len(units) :])) == {FRAME}


def test_who_asks_for_arrival_gets_it_from_the_start() -> None:
    placed = place(with_b_frames(regular(by=17)), by_arrival=True)

    assert all(step > 0 for step in steps(placed))
    assert all(abs(each.lead) < 0.3 * TIMESCALE for each in placed)


@pytest.mark.parametrize("number", [91, 92, 93])
def test_a_stall_in_the_midst_of_b_frames_changes_nothing(number: int) -> None:
    units = BACK_AND_FORTH
    resumed = units[number].at + 2
    late = [
        replace(unit, at=max(unit.at, resumed)) if n >= number else unit
        for n, unit in enumerate(units)
    ]

    assert set(steps(place(late))) == {FRAME}


@pytest.mark.parametrize("stall", [1, 3])
def test_a_stall_of_the_network_is_no_reason_to_doubt(stall: int) -> None:
    for units in (regular(), BACK_AND_FORTH):
        late = [
            replace(unit, at=4.0 + stall) if 4 <= unit.at < 4 + stall else unit
            for unit in units
        ]

        placed = place(late)

        assert set(steps(placed)) == {FRAME}


def test_a_camera_that_pauses_goes_on_where_it_is() -> None:
    units = [
        replace(unit, pts=(unit.pts or 0) + 5 * TIMESCALE, at=unit.at + 5)
        if n >= 100
        else unit
        for n, unit in enumerate(regular())
    ]

    placed = place(units)

    assert steps(placed) == [*[FRAME] * 99, FRAME + 5 * TIMESCALE, *[FRAME] * 199]
    assert is_contiguous(placed)
    assert max(each.timing.duration for each in placed) <= 2 * FRAME


def test_a_camera_whose_clock_pauses_as_well_is_measured_anew_soon() -> None:
    units = [
        replace(unit, at=unit.at + 5) if n >= 100 else unit
        for n, unit in enumerate(regular())
    ]

    placed = place(units)

    assert freeze(placed) <= 5 + 2 * FRAME / TIMESCALE
    assert all(abs(each.lead) < FRAME for each in placed[100 + SOON :])


def test_what_a_camera_kept_for_us_is_shown_at_its_own_pace_and_then_we_catch_up() -> (
    None
):
    units = [replace(unit, at=max(0.0, unit.at - 2)) for unit in regular()]

    placed = place(units)

    assert all(FRAME // 2 <= step <= FRAME for step in steps(placed))
    assert abs(placed[-1].lead) <= 0.6 * TIMESCALE


def test_the_first_access_unit_of_a_connection_has_no_time_and_counts_as_zero() -> None:
    first, second = place([Unit(pts=None, at=0), Unit(pts=FRAME, dts=FRAME, at=0)])

    assert first.timing.decode_time == 0
    assert second.timing.decode_time == first.timing.duration


def test_what_follows_it_follows_at_once_wherever_the_camera_began_to_count() -> None:
    first, *others = place(
        [
            Unit(pts=None, duration=FRAME, at=0),
            *(Unit(pts=at, dts=at, duration=FRAME, at=0) for at in (6000, 9000, 15000)),
        ]
    )

    follows = others[0].shown
    assert 0 < follows - first.shown <= TIMESCALE // 25
    assert [each.shown - follows for each in others] == [0, FRAME, 3 * FRAME]


TICKS = st.none() | st.integers(-(2**33), 2**33) | st.integers(-90_000, 900_000)


@st.composite
def units_of_a_liar(draw: st.DrawFn) -> list[Unit]:
    """Draw pictures with any timestamps at all, whose arrival at least goes on."""
    at = 0.0
    units = []
    for waited in draw(st.lists(st.floats(0, 4) | st.just(0.04), max_size=60)):
        at += waited
        units.append(
            Unit(
                pts=draw(TICKS),
                dts=draw(TICKS),
                duration=draw(st.none() | st.integers(0, 900_000)),
                at=at,
                reconnected=draw(st.integers(0, 9)) == 0,
            )
        )
    return units


@given(units=units_of_a_liar(), by_arrival=st.booleans())
def test_whatever_times_a_camera_gives_decode_times_grow_and_offsets_fit(
    units: list[Unit], *, by_arrival: bool
) -> None:
    placed = place(units, by_arrival=by_arrival)

    assert all(
        later.timing.decode_time > earlier.timing.decode_time
        for earlier, later in pairwise(placed)
    )
    for each in placed:
        assert -(2**31) <= each.timing.offset < 2**31
        assert 0 < each.timing.duration < 2**32


@given(units=units_of_a_liar(), by_arrival=st.booleans())
def test_whatever_times_a_camera_gives_nothing_is_shown_far_ahead_of_its_arrival(
    units: list[Unit], *, by_arrival: bool
) -> None:
    assert all(
        each.lead <= 5 * TIMESCALE for each in place(units, by_arrival=by_arrival)
    )


@given(
    jumps=st.lists(
        st.tuples(st.integers(1, 300), st.integers(-(10**7), 10**7)), max_size=6
    ),
    is_reordered=st.booleans(),
)
def test_however_a_clock_jumps_no_picture_freezes_for_more_than_a_moment(
    jumps: list[tuple[int, int]], *, is_reordered: bool
) -> None:
    units = BACK_AND_FORTH if is_reordered else regular()
    for number, ticks in jumps:
        units = after(units, number, ticks=ticks)

    placed = place(units)

    assert freeze(placed) <= 0.5
    assert is_contiguous(placed)
    assert is_reordered or 0 not in steps(placed)
