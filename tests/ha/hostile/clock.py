"""A loop's clock that a test can stop, to see for which moment an answer was kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import override

from tests.connection.clocks import Clockwork


class StoppableClock(Clockwork):
    """Goes like any other until it is stopped; stopped, it turns only when it is told to."""

    def __init__(self) -> None:
        self._stands_at: float | None = None
        super().__init__()

    @override
    def time(self) -> float:
        return super().time() if self._stands_at is None else self._stands_at

    @contextmanager
    def stopped(self) -> Iterator[float]:
        """Let no time pass; give the moment at which it stands."""
        self._stands_at = now = self.time()
        try:
            yield now
        finally:
            self._stands_at = None

    def turn_to(self, moment: float) -> None:
        """Let it be this moment, while stopped."""
        self._stands_at = moment
