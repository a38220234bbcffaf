"""The budget of one camera on the event loop: however much it sends, the loop is there for others."""

from typing import Final

MOST_BYTES: Final = 64 * 1024
"""What is read at once of a camera whose packets cost little."""
_FEWEST_BYTES: Final = 2 * 1024
_LONGEST: Final = 0.002
"""CPU seconds that one turn of reading may take, or less is read at once from then on."""
SHARE: Final = 0.25
"""CPU seconds a second: ten times what 4K costs on a small computer."""
_MOST_AHEAD: Final = 0.1
"""CPU seconds that may be taken before anything counts, as for a keyframe that comes at once."""


class LoopBudget:
    """Counts what the packets of one connection cost, in CPU seconds. Pure: time is an argument."""

    def __init__(self) -> None:
        self.bytes_at_once = MOST_BYTES
        """How much to read at once."""
        self._taken = 0.0
        self._at = 0.0

    def overdrawn(self, at: float) -> float:
        """Return how many seconds nothing more may be taken; 0: something may."""
        self._taken = max(0.0, self._taken - (at - self._at) * SHARE)
        self._at = at
        return max(0.0, self._taken - _MOST_AHEAD) / SHARE

    def take(self, cost: float) -> None:
        """Count what a turn of reading cost."""
        self._taken += cost
        if cost > _LONGEST:
            self.bytes_at_once = max(_FEWEST_BYTES, self.bytes_at_once // 2)
        elif cost < _LONGEST / 4:
            self.bytes_at_once = min(MOST_BYTES, self.bytes_at_once * 2)
