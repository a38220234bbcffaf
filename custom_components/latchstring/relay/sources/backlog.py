"""The bounded queue from the reading thread to the event loop."""

from collections import deque
import threading
from typing import Final

from ..mp4.packager import Piece

_MOST_BYTES: Final = 4 * 1024 * 1024


class Backlog:
    """A queue of fragments; where the loop lags, it drops up to the next keyframe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: deque[Piece] = deque()
        self._size = 0
        self._gap = False

    def put(self, piece: Piece) -> bool:
        """Add a fragment; return True where the queue was empty, so that the loop has to be notified."""
        size = len(piece.fragment.data)
        with self._lock:
            full = bool(self._pieces) and self._size + size > _MOST_BYTES
            self._gap = full or (self._gap and not piece.fragment.keyframe)
            if self._gap:
                return False
            self._pieces.append(piece)
            self._size += size
            return len(self._pieces) == 1

    def take(self) -> deque[Piece]:
        """Remove and return all."""
        with self._lock:
            taken, self._pieces, self._size = self._pieces, deque(), 0
            return taken
