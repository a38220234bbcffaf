"""The benchmark of the storm runs on real parts; and what a home should not do misses a goal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from .asked import Asked
from .measures.storm import measure
from .storm.figures import Found, goals
from .storm.home import Size
from .storm.loading import HALVES, HUB, PLAIN
from .storm.turns import SESSIONS, STORMS, Turned

SMALL = Size(hubs=1, shares=10)
LARGE = Size(hubs=20, shares=100)
AFTER_VIDEO = -20.0


def _counts(shares: int, **otherwise: Any) -> dict[str, Any]:
    return {
        "events": shares,
        "decisions": 3 * shares,
        "writes": shares,
        "most_writes": 1,
        "took": 0.5 * shares,
        "worked": 0.2 * shares,
        "held": 20.0,
        "busy": 20.0,
        "collected": 5.0,
        "cuts": [2.0, 3.0],
        "cut_work": [1.0, 2.0],
        "unshown": 0,
        "logged": 0,
        "first_logged": [],
        **otherwise,
    }


def _missed(
    *,
    turned: Mapping[str, Any] | None = None,
    loaded: Mapping[str, Any] | None = None,
    last_write: float = AFTER_VIDEO,
) -> list[str]:
    """Return the goals that are missed in a home that does all as it should, and at its largest what is given."""
    found = Found()
    for size, otherwise in ((SMALL, {}), (LARGE, turned or {})):
        counts = _counts(size.all_shares, **otherwise)
        cut = Turned(counts=counts, last_writes=dict.fromkeys(SESSIONS, last_write))
        found.add(size, [{"guests come": cut}])
        found.rest[size] = [counts]
    for name, otherwise in ((PLAIN, {}), (HUB, loaded or {})):
        found.loads[name] = [{half: _counts(100, **otherwise) for half in HALVES}]
    return [each.what for each in goals(found, found.rows()) if not each.is_met]


def test_a_home_that_does_all_as_it_should_misses_no_goal() -> None:
    assert _missed() == []


@pytest.mark.parametrize(
    ("turned", "missed"),
    [
        ({"cuts": [2.0, 51.0]}, "cut after"),
        ({"cuts": [2.0]}, "cut after"),
        ({"cut_work": [2.0, 51.0]}, "is cut"),
        ({"events": 6001}, "events by share"),
        ({"held": 101.0}, "the loop is held"),
        ({"busy": 101.0}, "the loop works"),
        ({"decisions": 10_000}, "of decisions"),
        ({"writes": 3_000}, "of state writes"),
        ({"worked": 600.0}, "of work until"),
        ({"took": 2_000.0}, "of time until"),
        ({"unshown": 1}, "never shown"),
        ({"logged": 1}, "logged"),
    ],
)
def test_what_goes_wrong_when_everything_turns_misses_its_goal(
    turned: Mapping[str, Any], missed: str
) -> None:
    (what,) = _missed(turned=turned)

    assert missed in what


@pytest.mark.parametrize(
    ("loaded", "missed"),
    [
        ({"took": 151.0}, ["it takes"]),
        ({"worked": 121.0}, ["work until"]),
        ({"most_writes": 2}, ["load: written", "unload: written"]),
        ({"logged": 1}, ["logged"]),
    ],
)
def test_what_goes_wrong_when_a_hub_is_loaded_misses_its_goal(
    loaded: Mapping[str, Any], missed: list[str]
) -> None:
    found = _missed(loaded=loaded)

    assert all(words in what for words, what in zip(missed, found, strict=True)), found


def test_bytes_that_are_written_late_miss_the_goals_of_both_sessions() -> None:
    missed = _missed(last_write=51.0)

    assert len(missed) == len(SESSIONS)
    assert all("last write" in what for what in missed)


@pytest.mark.real_camera
async def test_a_small_storm_gives_every_figure(tmp_path: Path) -> None:
    report = await measure(tmp_path, Asked(runs=1, shares=10), lambda _words: None)

    measured = {row.measure: row.figures for row in report.rows}
    assert len(measured) == len(report.rows)
    for turn in (turn for storm in STORMS for turn in storm.turns):
        for words in ("fired", "made", "written"):
            assert measured[f"{turn.words}: {words}"][str(SMALL)].max >= 10
        if turn.cuts:
            cut = measured[f"{turn.words}: the last upload is cut after"]
            assert cut[str(SMALL)].max > 0
    for half in HALVES:
        written = measured[f"{half}: written"]
        assert min(written[PLAIN].max, written[HUB].max) >= 60
    assert report.as_table()
