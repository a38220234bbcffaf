"""Inputs made of other inputs."""

from collections.abc import Callable, Sequence
from random import Random
import re
from typing import Final

LONGEST: Final = 65_536
"""As much as is read of a connection at once."""
MOST_AT_ONCE: Final = 6
TELLING: Final = (0, 1, 0x7F, 0x80, 0xFF, *b'$\r\n \t"\\,;:=%')
NUMBERS: Final = (b"0", b"-1", b"96", b"255", b"65535", b"65536", b"262145", b"9" * 20)
NUMBER: Final = re.compile(rb"[0-9]+")


class Mutation:
    """Changes inputs at random, with words of what is spoken and with pieces of other inputs."""

    def __init__(self, random: Random, words: Sequence[bytes]) -> None:
        self._random = random
        self._words = words
        self._ways: tuple[Callable[[bytearray], None], ...] = (
            self._flip,
            self._tell,
            self._insert_word,
            self._insert_word,
            self._insert_bytes,
            self._remove,
            self._repeat,
            self._renumber,
        )

    def of(self, data: bytes, other: bytes) -> bytes:
        """Return a changed input; a part of `other` may be in it."""
        changed = bytearray(data)
        if self._random.random() < 0.2:
            at, (begin, end) = self._place(changed), self._range(other)
            changed[at:at] = other[begin:end]
        for _ in range(self._random.randint(1, MOST_AT_ONCE)):
            self._random.choice(self._ways)(changed)
        return bytes(changed[:LONGEST])

    def _place(self, data: bytearray) -> int:
        return self._random.randint(0, len(data))

    def _range(self, data: bytes | bytearray) -> tuple[int, int]:
        begin = self._random.randint(0, len(data))
        most = self._random.choice((4, 64, len(data)))
        return begin, min(len(data), begin + self._random.randint(0, most))

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)

    def _tell(self, data: bytearray) -> None:
        if data:
            data[self._random.randrange(len(data))] = self._random.choice(TELLING)

    def _insert_word(self, data: bytearray) -> None:
        at = self._place(data)
        data[at:at] = self._random.choice(self._words)

    def _insert_bytes(self, data: bytearray) -> None:
        at = self._place(data)
        data[at:at] = self._random.randbytes(self._random.randint(1, 16))

    def _remove(self, data: bytearray) -> None:
        begin, end = self._range(data)
        del data[begin:end]

    def _repeat(self, data: bytearray) -> None:
        begin, end = self._range(data)
        times = self._random.choice((1, 1, 2, 30, 3_000))
        part = data[begin:end]
        data[end:end] = part * min(times, LONGEST // max(1, len(part)))

    def _renumber(self, data: bytearray) -> None:
        found = [*NUMBER.finditer(data[:4096])]
        if found:
            begin, end = self._random.choice(found).span()
            data[begin:end] = self._random.choice(NUMBERS)
