"""The presentation clock: a camera's timestamps, believed while they agree with arrival.

A network only delays: pictures that come late, and then at once, are no reason to doubt
the camera's clock. One that jumps is measured anew; one that stands still, repeats itself
or jumps all the time is given up, and arrival counts, until the next connection.
"""

from collections import deque
from itertools import pairwise
from typing import Final

from .init_segment import TIMESCALE

_FIRST_GUESS: Final = TIMESCALE // 25
_LONGEST_STEP: Final = 10 * TIMESCALE
_TOLERANCE: Final = TIMESCALE
"""How far a picture may be from what its arrival and the pictures before it promise."""
_MOST_B_FRAMES: Final = 8
"""How many pictures in a row may be shown before one that was decoded earlier."""
_MOST_AHEAD: Final = 4 * TIMESCALE
"""How far presentation may be ahead of arrival: a camera may send its last seconds at once."""
_LATE_FOR: Final = 2 * TIMESCALE
"""How long pictures may come later than tolerated before their clock counts as set back."""
_DEAD_ZONE: Final = TIMESCALE // 2
"""How far a clock may drift from arrival before it is corrected."""
_FALL: Final = 3, 10
"""How fast an earlier lead over arrival is forgotten: faster than any clock's drift, slower than a stall."""
_FORGIVEN_AFTER: Final = 30 * TIMESCALE
"""Time after which a reason to doubt the camera's clock is forgotten."""
_MOST_DOUBT: Final = 3 * _FORGIVEN_AFTER
_SMOOTHING: Final = 16


class PresentationClock:
    """Assigns each picture its presentation time; all times are in TIMESCALE units."""

    def __init__(self) -> None:
        self._highest = -_FIRST_GUESS
        self._behind = 0
        self._arrived_at = -_FIRST_GUESS
        self._gap = 0
        self._pace = _FIRST_GUESS
        self.reconnect(by_arrival=False)

    def reconnect(self, *, by_arrival: bool) -> None:
        """Forget the camera's clock: another connection may count from anywhere."""
        self._is_believed = not by_arrival
        self._shift: int | None = None
        self._other_shift: int | None = None
        self._recent: deque[int] = deque(maxlen=8)
        self._step = _FIRST_GUESS
        self._lead = 0
        self._late_since: int | None = None
        self._doubt = 0

    @property
    def step(self) -> int:
        """Return the usual time from one picture to the next, in the order they are shown."""
        return self._step if self._is_believed else max(self._pace, 1)

    def present(self, pts: int | None, duration: int | None, elapsed: int) -> int:
        """Return when to show a picture with this timestamp that arrived at `elapsed`."""
        self._count_arrival(elapsed)
        shown = self._shown(pts, duration, elapsed)
        self._behind = 0 if shown > self._highest else self._behind + 1
        self._highest = max(self._highest, shown)
        return shown

    def follow_with(self, pts: int) -> None:
        """Take this timestamp for that of the picture right after the last."""
        self._shift = self._highest + self._step - pts

    def _count_arrival(self, elapsed: int) -> None:
        self._gap = min(elapsed - self._arrived_at, TIMESCALE)
        self._pace += (self._gap - self._pace) // _SMOOTHING
        self._arrived_at = elapsed

    def _shown(self, pts: int | None, duration: int | None, elapsed: int) -> int:
        if not self._is_believed:
            return self._by_arrival(elapsed)
        if pts is None:
            return self._by_arrival(elapsed)
        is_repeated = pts in self._recent
        self._learn_step(pts, duration)
        if is_repeated:
            self._grow_doubt()
            return self._by_arrival(elapsed)
        return self._by_camera(pts, elapsed)

    def _learn_step(self, pts: int, duration: int | None) -> None:
        is_usual = bool(self._recent) and pts - self._recent[-1] == self._step
        self._recent.append(pts)
        if is_usual:
            return  # one more usual step leaves the median what it is
        steps = sorted(b - a for a, b in pairwise(sorted(set(self._recent))))
        step = steps[(len(steps) - 1) // 2] if steps else duration
        if step is not None and 0 < step <= _LONGEST_STEP:
            self._step = step

    def _by_camera(self, pts: int, elapsed: int) -> int:
        if self._shift is None:
            return self._measured(pts, elapsed)
        if self._agrees(pts + self._shift, elapsed):
            return self._steered(pts + self._shift, elapsed)
        if self._other_shift is not None and self._agrees(
            pts + self._other_shift, elapsed
        ):
            self._shift, self._other_shift = self._other_shift, self._shift
            self._doubt -= _FORGIVEN_AFTER  # it was an outlier
            return self._steered(pts + self._shift, elapsed)
        self._grow_doubt()
        self._other_shift = self._shift
        return self._measured(pts, elapsed)

    def _agrees(self, shown: int, elapsed: int) -> bool:
        """Return whether this time follows from the pictures before it and from its arrival."""
        most = min(max(self._lead, 0) + _TOLERANCE, _MOST_AHEAD)
        return (
            shown - elapsed <= most
            and (shown > self._highest or self._is_in_order(shown))
            and (shown - elapsed >= -_TOLERANCE or not self._is_late_for_long(elapsed))
        )

    def _is_in_order(self, shown: int) -> bool:
        """Return whether a picture shown before the last can be a B-frame: few are, and by little."""
        order = min(_MOST_B_FRAMES * self._step, max(_TOLERANCE, 4 * self._step))
        return shown > self._highest - order and self._behind < _MOST_B_FRAMES

    def _is_late_for_long(self, elapsed: int) -> bool:
        return self._late_since is not None and elapsed - self._late_since > _LATE_FOR

    def _steered(self, shown: int, elapsed: int) -> int:
        """Return this time; where the clock drifts from arrival, correct it a little for the next."""
        lead = shown - elapsed
        self._doubt = max(0, self._doubt - self._gap)
        if lead >= -_TOLERANCE:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = elapsed
        self._lead = max(lead, self._lead - self._gap * _FALL[0] // _FALL[1])
        drift = self._lead - _clamped(self._lead, _DEAD_ZONE)
        if drift and self._shift is not None:
            correction = _clamped(drift * self._step // TIMESCALE, self._step // 2)
            self._shift -= correction
            self._lead -= correction
        return shown

    def _grow_doubt(self) -> None:
        self._doubt += _FORGIVEN_AFTER
        self._is_believed = self._doubt <= _MOST_DOUBT

    def _measured(self, pts: int, elapsed: int) -> int:
        """Return the time of arrival, or right after the last picture, and count from there."""
        shown = self._bounded(max(elapsed, self._highest + self._pace), elapsed)
        self._shift = shown - pts
        self._lead, self._late_since = shown - elapsed, None
        return shown

    def _by_arrival(self, elapsed: int) -> int:
        """Return the time of arrival, smoothed over the usual pace, or exact after a pause."""
        behind = elapsed - self._highest - self._pace
        if behind > _TOLERANCE:
            return elapsed
        pace = max(self._pace + behind // _SMOOTHING, self._pace // 4)
        return self._bounded(self._highest + pace, elapsed)

    def _bounded(self, shown: int, elapsed: int) -> int:
        return max(self._highest + 1, min(shown, elapsed + _MOST_AHEAD))


def _clamped(value: int, most: int) -> int:
    return max(-most, min(value, most))
