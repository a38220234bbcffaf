"""No camera takes more of the loop than its share, and one that costs much is read in small parts."""

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.relay.sources.budget import (
    MOST_BYTES,
    SHARE,
    LoopBudget,
)

AHEAD = 0.1


@given(costs=st.lists(st.floats(0, 0.05), min_size=1, max_size=60))
def test_whatever_comes_a_camera_takes_no_more_than_its_share(
    costs: list[float],
) -> None:
    budget, at = LoopBudget(), 100.0
    for cost in costs:
        at += budget.overdrawn(at)
        budget.take(cost)
        at += cost
        budget.overdrawn(at)

    assert sum(costs) <= SHARE * (at - 100.0) + AHEAD + max(costs) + 1e-6


def test_what_costs_little_never_waits_and_is_read_at_once() -> None:
    budget = LoopBudget()
    for turn in range(1000):
        assert not budget.overdrawn(turn / 1000)
        budget.take(SHARE / 1100)
        assert budget.bytes_at_once == MOST_BYTES


def test_what_costs_much_is_read_in_small_parts_until_it_costs_little() -> None:
    budget = LoopBudget()
    for _ in range(100):
        budget.take(0.05)
    assert 0 < budget.bytes_at_once < MOST_BYTES / 16

    for _ in range(100):
        budget.take(0.0001)
    assert budget.bytes_at_once == MOST_BYTES


def test_after_a_pause_a_camera_is_read_on() -> None:
    budget = LoopBudget()
    budget.overdrawn(5.0)
    budget.take(1.0)
    pause = budget.overdrawn(5.0)

    assert pause > 0
    assert budget.overdrawn(5.0 + pause) == pytest.approx(0)
