"""The benchmark of lines runs over a line, and what does not arrive misses a goal."""

from dataclasses import replace

from tests.reference_hub import Authority
from tests.relay.scene import STILL_4K

from .measures.line import Arrived, Case, over, report

FAST = Case("short", replace(STILL_4K, group=5), 100)
SLOW = replace(FAST, megabits=1)


async def test_pictures_over_a_fast_line_all_arrive_and_none_before_its_time(
    authority: Authority,
) -> None:
    arrived = await over(authority, FAST, 2)

    found = report({FAST: arrived}, 2)
    assert arrived.lost == 0
    assert min(arrived.took) >= 0.02
    assert [goal.is_met for goal in found.goals] == [True]
    assert str(FAST) in found.as_table()


def test_a_picture_that_is_lost_or_late_misses_a_goal() -> None:
    lossy, late = Arrived(2, [0.1]), Arrived(2, [0.1, 60.0])

    found = report({FAST: lossy, SLOW: late}, 1)

    assert [goal.is_met for goal in found.goals] == [False, False]
