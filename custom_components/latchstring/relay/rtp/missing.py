"""Packets that are missing, and when to ask for them."""

from typing import Final

from .packet import SEQUENCES

MOST_MISSING: Final = 512
AGAIN_SECONDS: Final = 0.04
"""What was asked for is lost as easily as what is missing: asking once loses most keyframes, of hundreds of packets."""
GIVE_UP_SECONDS: Final = 0.2

_HALF = SEQUENCES // 2


class MissingPackets:
    """Remembers which packets of one source have not come; all are asked for again and again until they are given up.

    A longer gap than `MOST_MISSING`, or a packet further behind, begins anew and asks for nothing.
    """

    def __init__(self) -> None:
        self._next: int | None = None
        self._missing: dict[int, tuple[float, float]] = {}
        """When each was missed and when it was last asked for, in the order of the latter."""

    @property
    def due_at(self) -> float | None:
        """Return when the next are to be asked for again, in the caller's seconds; None while nothing is missing."""
        for _, asked_at in self._missing.values():
            return asked_at + AGAIN_SECONDS
        return None

    def received(self, sequence: int, at: float) -> list[int]:
        """Return, in order, which packets before this one turn out to be missing: to be asked for at once."""
        if sequence == self._next:
            self._next = (sequence + 1) % SEQUENCES
            return []
        if self._next is None:
            return self._begin(sequence)
        ahead = (sequence - self._next) % SEQUENCES
        if ahead < _HALF:
            return self._gap(self._next, ahead, at)
        return self._late(sequence, SEQUENCES - ahead)

    def due(self, at: float) -> list[int]:
        """Return which are to be asked for again, and forget those that were asked for long enough."""
        again: list[int] = []
        while self._missing:
            sequence, (since, asked_at) = next(iter(self._missing.items()))
            if at < asked_at + AGAIN_SECONDS:
                break
            del self._missing[sequence]
            if at < since + GIVE_UP_SECONDS:
                self._missing[sequence] = (since, at)
                again.append(sequence)
        return again

    def _begin(self, sequence: int) -> list[int]:
        self._missing.clear()
        self._next = (sequence + 1) % SEQUENCES
        return []

    def _gap(self, first: int, length: int, at: float) -> list[int]:
        if length > MOST_MISSING:
            return self._begin(first + length)
        gap = [(first + number) % SEQUENCES for number in range(length)]
        self._make_room(length)
        self._missing |= dict.fromkeys(gap, (at, at))
        self._next = (first + length + 1) % SEQUENCES
        return gap

    def _make_room(self, length: int) -> None:
        """Give up those that were asked for the longest time ago, as far as there are too many."""
        for _ in range(len(self._missing) + length - MOST_MISSING):
            del self._missing[next(iter(self._missing))]

    def _late(self, sequence: int, behind: int) -> list[int]:
        if behind > MOST_MISSING:
            return self._begin(sequence)
        self._missing.pop(sequence, None)
        return []
