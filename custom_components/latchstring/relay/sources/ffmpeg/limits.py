"""How long FFmpeg waits for a camera, and how many it opens at once.

Many cameras opened at the same time would hold up Home Assistant's own loop.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import threading
from typing import Final

from ...errors import UNREACHABLE, SourceUnusable

OPEN_TIMEOUT: Final = 8
SLOW_OPEN_TIMEOUT: Final = 15
READ_TIMEOUT: Final = 4
"""Seconds without video after which a connection is given up."""
SEGMENT_TIMEOUT: Final = 15
"""The same for HLS, whose video comes in parts of some seconds (RFC 8216)."""
_SLOT_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLimits:
    """How long a camera may take to answer, and the semaphore that limits how many are opened at once."""

    timeout: float
    slots: threading.BoundedSemaphore

    @contextmanager
    def slot(self, stopped: threading.Event) -> Iterator[None]:
        """Wait for one of the slots, and hold it; SourceUnusable where it is stopped before."""
        while not stopped.is_set():
            if self.slots.acquire(timeout=_SLOT_POLL_SECONDS):
                break
        else:
            raise SourceUnusable(UNREACHABLE)
        try:
            yield
        finally:
            self.slots.release()


DEFAULT_LIMITS: Final = OpenLimits(
    timeout=OPEN_TIMEOUT, slots=threading.BoundedSemaphore(4)
)
SLOW_LIMITS: Final = OpenLimits(
    timeout=SLOW_OPEN_TIMEOUT, slots=threading.BoundedSemaphore(4)
)
"""For cameras that have just not answered: with slots of their own they hold up no other."""
