"""Decode and presentation times of a camera's video, continuous over all its connections."""

from collections import deque
from typing import Final

from .fragment import SampleTiming
from .init_segment import TIMESCALE
from .presentation import PresentationClock

_REORDERED: Final = 16
"""The most pictures that a decoder reorders (ITU-T H.264 A.3.1, MaxDpbFrames)."""
_UNKNOWN: Final = 5
"""Pictures after which the order of a camera's pictures is known."""
_MOST_BEHIND: Final = 10 * TIMESCALE


class Timeline:
    """Assigns each access unit its timing, in TIMESCALE units.

    Decode times are contiguous within a connection: a browser takes a step longer than two
    durations for a break, and shows nothing until the next keyframe. Each duration is
    chosen so that decoding keeps just ahead of presentation.
    """

    def __init__(self) -> None:
        self._clock = PresentationClock()
        self._began_at: float | None = None
        self._next = 0
        self._restart()

    def reconnect(self, *, by_arrival: bool = False) -> None:
        """Forget the camera's clock; count `by_arrival` alone where it is known to be wrong."""
        self._restart()
        self._clock.reconnect(by_arrival=by_arrival)

    def _restart(self) -> None:
        self._is_first, self._is_guess = True, False
        self._leads: deque[int] = deque(maxlen=_REORDERED)
        self._corrected = 0

    def place(
        self, *, pts: int | None, dts: int | None, duration: int | None, at: float
    ) -> SampleTiming:
        """Return the timing of the next access unit in decode order, which arrived at `at` (monotonic seconds).

        By the camera's own timestamps (`pts`) as long as they agree with arrival. FFmpeg gives none
        for the first access unit of a connection, whose time it counts as 0; `dts` and
        `duration` are FFmpeg's guesses.
        """
        if self._is_guess and pts is not None and dts == pts:
            # A camera that serves others already counts from before our first picture.
            self._clock.follow_with(pts)
        self._is_guess = self._is_first and pts is None
        shown = self._clock.present(
            0 if self._is_guess else pts, duration, self._elapsed(at)
        )
        return self._timed(shown)

    def _elapsed(self, at: float) -> int:
        if self._began_at is None:
            self._began_at = at
        return round((at - self._began_at) * TIMESCALE)

    def _timed(self, shown: int) -> SampleTiming:
        if self._is_first or shown - self._next > _MOST_BEHIND:
            self._next = max(self._next, shown)
        self._is_first = False
        decode_time = self._next
        duration = self._duration(shown - decode_time)
        self._next += duration
        return SampleTiming(
            decode_time=decode_time, offset=shown - decode_time, duration=duration
        )

    def _duration(self, lead: int) -> int:
        """Return a duration that brings the least lead of presentation over decoding to zero.

        The least of as many pictures as a decoder may reorder. At first little time passes, because
        some players take a picture that is shown before it is decoded for an error.
        """
        self._leads.append(lead + self._corrected)
        step = self._clock.step
        if len(self._leads) <= _UNKNOWN:
            correction = step // 8 - step
        else:
            least = min(self._leads) - self._corrected
            correction = max(-(step // 2), min(least, step))
        self._corrected += correction
        return max(1, step + correction)
