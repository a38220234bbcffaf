"""The record's benchmark runs, and measures all that it promises to."""

from pathlib import Path

from .asked import Asked
from .measures.record import measure
from .record.throughput import CALLERS


async def test_a_small_record_gives_every_figure_and_every_goal(tmp_path: Path) -> None:
    report = await measure(tmp_path, Asked(runs=2, entries=300), lambda _words: None)

    measured = {row.measure: row for row in report.rows}
    assert len(measured) == len(report.rows)
    for callers in CALLERS:
        called = f"{callers} caller" + ("s" if callers > 1 else "")
        rates = measured[f"{called}: appends in a second"].figures
        assert min(each.p50 for each in rates.values()) > 0
    for words in (
        "start",
        "file",
        "append",
        "inclusion",
        "consistency",
        "first page",
        "verify",
    ):
        assert any(measure.startswith(words) for measure in measured)
    assert [goal.most for goal in report.goals] == [200, 50, 10, 10, 15, 1.5]
    assert report.as_table()
