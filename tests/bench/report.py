"""Figures, and how they are shown: to people as tables, to machines as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
import json
from math import ceil
from typing import Final, Self, override

WHOLE: Final = ("bytes", "events", "decisions", "states")
"""Units of which there is no part."""
_LARGE: Final = 100
_MIDDLING: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What many runs gave."""

    p50: float
    p99: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Take the smallest value that so many per cent do not exceed."""
        ordered = sorted(values)
        return cls(p50=_share(ordered, 0.5), p99=_share(ordered, 0.99), max=ordered[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One measure under one or more conditions; single figures vary from machine to machine, ratios less."""

    measure: str
    unit: str
    figures: Mapping[str, Figures]

    @property
    def ratios(self) -> dict[str, float | None]:
        """Return the last condition's by the first's, where there is more than one and the first is not nothing."""
        first, *others = self.figures.values()
        return {
            name: getattr(last, name) / divisor if divisor else None
            for last in others[-1:]
            for name in ("p50", "p99")
            for divisor in (getattr(first, name),)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a figure should be at most, and what it was."""

    what: str
    unit: str
    most: float
    found: float

    @property
    def is_met(self) -> bool:
        """Say whether it was."""
        return self.found <= self.most

    @override
    def __str__(self) -> str:
        """Say it in a line."""
        kept = "met" if self.is_met else "MISSED"
        unit = f" {self.unit}" if self.unit else ""
        return f"{kept}: {self.what}: {self.found:,.2f}{unit}, goal at most {self.most:g}{unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure, if there is one, and its ratio to what it is compared with."""

    value: float | None
    ratio: float | None = None

    @override
    def __str__(self) -> str:
        """Say both."""
        if self.value is None:
            return "-"
        ratio = "" if self.ratio is None else f" ({self.ratio:.2f})"
        return f"{self.value:,.{_digits(self.value)}f}{ratio}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Single figures of several kinds, a line for each who was measured."""

    title: str
    columns: Sequence[str]
    lines: Mapping[str, Sequence[Cell]]

    @override
    def __str__(self) -> str:
        """Give it with its columns aligned."""
        lines = [[name, *map(str, cells)] for name, cells in self.lines.items()]
        return _in_columns([[self.title, *self.columns], *lines])

    def as_markdown(self) -> str:
        """Give it as Markdown has it."""
        lines = [[name, *map(str, cells)] for name, cells in self.lines.items()]
        rule = ["---", *("---:" for _ in self.columns)]
        rows = ([self.title, *self.columns], rule, *lines)
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a benchmark found."""

    benchmark: str
    runs: int
    repeated: int = 0
    """Runs that came to nothing and were done again."""
    goals: Sequence[Goal]
    rows: Sequence[Compared]
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    """What one has to know to read the figures."""

    def as_json(self) -> str:
        """Give one object in one line."""
        rows = [{**asdict(row), "ratios": row.ratios} for row in self.rows]
        goals = [{**asdict(goal), "is_met": goal.is_met} for goal in self.goals]
        return json.dumps({**asdict(self), "rows": rows, "goals": goals}) + "\n"

    def as_table(self) -> str:
        """Give a line for each measure, those of the same conditions in one table, and one for each goal."""
        tables = groupby(self.rows, key=lambda row: tuple(row.figures))
        parts = [
            f"{self.benchmark}: {self.runs} runs each, {self.repeated} repeated",
            *self.notes,
            *(_table(conditions, [*rows]) for conditions, rows in tables),
            *map(str, self.tables),
            *map(str, self.goals),
        ]
        return "\n".join(parts) + "\n"

    def as_markdown(self) -> str:
        """Give the tables and the goals, to be pasted into a text."""
        goals = "\n".join(f"- {goal}" for goal in self.goals)
        parts = (*self.notes, *(each.as_markdown() for each in self.tables), goals)
        return "\n\n".join(parts) + "\n"


def share_of(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that so large a share does not exceed, where there is one."""
    return _share(sorted(values), share) if values else None


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[ceil(share * len(ordered)) - 1]


def _table(conditions: Sequence[str], rows: Sequence[Compared]) -> str:
    head = [
        "",
        *(f"{each} {name}" for each in conditions for name in Figures.__slots__),
    ]
    ratios = [f"ratio {name}" for name in rows[0].ratios]
    return _in_columns([[*head, *ratios], *map(_line, rows)])


def _in_columns(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def _line(row: Compared) -> list[str]:
    figures = [
        f"{value:,.0f}" if row.unit in WHOLE else f"{value:,.3f}"
        for each in row.figures.values()
        for value in asdict(each).values()
    ]
    ratios = ["-" if ratio is None else f"{ratio:.2f}" for ratio in row.ratios.values()]
    return [f"{row.measure}, {row.unit}", *figures, *ratios]


def _digits(value: float) -> int:
    """Return as many decimals as say something."""
    return 0 if value >= _LARGE else 1 if value >= _MIDDLING else 2


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    name, *cells = (
        cell.ljust(width) if number == 0 else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(line, widths, strict=True))
    )
    return "  ".join((name, *cells)).rstrip()
