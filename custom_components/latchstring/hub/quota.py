"""How much a hub may ask before it is told to stop, and before it is hung up on."""

from collections import deque


class Quota:
    """A token bucket that remembers whom it turned away.

    It belongs to the hub, not to a connection: coming back fills no bucket.
    """

    def __init__(
        self, *, per_second: float, at_once: int, patience: int, memory: float
    ) -> None:
        """Lose patience after `patience` refusals within `memory` seconds."""
        self._per_second = per_second
        self._at_once = at_once
        self._memory = memory
        self._left = float(at_once)
        self._filled_at: float | None = None
        self._refusals: deque[float] = deque(maxlen=patience)

    def admits(self, at: float) -> bool:
        """Take one token, or remember that there was none."""
        since = at - (at if self._filled_at is None else self._filled_at)
        self._left = min(self._at_once, self._left + since * self._per_second)
        self._filled_at = at
        if self._left < 1:
            self._refusals.append(at)
            return False
        self._left -= 1
        return True

    def exhausted(self, at: float) -> bool:
        """Say whether the hub was turned away so often that it is not listening."""
        refusals = self._refusals
        return (
            len(refusals) == refusals.maxlen and at - refusals[0] <= self._memory
        )
