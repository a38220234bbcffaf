"""The benchmark of the WebRTC peer runs, and notices what falls short."""

from dataclasses import replace
from typing import Any

import pytest

from .relay.film import Film
from .webrtc.comparing import AIORTC, ENCODED, OURS, OURS_CM, Pace, Receiver, measured
from .webrtc.figures import Found, goals, tables

SMALL = Film(width=320, height=180, rate=30, gop=15, bits=300_000, seconds=2)
SHORT = Pace(window=1.0, idle=0.2, settle=0.2, openings=1, viewers=2)
KEPT = Found(
    receiver=OURS.name,
    is_ours=True,
    streams=1,
    latencies=[5.0],
    handed_on=[6.0],
    lost=0,
    first=[100.0],
    later=[300.0],
    cpu=1.2,
    rss=100.0,
)


@pytest.mark.parametrize("receiver", [OURS, OURS_CM, AIORTC, ENCODED])
async def test_a_small_run_gives_every_figure(receiver: Receiver) -> None:
    found = await measured(SMALL, receiver, 1, SHORT)

    assert len(found.latencies) >= SMALL.rate // 2
    assert found.lost == 0
    assert 0 < min(found.latencies) <= min(found.handed_on)
    assert min(found.first) > 0
    assert len(found.first) == SHORT.openings + 1
    assert len(found.later) == (SHORT.viewers if receiver.is_ours else 0)
    assert found.rss > 0


async def test_several_streams_are_told_apart() -> None:
    found = await measured(SMALL, OURS, 2, SHORT)

    assert len(found.latencies) >= SMALL.rate
    assert found.lost == 0


@pytest.mark.parametrize(
    ("otherwise", "missed"),
    [
        ({}, []),
        ({"cpu": 1.21}, ["CPU"]),
        ({"latencies": [5.1]}, ["latency"]),
        ({"later": [10.0, 301.0]}, ["who comes later"]),
        ({"lost": 1}, ["lost"]),
    ],
)
def test_what_falls_short_misses_its_goal(
    otherwise: dict[str, Any], missed: list[str]
) -> None:
    found = replace(KEPT, **otherwise)

    found_missed = [each.what for each in goals([found]) if not each.is_met]
    assert [
        words in what for words, what in zip(missed, found_missed, strict=True)
    ] == [True for _ in missed]


def test_a_table_gives_the_ratio_to_aiortc_as_it_is() -> None:
    theirs = replace(
        KEPT, receiver=AIORTC.name, is_ours=False, later=[], cpu=4.8, latencies=[20.0]
    )

    (table,) = tables([KEPT, theirs])
    assert str(table.lines[OURS.name][0]) == "5.00 (0.25)"
    assert str(table.lines[AIORTC.name][8]) == "-"
    assert [each.what for each in goals([theirs])] == []
