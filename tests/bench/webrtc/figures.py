"""What was found, as tables beside aiortc as it is, and as goals."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.bench.report import Cell, Goal, Table, share_of

BASE: Final = "aiortc"
MOST_CPU: Final = 1.2
MOST_LATENCY: Final = 5.0
MOST_LATER: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one receiver did with so many streams; times are milliseconds."""

    receiver: str
    is_ours: bool
    streams: int
    latencies: Sequence[float]
    """From when the last packet was about to leave the camera."""
    handed_on: Sequence[float]
    """From when the camera's encoder had the picture."""
    lost: int
    first: Sequence[float]
    """From when it was told to open, one an opening."""
    later: Sequence[float] = field(default_factory=list)
    """Of viewers who came while the stream was open."""
    cpu: float
    """Seconds by stream and minute."""
    rss: float


_COLUMNS: Final[dict[str, Callable[[Found], float | None]]] = {
    "latency p50, ms": lambda found: share_of(found.latencies, 0.5),
    "p99": lambda found: share_of(found.latencies, 0.99),
    "handed on p50, ms": lambda found: share_of(found.handed_on, 0.5),
    "p99 ": lambda found: share_of(found.handed_on, 0.99),
    "CPU, s a stream-minute": lambda found: found.cpu,
    "first picture p50, ms": lambda found: share_of(found.first, 0.5),
    "max": lambda found: max(found.first),
    "who comes later p50, ms": lambda found: share_of(found.later, 0.5),
    "max ": lambda found: max(found.later, default=None),
    "RSS, MB": lambda found: found.rss,
    "lost": lambda found: found.lost,
}
_WITH_RATIO: Final = ("latency p50, ms", "CPU, s a stream-minute", "RSS, MB")


def tables(found: Sequence[Found]) -> Iterator[Table]:
    """Yield one table for each number of streams, a line a receiver."""
    for streams in sorted({each.streams for each in found}):
        group = [each for each in found if each.streams == streams]
        base = next((each for each in group if each.receiver == BASE), None)
        yield Table(
            title=f"{streams} stream{'s' if streams > 1 else ''}",
            columns=[*map(str.strip, _COLUMNS)],
            lines={each.receiver: _cells(each, base) for each in group},
        )


def goals(found: Sequence[Found]) -> Iterator[Goal]:
    """Yield what is promised, as each of ours kept it."""
    for each in found:
        if not each.is_ours:
            continue
        words = f"{each.streams}: {each.receiver}"
        yield Goal(
            what=f"{words}: CPU",
            unit="s a stream-minute",
            most=MOST_CPU,
            found=each.cpu,
        )
        for what, unit, most, value in (
            ("latency p50", "ms", MOST_LATENCY, share_of(each.latencies, 0.5)),
            ("who comes later, max", "ms", MOST_LATER, max(each.later, default=None)),
            ("lost", "pictures", 0, float(each.lost)),
        ):
            if value is not None:
                yield Goal(what=f"{words}: {what}", unit=unit, most=most, found=value)


def _cells(each: Found, base: Found | None) -> list[Cell]:
    return [_cell(name, each, base) for name in _COLUMNS]


def _cell(name: str, each: Found, base: Found | None) -> Cell:
    value = _COLUMNS[name](each)
    beside = _COLUMNS[name](base) if base is not None and name in _WITH_RATIO else None
    return Cell(value=value, ratio=value / beside if value and beside else None)
