"""The benchmark of the relay matches what it should, and notices a sender that does not work."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
import sys
from typing import Any

import pytest

from .relay.comparing import Line, Pace, Run, SenderBroken, line
from .relay.counterpart import Counterpart
from .relay.figures import goals, tables
from .relay.film import Film, read_film
from .relay.found import Again, Found, Sent, Window, arrivals
from .relay.pictures import key, keys
from .relay.receiver import Boxes, Chunked
from .relay.senders import FFMPEG, FFMPEG_LOW, OURS, Sender

SMALL = Film(width=320, height=180, rate=30, gop=15, bits=300_000, seconds=2)
SHORT = Pace(window=1.0, settle=0.2, late=0.5, lag=0.2, turns=1, patience=5)
BROKEN = Sender(
    name="ends at once",
    processes=lambda _route: [Counterpart([sys.executable, "-c", "pass"])],
)
SILENT = Sender(
    name="sends nothing",
    processes=lambda _route: [Counterpart([sys.executable, "-c", "input()"])],
)
WINDOW = Window(begin=10, end=20)


def _found(sender: Sender, streams: int = 14, **otherwise: Any) -> Found:
    """Return what a sender found that is twice as slow as ours should be at most, and as dear."""
    kept = [Again(after_opening=40, after_keyframe=900)]
    facts: dict[str, Any] = {
        "latencies": [100.0],
        "sent": 100,
        "lost": 0,
        "first": [900.0],
        "first_after_keyframe": [100.0],
        "cpu": 1.0,
        "pss": 100.0,
        "rss": 100.0,
        "lag": [],
        "opening_lag": [],
        **otherwise,
    }
    return Found(
        sender=sender.name,
        streams=streams,
        **facts,
        kept=kept if sender is OURS else [],
        new=[],
    )


def _missed(**otherwise: Any) -> list[str]:
    """Return the goals that ours misses, which keeps all of them but for what is given."""
    kept = {
        "latencies": [35.0],
        "cpu": 0.9,
        "pss": 40.0,
        "lag": [5.0],
        "opening_lag": [20.0],
    }
    slow = _found(FFMPEG, latencies=[120.0], cpu=2.0)
    found = [_found(OURS, **{**kept, **otherwise}), slow, _found(FFMPEG_LOW)]
    return [each.what for each in goals(found) if not each.is_met]


def test_who_keeps_all_that_is_promised_misses_no_goal() -> None:
    assert _missed() == []


@pytest.mark.parametrize(
    ("otherwise", "missed"),
    [
        ({"latencies": [36.0]}, "latency"),
        ({"cpu": 0.91}, "CPU"),
        ({"pss": 41.0}, "PSS"),
        ({"lag": [5.1]}, "loop lag p99"),
        ({"opening_lag": [20.1]}, "while opening"),
        ({"lost": 1}, "lost"),
        ({"first_after_keyframe": [101.0]}, "first picture"),
    ],
)
def test_what_falls_short_of_the_best_of_ffmpeg_misses_its_goal(
    otherwise: dict[str, Any], missed: str
) -> None:
    (what,) = _missed(**otherwise)

    assert missed in what


def test_a_table_gives_each_figure_and_its_ratio_to_the_best_of_ffmpeg() -> None:
    (table, _viewers) = tables(
        [_found(OURS, latencies=[35.0]), _found(FFMPEG), _found(FFMPEG_LOW)]
    )

    assert str(table.lines[OURS.name][0]) == "35.0 (0.35)"
    assert str(table.lines[FFMPEG_LOW.name][-1]) == "-"
    assert table.as_markdown().count("\n") == 4


def test_a_picture_that_comes_again_is_matched_with_the_last_time_it_was_sent() -> None:
    sent = Sent([("0", "a", 11.0), ("0", "b", 12.0), ("0", "a", 13.0)])
    assert sent.before("0", "a", 12.9) == 11.0
    assert sent.before("0", "a", 13.0) == 13.0
    assert sent.before("0", "a", 10.9) is None
    assert sent.before("1", "a", 13.0) is None


@pytest.mark.parametrize(
    ("received", "lost", "latencies"),
    [
        ([("0", "a", 11.5), ("0", "b", 12.25)], 0, [500.0, 250.0]),
        ([("0", "b", 12.25)], 1, [250.0]),
        ([], 2, []),
    ],
)
def test_what_was_sent_in_the_window_and_never_came_is_lost(
    received: Sequence[tuple[str, str, float]], lost: int, latencies: list[float]
) -> None:
    sent = Sent([("0", "z", 9.0), ("0", "a", 11.0), ("0", "b", 12.0), ("0", "c", 20.0)])

    found = arrivals(sent, received, begun=10, window=WINDOW)

    assert (found.sent, found.lost, found.latencies) == (2, lost, latencies)


def test_a_receiver_knows_pictures_however_they_are_cut_into_chunks_and_reads() -> None:
    slices = [bytes((0x65, number)) * 9 for number in range(3)]
    sample = b"".join(len(unit).to_bytes(4) + unit for unit in (b"\x67sps", *slices))
    boxes = b"".join(
        (8 + len(content)).to_bytes(4) + name + content
        for name, content in ((b"free", b""), (b"mdat", sample))
    )
    body = b"".join(
        b"%x\r\n%b\r\n" % (len(part), part)
        for part in (boxes[:13], boxes[13:40], boxes[40:])
    )
    for step in (1, 7, len(body)):
        chunked, found = Chunked(), Boxes()
        keys_found = [
            each
            for at in range(0, len(body), step)
            for each in found.feed(chunked.feed(body[at : at + step]))
        ]
        assert keys_found == [*map(key, slices)] == [*keys(sample)]


async def test_no_two_pictures_of_the_film_are_alike(tmp_path: Path) -> None:
    pictures = read_film(SMALL.make())

    assert len(pictures) == SMALL.rate * SMALL.seconds
    assert len({key(units[-1]) for units in pictures}) == len(pictures)


async def _measured(set_up: Line, sender: Sender) -> Found:
    async with Run(set_up, sender, 1) as run:
        return await run.measure()


async def test_a_small_run_gives_every_figure_and_notices_what_is_broken(
    tmp_path: Path,
) -> None:
    async with line(tmp_path, SMALL, SHORT) as set_up:
        ours, ffmpeg = [await _measured(set_up, each) for each in (OURS, FFMPEG)]
        with pytest.raises(SenderBroken, match="ended"):
            await _measured(set_up, BROKEN)
        impatient = replace(set_up, pace=replace(SHORT, patience=0.5))
        with pytest.raises(SenderBroken, match="arrived"):
            await _measured(impatient, SILENT)

    assert ours.kept
    assert ours.new
    assert ours.lag
    assert ours.idle_lag
    assert ours.opening_lag
    for found in (ours, ffmpeg):
        assert found.sent >= SMALL.rate - 1
        assert found.lost == 0
        assert min(found.latencies) > 0
        assert min(found.first) > 0
        assert min(found.cpu, found.pss, found.rss) > 0
