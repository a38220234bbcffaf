"""The figures of a benchmark say what its runs gave."""

import json

from hypothesis import given, strategies as st
import pytest

from .__main__ import NAMES
from .report import Compared, Figures, Goal, Report

HEALTHY = Figures.of([0.0, 2.0, 4.0])
SLOW = Figures.of([1.0, 3.0, 9.0])
REPORT = Report(
    benchmark="revoke",
    runs=3,
    repeated=1,
    goals=[],
    rows=[
        Compared(
            measure="last write",
            unit="ms",
            figures={"healthy": HEALTHY, "slow": SLOW},
        )
    ],
)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_a_share_of_the_runs_is_within_a_figure_and_no_smaller_one_would_do(
    values: list[float],
) -> None:
    figures = Figures.of(values)

    for share, figure in ((0.5, figures.p50), (0.99, figures.p99), (1, figures.max)):
        assert sum(value <= figure for value in values) >= share * len(values)
        assert sum(value < figure for value in values) < share * len(values)


def test_the_table_has_a_column_for_each_figure_and_the_ratios() -> None:
    *_, head, line = REPORT.as_table().splitlines()

    assert head.split()[-4:] == ["ratio", "p50", "ratio", "p99"]
    assert line.split() == [
        *("last", "write,", "ms"),
        *("2.000", "4.000", "4.000"),
        *("3.000", "9.000", "9.000"),
        *("1.50", "2.25"),
    ]


def test_machines_get_the_same_as_people() -> None:
    (row,) = json.loads(REPORT.as_json())["rows"]

    assert row["figures"]["slow"] == {"p50": 3.0, "p99": 9.0, "max": 9.0}
    assert row["ratios"] == {"p50": 1.5, "p99": 2.25}


def test_where_the_first_is_nothing_there_is_no_ratio() -> None:
    nothing = Figures.of([0.0])
    compared = Compared(
        measure="last write", unit="ms", figures={"healthy": nothing, "slow": SLOW}
    )

    assert compared.ratios == {"p50": None, "p99": None}


def test_of_several_conditions_the_last_is_compared_with_the_first() -> None:
    compared = Compared(
        measure="decisions",
        unit="decisions",
        figures={
            "10 shares": HEALTHY,
            "100 shares": Figures.of([7.0]),
            "200 shares": SLOW,
        },
    )

    assert compared.ratios == {"p50": 1.5, "p99": 2.25}


def test_measures_of_one_condition_stand_in_a_table_of_their_own() -> None:
    alone = Compared(measure="size", unit="bytes", figures={"large": SLOW})
    table = Report(
        benchmark="record", runs=1, goals=[], rows=[*REPORT.rows, alone]
    ).as_table()

    *_, head, line = table.splitlines()

    assert alone.ratios == {}
    assert head.split() == ["large", "p50", "large", "p99", "large", "max"]
    assert line.split() == ["size,", "bytes", "3", "9", "9"]


@pytest.mark.parametrize(("most", "is_met"), [(9.0, True), (8.9, False)])
def test_a_goal_is_met_up_to_its_figure(most: float, *, is_met: bool) -> None:
    goal = Goal(what="last write, p99", unit="ms", most=most, found=SLOW.p99)
    report = Report(benchmark="revoke", runs=3, goals=[goal], rows=REPORT.rows)

    assert report.as_table().endswith(f"{goal}\n")
    assert str(goal).startswith("met: " if is_met else "MISSED: ")
    (told,) = json.loads(report.as_json())["goals"]
    assert (told["found"], told["is_met"]) == (9.0, is_met)


@pytest.mark.parametrize("name", ["record", "revoke", "storm"])
def test_a_benchmark_is_known_by_its_module(name: str) -> None:
    assert name in NAMES
