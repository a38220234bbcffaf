"""What is missing is asked for until it comes or is given up."""

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.rtp.missing import (
    AGAIN_SECONDS,
    GIVE_UP_SECONDS,
    MOST_MISSING,
    MissingPackets,
)

FIRSTS = st.integers(0, 2**16 - 1)


def fed(missing: MissingPackets, *sequences: int, at: float = 0.0) -> list[int]:
    return [
        number
        for sequence in sequences
        for number in missing.received(sequence % 2**16, at)
    ]


def all_due(missing: MissingPackets) -> list[tuple[float, list[int]]]:
    """Ask whenever it is time, until everything is given up."""
    asked = []
    while (at := missing.due_at) is not None:
        asked.append((at, missing.due(at)))
    return asked


@given(first=FIRSTS, count=st.integers(1, 700))
def test_in_order_nothing_is_missing(first: int, count: int) -> None:
    missing = MissingPackets()

    assert fed(missing, *range(first, first + count)) == []
    assert missing.due_at is None
    assert missing.due(1e9) == []


@given(first=FIRSTS, length=st.integers(1, MOST_MISSING))
def test_a_gap_is_asked_for_at_once_and_in_order(first: int, length: int) -> None:
    missing = MissingPackets()
    gap = [(first + 1 + number) % 2**16 for number in range(length)]

    assert fed(missing, first, first + length + 1) == gap
    assert missing.due_at == AGAIN_SECONDS


def test_what_does_not_come_is_asked_for_again_and_again_and_then_given_up() -> None:
    missing = MissingPackets()
    fed(missing, 1, 4, at=100.0)
    asked = all_due(missing)

    assert [round(at - 100.0, 3) for at, _ in asked] == [0.04, 0.08, 0.12, 0.16, 0.2]
    assert [again for _, again in asked] == [[2, 3]] * 4 + [[]]


def test_nothing_is_asked_for_again_too_early() -> None:
    missing = MissingPackets()
    fed(missing, 1, 3, at=5.0)

    assert missing.due(5.0 + AGAIN_SECONDS / 2) == []
    assert missing.due(5.0 + AGAIN_SECONDS) == [2]
    assert missing.due(5.0 + AGAIN_SECONDS * 1.5) == []


def test_each_gap_has_its_own_time() -> None:
    missing = MissingPackets()
    fed(missing, 1, 3, at=0.0)
    fed(missing, 5, at=0.03)

    assert missing.due(0.04) == [2]
    assert missing.due_at == 0.03 + AGAIN_SECONDS
    assert missing.due(0.07) == [4]
    assert missing.due_at == 0.08


def test_whoever_asks_too_late_does_not_ask_for_what_nobody_waits_for() -> None:
    missing = MissingPackets()
    fed(missing, 1, 3, at=0.0)
    fed(missing, 5, at=0.1)

    assert missing.due(0.25) == [4]


def test_what_comes_late_is_asked_for_no_more() -> None:
    missing = MissingPackets()
    fed(missing, 65533, 2)

    assert fed(missing, 65535, 0, 0) == []
    assert missing.due(AGAIN_SECONDS) == [65534, 1]


def test_twice_the_same_is_nothing_new() -> None:
    assert fed(MissingPackets(), 1, 2, 2, 1, 3) == []


@pytest.mark.parametrize("step", [MOST_MISSING + 2, 2**15, -MOST_MISSING, -(2**15) + 2])
def test_a_jump_begins_anew_and_asks_for_nothing(step: int) -> None:
    missing = MissingPackets()
    fed(missing, 30000, 30003)

    assert fed(missing, 30003 + step, 30004 + step) == []
    assert missing.due_at is None
    assert fed(missing, 30006 + step) == [(30005 + step) % 2**16]


def test_of_too_many_the_ones_asked_for_longest_ago_are_given_up() -> None:
    missing = MissingPackets()
    fed(missing, 0, 301, at=0.0)
    fed(missing, 602, at=0.01)

    assert missing.due(0.05) == [*range(89, 301), *range(302, 602)]


@given(
    steps=st.lists(
        st.tuples(
            st.one_of(FIRSTS, st.integers(0, 40), st.integers(60, 1200)),
            st.floats(0, 0.1),
        ),
        max_size=150,
    )
)
def test_whatever_comes_little_is_asked_for_and_nothing_that_is_there(
    steps: list[tuple[int, float]],
) -> None:
    missing, at, since = MissingPackets(), 0.0, dict[int, float]()
    for sequence, wait in steps:
        at += wait
        found = missing.received(sequence, at)
        since = {each: when for each, when in since.items() if each != sequence}
        since |= dict.fromkeys(found, at)
        again = missing.due(at)

        assert sequence not in found + again
        assert len(found) <= MOST_MISSING
        assert len(again) == len(set(again)) <= MOST_MISSING
        assert all(at - since[each] < GIVE_UP_SECONDS for each in again)
    assert len(missing.due(at + AGAIN_SECONDS)) <= MOST_MISSING
    assert all(again == [] or at > 0 for at, again in all_due(missing))
    assert missing.due_at is None
