"""The 32 bits of RTP timestamps are continued beyond their end."""

from hypothesis import given, strategies as st

from custom_components.latchstring.relay.rtp.clock import TimestampUnwrapper


@given(
    first=st.integers(0, 2**32 - 1),
    steps=st.lists(st.integers(-(2**31), 2**31 - 1)),
)
def test_steps_of_less_than_half_a_turn_are_counted_both_ways(
    first: int, steps: list[int]
) -> None:
    clock, expected = TimestampUnwrapper(), first
    assert clock.unwrap(first) == first

    for step in steps:
        expected += step
        assert clock.unwrap(expected % 2**32) == expected


def test_a_picture_shown_before_the_first_one_is_no_turn_ahead() -> None:
    clock = TimestampUnwrapper()

    assert [clock.unwrap(each) for each in (10, 2**32 - 10, 10)] == [10, -10, 10]
