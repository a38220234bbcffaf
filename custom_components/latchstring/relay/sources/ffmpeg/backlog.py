"""The bounded queue from the reading thread to the event loop."""

from collections import deque
import threading
from typing import Final

from ...mp4.packager import PackagedFragment

_MOST_BYTES: Final = 4 * 1024 * 1024


class Backlog:
    """A queue of fragments; where the loop lags, it drops up to the next keyframe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fragments: deque[PackagedFragment] = deque()
        self._size = 0
        self._gap = False

    def put(self, packaged: PackagedFragment) -> bool:
        """Add a fragment; return True where the queue was empty, so that the loop has to be notified."""
        size = len(packaged.fragment.data)
        with self._lock:
            full = bool(self._fragments) and self._size + size > _MOST_BYTES
            self._gap = full or (self._gap and not packaged.fragment.keyframe)
            if self._gap:
                return False
            self._fragments.append(packaged)
            self._size += size
            return len(self._fragments) == 1

    def take(self) -> deque[PackagedFragment]:
        """Remove and return all."""
        with self._lock:
            taken, self._fragments, self._size = self._fragments, deque(), 0
            return taken
