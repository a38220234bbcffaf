"""How much a hub may ask before it is told to stop, and before it is hung up on."""

from collections import deque
from typing import Final

from ..core.protocol import (
    QUOTA_REFUSALS_A_MINUTE,
    REQUESTS_A_SECOND,
    REQUESTS_AT_ONCE,
)

MINUTE: Final = 60.0


class Quota:
    """A token bucket that remembers how often it was empty.

    It belongs to the hub, not to a connection: coming back fills no bucket.
    """

    def __init__(self) -> None:
        self._left = float(REQUESTS_AT_ONCE)
        self._filled_at: float | None = None
        self._refusals: deque[float] = deque(maxlen=QUOTA_REFUSALS_A_MINUTE)

    def admits(self, at: float) -> bool:
        """Take one token, or remember that there was none."""
        since = 0.0 if self._filled_at is None else at - self._filled_at
        self._left = min(REQUESTS_AT_ONCE, self._left + since * REQUESTS_A_SECOND)
        self._filled_at = at
        if self._left < 1:
            self._refusals.append(at)
            return False
        self._left -= 1
        return True

    def exhausted(self, at: float) -> bool:
        """Say whether it was empty so often that the hub can't be listening."""
        refusals = self._refusals
        return len(refusals) == QUOTA_REFUSALS_A_MINUTE and at - refusals[0] <= MINUTE
