"""Figures, and how they are shown: to people as a table, to machines as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
import json
from math import ceil
from typing import Self


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
    """One measure under two conditions; single figures vary from machine to machine, ratios less."""

    measure: str
    unit: str
    figures: Mapping[str, Figures]

    @property
    def ratios(self) -> dict[str, float | None]:
        """Divide the second condition's by the first's, where that is not nothing."""
        first, second = self.figures.values()
        return {
            name: getattr(second, name) / divisor if divisor else None
            for name in ("p50", "p99")
            for divisor in (getattr(first, name),)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a benchmark found."""

    benchmark: str
    runs: int
    repeated: int
    """Runs that came to nothing and were done again."""
    goal: str
    rows: Sequence[Compared]

    def as_json(self) -> str:
        """Give one object in one line."""
        rows = [{**asdict(row), "ratios": row.ratios} for row in self.rows]
        return json.dumps({**asdict(self), "rows": rows}) + "\n"

    def as_table(self) -> str:
        """Give a line for each measure."""
        conditions = list(self.rows[0].figures)
        head = [
            "",
            *(
                f"{each} {name}"
                for each in conditions
                for name in ("p50", "p99", "max")
            ),
        ]
        lines = [[*head, "ratio p50", "ratio p99"], *map(_line, self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = "\n".join(_aligned(line, widths) for line in lines)
        return f"{self.benchmark}: {self.runs} runs each, {self.repeated} repeated; goal: {self.goal}\n{table}\n"


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[ceil(share * len(ordered)) - 1]


def _line(row: Compared) -> list[str]:
    figures = [
        f"{value:,.3f}" if row.unit == "ms" else f"{value:,.0f}"
        for each in row.figures.values()
        for value in (each.p50, each.p99, each.max)
    ]
    ratios = ["-" if ratio is None else f"{ratio:.2f}" for ratio in row.ratios.values()]
    return [f"{row.measure}, {row.unit}", *figures, *ratios]


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    name, *cells = (
        cell.ljust(width) if number == 0 else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(line, widths, strict=True))
    )
    return "  ".join((name, *cells)).rstrip()
