"""The clock of an RTP stream."""

from typing import Final

TIMESTAMPS: Final = 2**32

_HALF = TIMESTAMPS // 2


class TimestampUnwrapper:
    """Continues the 32 bits of RTP timestamps beyond their end, forwards and backwards."""

    def __init__(self) -> None:
        self._last: int | None = None

    def unwrap(self, timestamp: int) -> int:
        """Return the value nearest to the last one that has these 32 bits; the first one is as it is."""
        if self._last is None:
            self._last = timestamp
        else:
            self._last += (timestamp - self._last + _HALF) % TIMESTAMPS - _HALF
        return self._last
