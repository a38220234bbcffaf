"""One clock for a camera over all its connections.

Inside a connection the camera's own timestamps count; between connections, and where a
camera's clock jumps, the time that passed here. A player sees a gap, never a step back.
"""

from .fragment import Moment
from .movie import TIMESCALE

_JUMP = 10 * TIMESCALE
_FIRST_GUESS = TIMESCALE // 25


class Timeline:
    """Gives each access unit its moment; decode times only grow."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._last = -1
        self._duration = _FIRST_GUESS
        self._shift: int | None = None
        self._newest = 0

    def reconnect(self) -> None:
        """Forget the camera's clock: a new connection starts another one."""
        self._shift = None

    def place(
        self, *, shown: int | None, decoded: int | None, lasts: int | None, at: float
    ) -> Moment:
        """Place an access unit that came at `at`, by the camera's times if it has any.

        FFmpeg gives none for the first access unit of a connection, whose time it
        counts as 0, and no decode time before it knows the order of B-frames.
        """
        if lasts is not None and 0 < lasts <= _JUMP:
            self._duration = lasts
        if shown is None:
            shown = 0 if self._shift is None else self._newest + self._duration
        if decoded is None or not shown - _JUMP <= decoded <= shown:
            decoded = shown
        shift = self._shifted(shown, at)
        decode_time = max(decoded + shift, self._last + 1)
        self._last, self._newest = decode_time, shown
        return Moment(
            decode_time=decode_time,
            offset=shown + shift - decode_time,
            duration=self._duration,
        )

    def _shifted(self, shown: int, at: float) -> int:
        """Tell how far the camera's clock is from ours; measure anew after a jump."""
        if self._shift is None or abs(shown + self._shift - self._last) > _JUMP:
            self._shift = self._elapsed(at) - shown
        return self._shift

    def _elapsed(self, at: float) -> int:
        if self._began is None:
            self._began = at
            return 0
        return max(round((at - self._began) * TIMESCALE), self._last + self._duration)
