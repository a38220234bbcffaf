"""What was counted, as figures and goals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from tests.bench.report import Compared, Figures, Goal

from .home import Size
from .loading import HALVES, HUB, PLAIN, Reload
from .turns import SESSIONS, Counts, Turned

COUNTED: Final = {
    "events": ("fired", "events"),
    "decisions": ("made", "decisions"),
    "writes": ("written", "states"),
    "took": ("all is shown after", "ms"),
    "worked": ("work until then", "ms"),
    "held": ("the loop is held at most", "ms"),
    "busy": ("the loop works at a time at most", "ms"),
    "collected": ("garbage is collected at a time at most", "ms"),
}
"""What is counted of every turn, in words and by its unit."""

LOADED: Final = {
    "took": ("it takes", "ms"),
    "worked": ("work until all is written", "ms"),
    "held": ("the loop is held at most", "ms"),
    "collected": ("garbage is collected at a time at most", "ms"),
    "decisions": ("made", "decisions"),
    "writes": ("written", "states"),
    "most_writes": ("written of one entity of a share at most", "states"),
}
"""What is counted of loading, and of unloading."""

GROWS: Final = {
    "decisions": ("decisions", 1.5),
    "writes": ("state writes", 1.25),
    "worked": ("work until all is shown", 1.25),
    "took": ("time until all is shown", 1.5),
}
"""What must not grow faster than the shares, and how much faster it may seem.

The machine has other work; and the longer it takes, the more often every hub looks at all its shares, as every ten
seconds.
"""

REST: Final = "at rest"

CUTS: Final = {
    "cuts": "the last upload is cut after",
    "cut_work": "work until the last upload is cut",
}
"""What is counted of the cuts, where a turn cuts."""

type Rows = Mapping[tuple[str, str], Compared]
"""Figures by what they are of, and what of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was counted: of each turn by size, at rest by size, and of the reloads."""

    turns: dict[str, dict[Size, list[Turned]]] = field(default_factory=dict)
    rest: dict[Size, list[Counts]] = field(default_factory=dict)
    loads: dict[str, list[Reload]] = field(default_factory=dict)

    def add(self, size: Size, runs: Sequence[Mapping[str, Turned]]) -> None:
        """Keep what was counted of each turn."""
        for turn in runs[0]:
            by_size = self.turns.setdefault(turn, {})
            by_size[size] = [each[turn] for each in runs]

    @property
    def smallest(self) -> Size:
        """Return the size the home began with."""
        return next(iter(self.rest))

    @property
    def largest(self) -> Size:
        """Return the size it had in the end."""
        return next(reversed(self.rest))

    def everything(self) -> Iterator[Counts]:
        """Return the counts of all that was done with the shares, one after the other."""
        for by_size in self.turns.values():
            for runs in by_size.values():
                yield from (each.counts for each in runs)
        for rest in self.rest.values():
            yield from rest
        for reloaded in self.loads[HUB]:
            yield from reloaded.values()

    def logged(self) -> list[str]:
        """Return what was logged, each once."""
        logged = (each["first_logged"] for each in self.everything())
        return sorted(set(chain.from_iterable(logged)))

    def rows(self) -> Rows:
        """Return everything as figures."""
        return {
            **dict(self._counted()),
            **dict(self._cut()),
            **dict(self._at_rest()),
            **dict(self._loaded()),
        }

    def _counted(self) -> Iterator[tuple[tuple[str, str], Compared]]:
        for turn, by_size in self.turns.items():
            for what, (words, unit) in COUNTED.items():
                found = {
                    str(size): [each.counts[what] for each in runs]
                    for size, runs in by_size.items()
                }
                yield (turn, what), _row(f"{turn}: {words}", unit, found)

    def _cut(self) -> Iterator[tuple[tuple[str, str], Compared]]:
        """Yield when the uploads were cut and last written to, and how long they were silent before the change."""
        for turn, by_size in self.turns.items():
            sessions = by_size[self.largest][0].last_writes
            for what, words in CUTS.items() if sessions else ():
                cut = {
                    str(size): [each.cut(what) for each in runs]
                    for size, runs in by_size.items()
                }
                yield (turn, what), _row(f"{turn}: {words}", "ms", cut)
            for session in sessions:
                after = {
                    str(size): [each.last_writes[session] for each in runs]
                    for size, runs in by_size.items()
                }
                before = {
                    size: [-each for each in runs] for size, runs in after.items()
                }
                words = f"{turn}: last write of the {session}"
                yield (turn, session), _row(f"{words} after it", "ms", after)
                yield (session, turn), _row(f"{words} before it", "ms", before)

    def _at_rest(self) -> Iterator[tuple[tuple[str, str], Compared]]:
        words, unit = COUNTED["held"]
        found = {
            str(size): [each["held"] for each in rest]
            for size, rest in self.rest.items()
        }
        yield (REST, "held"), _row(f"{REST}: {words}", unit, found)

    def _loaded(self) -> Iterator[tuple[tuple[str, str], Compared]]:
        for half in HALVES:
            for what, (words, unit) in LOADED.items():
                found = {
                    name: [each[half][what] for each in reloaded]
                    for name, reloaded in self.loads.items()
                }
                yield (half, what), _row(f"{half}: {words}", unit, found)


def goals(found: Found, rows: Rows) -> Iterator[Goal]:
    """Return the promises at the largest size, each as the turn or the run kept it that kept it worst."""
    size = str(found.largest)
    cuts = (row for (_, what), row in rows.items() if what in (*CUTS, *SESSIONS))
    for row in cuts:
        yield Goal(
            what=f"{row.measure}, {size}, p99",
            unit="ms",
            most=50,
            found=row.figures[size].p99,
        )
    most = {
        what: max(rows[turn, what].figures[size].max for turn in found.turns)
        for what in COUNTED
    }
    each = found.largest.all_shares
    yield Goal(what="events by share", unit="", most=3, found=most["events"] / each)
    for what in ("held", "busy"):
        words, unit = COUNTED[what]
        yield Goal(what=words, unit=unit, most=100, found=most[what])
    if found.largest != found.smallest:
        yield from _growth(found, rows)
    yield from _complete(found)
    yield from _loading(rows)


def _growth(found: Found, rows: Rows) -> Iterator[Goal]:
    grown = found.largest.all_shares / found.smallest.all_shares
    for what, (words, most) in GROWS.items():
        ratios = [rows[turn, what].ratios["p50"] or 0.0 for turn in found.turns]
        yield Goal(
            what=f"growth of {words} by that of shares, median",
            unit="",
            most=most,
            found=max(ratios) / grown,
        )


def _complete(found: Found) -> Iterator[Goal]:
    unshown = sum(counts.get("unshown", 0) for counts in found.everything())
    yield Goal(what="never shown", unit="shares", most=0, found=unshown)
    logged = sum(counts["logged"] for counts in found.everything())
    yield Goal(what="logged as a warning or worse", unit="lines", most=0, found=logged)


def _loading(rows: Rows) -> Iterator[Goal]:
    for what in ("took", "worked"):
        row = rows["load", what]
        yield Goal(
            what=f"{row.measure}, more than for as many {PLAIN}, median",
            unit="ms",
            most=100,
            found=row.figures[HUB].p50 - row.figures[PLAIN].p50,
        )
    for half in HALVES:
        yield Goal(
            what=rows[half, "most_writes"].measure,
            unit="states",
            most=1,
            found=rows[half, "most_writes"].figures[HUB].max,
        )


def _row(measure: str, unit: str, found: Mapping[str, Sequence[float]]) -> Compared:
    figures = {
        name: Figures.of([max(0.0, each) for each in values])
        for name, values in found.items()
    }
    return Compared(measure=measure, unit=unit, figures=figures)
