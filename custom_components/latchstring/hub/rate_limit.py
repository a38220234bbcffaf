"""How much a hub may ask before it is told to stop, and before it is hung up on."""

from collections import deque
from typing import Final

from ..core.protocol import QUOTA_REFUSALS_A_MINUTE, REQUESTS_A_SECOND, REQUESTS_AT_ONCE

MINUTE: Final = 60.0


class Bucket:
    """Holds so many tokens, and is filled up again at so many a second."""

    def __init__(self, at_once: int, *, a_second: float) -> None:
        """Begin full."""
        self._at_once = at_once
        self._a_second = a_second
        self._left = float(at_once)
        self._filled_at: float | None = None

    def admits(self, at: float) -> bool:
        """Take one token, or say that there is none."""
        since = 0.0 if self._filled_at is None else at - self._filled_at
        self._left = min(self._at_once, self._left + since * self._a_second)
        self._filled_at = at
        if self._left < 1:
            return False
        self._left -= 1
        return True


class RateLimit:
    """A bucket that remembers how often it was empty.

    It belongs to the hub, not to a connection: coming back fills no bucket.
    """

    def __init__(self) -> None:
        self._bucket = Bucket(REQUESTS_AT_ONCE, a_second=REQUESTS_A_SECOND)
        self._refusals: deque[float] = deque(maxlen=QUOTA_REFUSALS_A_MINUTE)

    def admits(self, at: float) -> bool:
        """Take one token, or remember that there was none."""
        if self._bucket.admits(at):
            return True
        self._refusals.append(at)
        return False

    def exhausted(self, at: float) -> bool:
        """Say whether it was empty so often that the hub can't be listening."""
        refusals = self._refusals
        return len(refusals) == QUOTA_REFUSALS_A_MINUTE and at - refusals[0] <= MINUTE
