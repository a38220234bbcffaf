"""A week of opening hours holds at the times of day it names, whatever the clocks do."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given, strategies as st
import pytest

from custom_components.latchstring.core.model import Window
from custom_components.latchstring.core.schedule import Hours, windows_of

JACKSON = ZoneInfo("America/Chicago")
SANTIAGO = ZoneInfo("America/Santiago")
"""Its clocks leap at midnight."""

SPRING = date(2027, 3, 14)
AUTUMN = date(2026, 11, 1)
MONDAY = date(2026, 11, 23)
NEVER: Sequence[Hours] = ()

type Week = Sequence[Sequence[Hours]]


def every_day(*hours: Hours) -> Week:
    return [hours] * 7


def on_days(hours: dict[int, Sequence[Hours]]) -> Week:
    """A week with hours on these days (0: Monday) and none on the others."""
    return [hours.get(day, NEVER) for day in range(7)]


def at(day: date, of_day: str, zone: ZoneInfo = JACKSON) -> datetime:
    return datetime.combine(day, time.fromisoformat(of_day), zone).astimezone(UTC)


def hours(start: str, end: str) -> Hours:
    until = time.max if end == "24:00" else time.fromisoformat(end)
    return time.fromisoformat(start), until


def windows(
    week: Week, day: date, *, zone: ZoneInfo = JACKSON, days: int = 1
) -> list[Window]:
    """Those that end on this day or later, as seen from its noon."""
    noon = at(day, "12:00", zone)
    midnight = at(day, "00:00", zone)
    found = windows_of(week, zone=zone, at=noon, days=days)
    return [window for window in found if window.end > midnight]


def window(start: datetime, end: datetime) -> Window:
    return Window(start=start, end=end)


def test_an_empty_week_never_opens() -> None:
    assert windows_of(every_day(), zone=JACKSON, at=at(MONDAY, "12:00"), days=8) == ()


def test_hours_are_hours_of_the_house_s_own_zone() -> None:
    week = on_days({0: [hours("08:00", "17:30")]})

    assert windows(week, MONDAY) == [
        window(at(MONDAY, "08:00"), at(MONDAY, "17:30")),
    ]


def test_a_night_is_one_window() -> None:
    week = on_days({0: [hours("22:00", "24:00")], 1: [hours("00:00", "06:00")]})
    tuesday = MONDAY + timedelta(days=1)

    assert windows(week, MONDAY) == [window(at(MONDAY, "22:00"), at(tuesday, "06:00"))]


def test_a_night_that_began_yesterday_is_known_whole() -> None:
    week = on_days({6: [hours("22:00", "24:00")], 0: [hours("00:00", "06:00")]})
    sunday = MONDAY - timedelta(days=1)

    found = windows_of(week, zone=JACKSON, at=at(MONDAY, "01:00"), days=1)

    assert window(at(sunday, "22:00"), at(MONDAY, "06:00")) in found


def test_hours_that_touch_are_one_window_and_hours_apart_are_two() -> None:
    touching = on_days({0: [hours("08:00", "10:00"), hours("10:00", "12:00")]})
    apart = on_days({0: [hours("08:00", "10:00"), hours("10:01", "12:00")]})

    assert len(windows(touching, MONDAY)) == 1
    assert len(windows(apart, MONDAY)) == 2


def test_all_day_every_day_is_one_window_without_a_gap() -> None:
    week = every_day(hours("00:00", "24:00"))

    (only,) = windows(week, MONDAY, days=7)

    assert only.end - only.start > timedelta(days=7)


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        (("01:00", "04:00"), "01:00", "04:00"),
        (("01:30", "02:30"), "01:30", "03:00"),
        (("02:30", "04:00"), "03:30", "04:00"),
    ],
    ids=["around", "into", "out of"],
)
def test_hours_around_the_lost_hour_end_no_later_than_the_clock_says(
    said: tuple[str, str], start: str, end: str
) -> None:
    week = on_days({SPRING.weekday(): [hours(*said)]})

    assert windows(week, SPRING) == [window(at(SPRING, start), at(SPRING, end))]


@pytest.mark.parametrize(
    "said", [("02:00", "03:00"), ("02:15", "02:45"), ("02:30", "03:15")]
)
def test_hours_that_the_clocks_leap_over_do_not_come(said: tuple[str, str]) -> None:
    week = on_days({SPRING.weekday(): [hours(*said)]})

    assert windows(week, SPRING) == []


@pytest.mark.parametrize(
    ("said", "length"),
    [
        (("00:30", "03:00"), timedelta(hours=3, minutes=30)),
        (("00:30", "01:30"), timedelta(hours=1)),
        (("01:15", "01:45"), timedelta(minutes=30)),
        (("01:30", "02:30"), timedelta(hours=2)),
    ],
    ids=["around", "into", "within", "out of"],
)
def test_hours_of_the_hour_that_comes_twice_begin_and_end_the_first_time(
    said: tuple[str, str], length: timedelta
) -> None:
    week = on_days({AUTUMN.weekday(): [hours(*said)]})

    (only,) = windows(week, AUTUMN)

    assert only.start == at(AUTUMN, said[0])
    assert only.end - only.start == length


def test_a_day_that_begins_at_one_o_clock_ends_the_day_before_at_its_midnight() -> None:
    leap = date(2026, 9, 6)
    saturday = leap - timedelta(days=1)
    assert at(leap, "00:00", SANTIAGO) == at(leap, "01:00", SANTIAGO)
    week = on_days({saturday.weekday(): [hours("20:00", "24:00")]})

    (only,) = windows(week, saturday, zone=SANTIAGO)

    assert only.end - only.start == timedelta(hours=4)


quarters = st.integers(0, 95).map(lambda each: time(each // 4, each % 4 * 15))


@st.composite
def days(draw: st.DrawFn) -> Sequence[Hours]:
    """One day's hours, as Home Assistant lets an owner set them: in order, and none into another."""
    edges = sorted(draw(st.sets(quarters | st.just(time.max), max_size=6)))
    return list(zip(edges[::2], edges[1::2], strict=False))


weeks = st.lists(days(), min_size=7, max_size=7)
zones = st.sampled_from(
    [JACKSON, SANTIAGO, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]
)
moments = st.integers(0, 2 * 365 * 24 * 4).map(
    lambda quarter: (
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter, seconds=1)
    )
)


def says(week: Week, moment: datetime, zone: ZoneInfo) -> bool:
    """Say whether a clock on the wall reads a time of the week's."""
    local = moment.astimezone(zone)
    reads = local.time()
    return any(start <= reads < end for start, end in week[local.weekday()])


@given(weeks, zones, moments)
def test_between_two_changes_of_the_clocks_it_holds_as_the_clock_on_the_wall_says(
    week: Week, zone: ZoneInfo, moment: datetime
) -> None:
    offsets = {
        (moment + timedelta(hours=each)).astimezone(zone).utcoffset()
        for each in range(-26, 27)
    }
    assume(len(offsets) == 1)

    found = windows_of(week, zone=zone, at=moment, days=1)

    assert any(each.holds(moment) for each in found) == says(week, moment, zone)


@given(weeks, zones, moments)
def test_it_never_holds_when_the_clock_says_another_time_unless_that_comes_twice(
    week: Week, zone: ZoneInfo, moment: datetime
) -> None:
    found = windows_of(week, zone=zone, at=moment, days=1)

    if any(each.holds(moment) for each in found):
        assert says(week, moment, zone) or moment.astimezone(zone).fold


@given(weeks, zones, moments)
def test_windows_come_in_order_and_never_touch(
    week: Week, zone: ZoneInfo, moment: datetime
) -> None:
    found = windows_of(week, zone=zone, at=moment, days=8)

    for each in found:
        assert each.start < each.end
    for before, after in pairwise(found):
        assert before.end < after.start
