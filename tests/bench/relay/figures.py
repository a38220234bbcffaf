"""What was found, as tables beside ffmpeg's best, and as goals."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tests.bench.report import Cell, Figures, Goal, Table, share_of

from .found import Again, Found
from .senders import FFMPEGS, OURS

_LATENCY: Final = "latency p50, ms"
_CPU: Final = "CPU, s a stream-minute"
_PSS: Final = "PSS, MB"
_COLUMNS: Final[dict[str, Callable[[Found], float | None]]] = {
    _LATENCY: lambda found: share_of(found.latencies, 0.5),
    "p90": lambda found: share_of(found.latencies, 0.9),
    "p99": lambda found: share_of(found.latencies, 0.99),
    "first picture, ms": lambda found: share_of(found.first, 0.5),
    "after its keyframe": lambda found: share_of(found.first_after_keyframe, 0.5),
    _CPU: lambda found: found.cpu,
    _PSS: lambda found: found.pss,
    "RSS, MB": lambda found: found.rss,
    "lost, %": lambda found: 100 * found.lost / max(1, found.sent),
    "loop lag p99, ms": lambda found: share_of(found.lag, 0.99),
    "of an idle loop": lambda found: share_of(found.idle_lag, 0.99),
    "while opening": lambda found: share_of(found.opening_lag, 0.99),
}
_WITHOUT_RATIO: Final = (
    "lost, %",
    "loop lag p99, ms",
    "of an idle loop",
    "while opening",
)

_MOST_LATENCY: Final = 0.35
_MOST_CPU: Final = {1: 1.5, 14: 0.9}
_MOST_MEMORY: Final = {14: 0.4}
_MOST_LAG: Final = 5
_MOST_OPENING_LAG: Final = 20
_MOST_FIRST: Final = 100


def tables(found: Sequence[Found]) -> Iterator[Table]:
    """Yield one table for each number of streams, a line a sender, and one of more viewers."""
    for streams, group in _by_streams(found):
        best = _best(group)
        yield Table(
            title=f"{streams} stream{'s' if streams > 1 else ''}",
            columns=list(_COLUMNS),
            lines={each.sender: _cells(each, best) for each in group},
        )
    lines = {
        f"{each.sender}: {words}": [_cell(after) for after in _both(turns)]
        for each in found
        for words, turns in (
            ("a keyframe of its opening is at hand", each.kept),
            ("it opened just now", each.new),
        )
        if turns
    }
    if lines:
        columns = ["first picture after opening, ms, max", "after its keyframe, max"]
        yield Table(
            title="One more viewer of a camera that is connected",
            columns=columns,
            lines=lines,
        )


def goals(found: Sequence[Found]) -> Iterator[Goal]:
    """Yield what is promised, as our own process kept it."""
    for streams, group in _by_streams(found):
        best = _best(group)
        ours = next((each for each in group if each.sender == OURS.name), None)
        if ours is None:
            continue
        for column, most in (
            (_LATENCY, _MOST_LATENCY),
            (_CPU, _MOST_CPU.get(streams)),
            (_PSS, _MOST_MEMORY.get(streams)),
        ):
            if most is not None and best.get(column):
                yield Goal(
                    what=f"{streams}: {column}, by ffmpeg's best",
                    unit="",
                    most=most,
                    found=(_COLUMNS[column](ours) or 0.0) / best[column],
                )
        yield from _own(ours)


def _own(ours: Found) -> Iterator[Goal]:
    """Yield what is promised whatever others do."""
    pictures = {
        "first picture after its keyframe": ours.first_after_keyframe,
        "one more viewer's first picture, a keyframe of its opening at hand": [
            each.after_opening for each in ours.kept
        ],
        "one more viewer's first picture after its keyframe": [
            each.after_keyframe for each in ours.new
        ],
    }
    lags = {
        "loop lag p99": (ours.lag, _MOST_LAG),
        "loop lag p99 while opening": (ours.opening_lag, _MOST_OPENING_LAG),
    }
    yield Goal(what=f"{ours.streams}: lost", unit="pictures", most=0, found=ours.lost)
    for what, values in pictures.items():
        if values:
            yield Goal(
                what=f"{ours.streams}: {what}, max",
                unit="ms",
                most=_MOST_FIRST,
                found=max(values),
            )
    for what, (values, most) in lags.items():
        if values:
            yield Goal(
                what=f"{ours.streams}: {what}",
                unit="ms",
                most=most,
                found=Figures.of(values).p99,
            )


def _by_streams(found: Sequence[Found]) -> Iterator[tuple[int, list[Found]]]:
    for streams in sorted({each.streams for each in found}):
        yield streams, [each for each in found if each.streams == streams]


def _best(group: Sequence[Found]) -> dict[str, float]:
    """Return the smaller of each of ffmpeg's figures."""
    names = {each.name for each in FFMPEGS}
    ffmpegs = [each for each in group if each.sender in names]
    return {
        column: min(values)
        for column, value in _COLUMNS.items()
        if (values := [got for each in ffmpegs if (got := value(each)) is not None])
        and column not in _WITHOUT_RATIO
    }


def _cells(each: Found, best: dict[str, float]) -> list[Cell]:
    return [_cell(value(each), best.get(column)) for column, value in _COLUMNS.items()]


def _cell(value: float | None, best: float | None = None) -> Cell:
    ratio = value / best if value is not None and best else None
    return Cell(value=value, ratio=ratio)


def _both(turns: Sequence[Again]) -> tuple[float, float]:
    return (
        max(each.after_opening for each in turns),
        max(each.after_keyframe for each in turns),
    )
