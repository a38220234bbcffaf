"""The rate limit of a hub: a token bucket, and when its refusals are so many that the connection is closed."""

from collections import deque
from typing import Final

from ..core.protocol import QUOTA_REFUSALS_A_MINUTE, REQUESTS_A_SECOND, REQUESTS_AT_ONCE

MINUTE: Final = 60.0


class Bucket:
    """A token bucket of `at_once` tokens, refilled at `a_second`."""

    def __init__(self, at_once: int, *, a_second: float) -> None:
        self._at_once = at_once
        self._a_second = a_second
        self._left = float(at_once)
        self._filled_at: float | None = None

    def admits(self, at: float) -> bool:
        """Take a token; return whether there was one."""
        since = 0.0 if self._filled_at is None else at - self._filled_at
        self._left = min(self._at_once, self._left + since * self._a_second)
        self._filled_at = at
        if self._left < 1:
            return False
        self._left -= 1
        return True


class RateLimit:
    """A token bucket that counts its refusals of the last minute.

    It belongs to the hub, not to a connection: reconnecting fills no bucket.
    """

    def __init__(self) -> None:
        self._bucket = Bucket(REQUESTS_AT_ONCE, a_second=REQUESTS_A_SECOND)
        self._refusals: deque[float] = deque(maxlen=QUOTA_REFUSALS_A_MINUTE)

    def admits(self, at: float) -> bool:
        """Take a token and return whether there was one; count a refusal if not."""
        if self._bucket.admits(at):
            return True
        self._refusals.append(at)
        return False

    def exhausted(self, at: float) -> bool:
        """Return whether so much was refused within a minute that the hub can't be heeding it."""
        refusals = self._refusals
        return len(refusals) == QUOTA_REFUSALS_A_MINUTE and at - refusals[0] <= MINUTE
