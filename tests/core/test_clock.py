"""Which clock is believed: by the record, by the clock that nobody sets, and by the word of a hub."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.clock import (
    ClockState,
    Doubt,
    advance,
    at_start,
    doubt,
    is_agreed,
    lead_of,
    reckon,
)

NOON: Final = datetime(2026, 11, 18, 12, tzinfo=UTC)
STEADY: Final = 5000.0
"""What the clock that nobody sets reads at noon."""

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

BELIEVED: Final = ClockState(
    newest=NOON, reckoned=lead_of(NOON, STEADY), begun=lead_of(NOON, STEADY)
)


@pytest.mark.parametrize(
    ("at", "newest", "why"),
    [
        (NOON, None, None),
        (NOON, NOON, None),
        (NOON, NOON + timedelta(seconds=5), None),
        (NOON, NOON + timedelta(seconds=6), Doubt.BEHIND),
        (NOON, NOON - 7 * DAY, None),
        (NOON, NOON - 8 * DAY, Doubt.LEAPED),
        (datetime(2036, 1, 1, tzinfo=UTC), NOON, Doubt.LEAPED),
        (datetime(1970, 1, 1, tzinfo=UTC), None, Doubt.TOO_EARLY),
        (datetime(1970, 1, 1, tzinfo=UTC), NOON, Doubt.TOO_EARLY),
    ],
)
def test_a_start_goes_by_the_newest_entry(
    at: datetime, newest: datetime | None, why: Doubt | None
) -> None:
    assert doubt(at, STEADY, at_start(newest, STEADY)) is why


@pytest.mark.parametrize(
    ("set_by", "why"),
    [
        (timedelta(0), None),
        (MINUTE, None),
        (MINUTE + timedelta(milliseconds=1), Doubt.LEAPED),
        (3650 * DAY, Doubt.LEAPED),
        (-2 * HOUR, Doubt.BEHIND),
    ],
)
def test_a_clock_that_was_believed_goes_by_the_one_that_nobody_sets(
    set_by: timedelta, why: Doubt | None
) -> None:
    later = NOON + HOUR
    known = replace(BELIEVED, newest=NOON)

    assert doubt(later + set_by, STEADY + 3600, known) is why


def test_a_clock_set_back_to_after_the_newest_entry_is_not_believed() -> None:
    assert doubt(NOON + HOUR, STEADY + 7200, BELIEVED) is Doubt.LEAPED


@pytest.mark.parametrize("set_by", [HOUR, 3650 * DAY])
def test_whoever_agrees_with_a_clock_that_leaped_is_believed(
    set_by: timedelta,
) -> None:
    leaped = NOON + set_by
    known = replace(BELIEVED, agreed=lead_of(leaped, STEADY))

    assert doubt(leaped, STEADY, known) is None
    assert is_agreed(leaped, STEADY, known)
    assert not is_agreed(NOON, STEADY, known)


def test_nobody_can_agree_with_what_is_over() -> None:
    back = NOON - HOUR
    known = replace(BELIEVED, agreed=lead_of(back, STEADY))

    assert doubt(back, STEADY, known) is Doubt.BEHIND


@given(
    set_by=st.timedeltas(min_value=-50 * 365 * DAY, max_value=500 * 365 * DAY),
    after=st.integers(min_value=0, max_value=10**6),
    since=st.integers(min_value=0, max_value=60),
)
def test_what_is_written_down_never_leaps_ahead(
    set_by: timedelta, after: int, since: int
) -> None:
    truth = NOON + timedelta(seconds=after)
    happened = truth + set_by - timedelta(seconds=since)

    written = reckon(happened, truth + set_by, STEADY + after, BELIEVED)

    assert written.at <= truth + MINUTE
    if not written.is_believed:
        assert written.at == truth - timedelta(seconds=since)


def test_a_start_whose_clock_is_not_believed_goes_on_from_the_newest_entry() -> None:
    known = at_start(NOON, STEADY)
    forged = datetime(2099, 1, 1, tzinfo=UTC)

    written = reckon(forged, forged, STEADY + 90, known)

    assert (written.at, written.is_believed) == (NOON + timedelta(seconds=90), False)


@pytest.mark.parametrize("agreed", [None, BELIEVED.reckoned], ids=["nobody", "a hub"])
def test_small_steps_add_up_until_somebody_agrees_anew(
    agreed: timedelta | None,
) -> None:
    known, steady, at = replace(BELIEVED, agreed=agreed), STEADY, NOON
    for _ in range(6):
        steady, at = steady + 10, at + timedelta(seconds=20)
        assert doubt(at, steady, known) is None
        known = advance(at, steady, known)
    steady, at = steady + 10, at + timedelta(seconds=20)

    assert doubt(at, steady, known) is Doubt.LEAPED
    assert not is_agreed(at, steady, known)

    known = replace(known, agreed=lead_of(at, steady))
    assert doubt(at, steady, advance(at, steady, known)) is None
