"""When an upload is late, counted in time and not in bytes: a line is fast or slow for a camera."""

from collections import deque
from dataclasses import dataclass
from typing import Final

_MOST_LATE: Final = 1.5
"""Seconds that a fragment may take to arrive, by what the line carries now."""
_KNOWN_AFTER: Final = 0.75
"""Seconds of waiting after which it is known what the line carries, and that it is no short stall."""
_RESUMED_BELOW: Final = 0.5
"""Seconds that the oldest may have waited when sending is resumed."""
_MOST_WAITING: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far a connection had delivered at some moment (monotonic seconds), in bytes since it began."""

    taken: int
    """What it was given, whether that has left or not."""
    acknowledged: int
    at: float

    @property
    def waiting(self) -> int:
        """Return how many bytes are not acknowledged yet."""
        return self.taken - self.acknowledged


class Lateness:
    """Decides which fragments an upload sends: while it is late none, up to the next keyframe.

    What was once sent is never given up, so that the largest keyframe gets through the
    slowest line.
    """

    def __init__(self) -> None:
        self._unacknowledged: deque[Delivery] = deque()
        """How far things were just before each of the fragments not yet acknowledged."""
        self._is_dropping = True

    def admits(self, now: Delivery, *, keyframe: bool) -> bool:
        """Return whether to send a fragment, and count it as sent if so."""
        self._forget_acknowledged(now)
        if self._is_late(now):
            self._is_dropping = True
        elif self._is_dropping and keyframe and self._waited(now) < _RESUMED_BELOW:
            self._is_dropping = False
        if not self._is_dropping:
            self._unacknowledged.append(now)
        return not self._is_dropping

    def _forget_acknowledged(self, now: Delivery) -> None:
        fragments = self._unacknowledged
        while len(fragments) > 1 and fragments[1].taken <= now.acknowledged:
            fragments.popleft()
        if not now.waiting:
            fragments.clear()

    def _waited(self, now: Delivery) -> float:
        """Return for how many seconds the oldest has waited."""
        return now.at - self._unacknowledged[0].at if self._unacknowledged else 0.0

    def _is_late(self, now: Delivery) -> bool:
        """Return whether a fragment sent now would arrive late, or fill the memory.

        Counted by what the line has carried since the oldest was sent, and not by how long
        that has waited: a keyframe may wait for long on a line that is fast enough for the camera.
        """
        if now.waiting > _MOST_WAITING:
            return True
        waited = self._waited(now)
        if waited <= _KNOWN_AFTER:
            return False
        carried = now.acknowledged - self._unacknowledged[0].acknowledged
        return now.waiting * waited > carried * _MOST_LATE
