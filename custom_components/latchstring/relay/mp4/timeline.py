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
        self._began: float | None = None
        self._last = -1
        self._duration = _FIRST_GUESS
        self._shift: int | None = None
        self._shown = 0
        self._decoded: int | None = None
        self._is_guess = False

    def reconnect(self) -> None:
        """Reset the offset to the camera's clock: a new connection starts another one."""
        self._shift = self._decoded = None
        self._is_guess = False

    def place(
        self, *, shown: int | None, decoded: int | None, lasts: int | None, at: float
    ) -> SampleTiming:
        """Return the timing of an access unit that arrived at `at`, by the camera's times if it has any.

        FFmpeg gives none for the first access unit of a connection, whose time it
        counts as 0, and no decode time before it knows the order of B-frames.
        """
        was_guess, self._is_guess = self._is_guess, False
        if shown is None:
            self._is_guess = self._shift is None
            shown = 0 if self._is_guess else self._shown + self._duration
        if decoded is not None and not shown - _JUMP <= decoded <= shown:
            decoded = None
        shift = self._shifted(shown, at)
        if was_guess and decoded == shown:
            # A camera that serves others already counts from before our first picture.
            shift = self._last + self._lasting(None, lasts) - shown
        decode_time = (
            self._next(decoded, shift) if self._shift == shift else shown + shift
        )
        self._duration = self._lasting(decoded, lasts)
        self._shift, self._shown, self._decoded = shift, shown, decoded
        self._last = decode_time
        return SampleTiming(
            decode_time=decode_time,
            offset=shown + shift - decode_time,
            duration=self._duration,
        )

    def _shifted(self, shown: int, at: float) -> int:
        """Return the offset from the camera's clock to ours, measured anew after a jump."""
        if self._shift is None or abs(shown + self._shift - self._last) > _JUMP:
            return self._elapsed(at) - shown
        return self._shift

    def _elapsed(self, at: float) -> int:
        if self._began is None:
            self._began = at
            return 0
        return max(round((at - self._began) * TIMESCALE), self._last + self._duration)

    def _next(self, decoded: int | None, shift: int) -> int:
        regular = self._last + self._duration
        wanted = regular if decoded is None else decoded + shift
        return min(max(wanted, self._last + 1), regular + self._duration)

    def _lasting(self, decoded: int | None, lasts: int | None) -> int:
        """Return the duration: by decode times, else the camera's own, else that of the access unit before."""
        if decoded is not None and self._decoded is not None:
            lasts = decoded - self._decoded
        return lasts if lasts is not None and 0 < lasts <= _JUMP else self._duration
