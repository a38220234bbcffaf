"""Decode and presentation times of a camera's video, continuous over all its connections.

Within a connection the camera's own timestamps count; between connections, and where a
camera's clock jumps, the time that passed here. A player sees a gap, never a step back.
"""

from .fragment import SampleTiming
from .init_segment import TIMESCALE

_JUMP = 10 * TIMESCALE
_FIRST_GUESS = TIMESCALE // 25


class Timeline:
    """Assigns each access unit its timing; decode times only grow.

    They grow by two durations at most: a browser takes a longer step for a break, and
    shows nothing until the next keyframe. Presentation times stay exact.
    """

    def __init__(self) -> None:
        self._began_at: float | None = None
        self._last = -1
        self._duration = _FIRST_GUESS
        self._shift: int | None = None
        self._pts = 0
        self._dts: int | None = None
        self._is_guess = False

    def reconnect(self) -> None:
        """Reset the offset to the camera's clock: a new connection starts another one."""
        self._shift = self._dts = None
        self._is_guess = False

    def place(
        self, *, pts: int | None, dts: int | None, duration: int | None, at: float
    ) -> SampleTiming:
        """Return the timing of an access unit that arrived at `at`, by the camera's times if it has any.

        FFmpeg gives none for the first access unit of a connection, whose time it
        counts as 0, and no decode time before it knows the order of B-frames.
        """
        was_guess, self._is_guess = self._is_guess, False
        if pts is None:
            self._is_guess = self._shift is None
            pts = 0 if self._is_guess else self._pts + self._duration
        if dts is not None and not pts - _JUMP <= dts <= pts:
            dts = None
        shift = self._shift_at(pts, at)
        if was_guess and dts == pts:
            # A camera that serves others already counts from before our first picture.
            shift = self._last + self._duration_of(None, duration) - pts
        decode_time = self._next(dts, shift) if self._shift == shift else pts + shift
        self._duration = self._duration_of(dts, duration)
        self._shift, self._pts, self._dts = shift, pts, dts
        self._last = decode_time
        return SampleTiming(
            decode_time=decode_time,
            offset=pts + shift - decode_time,
            duration=self._duration,
        )

    def _shift_at(self, pts: int, at: float) -> int:
        """Return the offset from the camera's clock to ours, measured anew after a jump."""
        if self._shift is None or abs(pts + self._shift - self._last) > _JUMP:
            return self._elapsed(at) - pts
        return self._shift

    def _elapsed(self, at: float) -> int:
        if self._began_at is None:
            self._began_at = at
            return 0
        return max(
            round((at - self._began_at) * TIMESCALE), self._last + self._duration
        )

    def _next(self, dts: int | None, shift: int) -> int:
        regular = self._last + self._duration
        wanted = regular if dts is None else dts + shift
        return min(max(wanted, self._last + 1), regular + self._duration)

    def _duration_of(self, dts: int | None, duration: int | None) -> int:
        """Return the duration: by decode times, else the camera's own, else that of the access unit before."""
        if dts is not None and self._dts is not None:
            duration = dts - self._dts
        return (
            duration
            if duration is not None and 0 < duration <= _JUMP
            else self._duration
        )
