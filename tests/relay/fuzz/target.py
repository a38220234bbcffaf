"""A function that is fed, what is measured of it, and what it gives."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
import time

type Counts = tuple[int, ...]
"""How much came out, by kind: another order of magnitude makes an input worth keeping."""


class Watch:
    """Calls, and keeps how long the longest call of each function held the loop."""

    def __init__(self) -> None:
        self.longest: defaultdict[str, float] = defaultdict(float)

    def __call__[**P, R](
        self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        begun = time.thread_time()
        try:
            return function(*args, **kwargs)
        finally:
            name = getattr(function, "__qualname__", "")
            took = time.thread_time() - begun
            self.longest[name] = max(self.longest[name], took)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A function to feed, and words that inputs are made of."""

    run: Callable[[bytes, Watch], Counts]
    words: tuple[bytes, ...]
    most_memory: int = 4 * 2**20
    """Bytes that it may take for an input, besides what its size explains."""


def pieces_of(data: bytes) -> Iterator[bytes]:
    """Give what stands behind each length of two bytes, as far as there is any."""
    at = 0
    while at + 2 < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        yield data[at + 2 : end]
        at = end


def joined(*pieces: bytes) -> bytes:
    """Give an input that is these pieces."""
    return b"".join(len(piece).to_bytes(2) + piece for piece in pieces)
