"""What happened, counted."""

from collections import Counter, defaultdict
from collections.abc import Iterator


class Tally:
    """Counts by what it was about and what it was."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def count(self, about: str, what: str, times: int = 1) -> None:
        """Count what happened."""
        self._counts[about][what] += times

    def of(self, about: str) -> int:
        """Return how often anything happened of this."""
        return self._counts[about].total()

    def lines(self) -> Iterator[str]:
        """Yield a table, the most frequent of each first."""
        for about, counts in self._counts.items():
            yield f"  {about}: {counts.total():,}"
            for what, times in counts.most_common():
                yield f"    {times:9,}  {what}"
