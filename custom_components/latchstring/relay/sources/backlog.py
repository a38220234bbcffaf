"""What the reading thread has read and the event loop has not yet taken."""

from collections import deque
import threading
from typing import Final

from ..mp4.packager import Piece

_MOST_BYTES: Final = 4 * 1024 * 1024


class Backlog:
    """Bounded: where the loop lags, it leaves out up to the next keyframe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: deque[Piece] = deque()
        self._size = 0
        self._gap = False

    def put(self, piece: Piece) -> bool:
        """Add a piece; True where it was empty and somebody has to be told."""
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
        """Take everything there is."""
        with self._lock:
            taken, self._pieces, self._size = self._pieces, deque(), 0
            return taken
