"""Tries inputs on a target, and keeps those that reach something new to make others of."""

from collections.abc import Iterable
from random import Random
import tracemalloc
from typing import Final

from .coverage import Coverage
from .mutation import Mutation
from .target import Target, Watch

LONGEST_CALL: Final = 0.005
"""Seconds of the loop's time."""
TRIES: Final = 3
"""The best of so many counts: others share the machine."""
MOST_MEMORY_OF_A_BYTE: Final = 200
"""Bytes for a byte of input: a tiny packet is an object of its own."""
MOST_KEPT: Final = 1_000
CHOICES: Final = 3


class Failure(Exception):
    """An input that a module cannot take."""

    def __init__(self, data: bytes, reason: str) -> None:
        super().__init__(reason)
        self.data = data


class Fuzzer:
    """Feeds one target, from its seeds on."""

    def __init__(
        self, target: Target, seeds: Iterable[bytes], coverage: Coverage, random: Random
    ) -> None:
        self.tried = 0
        self.slowest = 0.0
        """Seconds that the slowest call took."""
        self.kept: list[bytes] = [b""]
        self._target = target
        self._seeds = tuple(seeds)
        self._coverage = coverage
        self._random = random
        self._mutation = Mutation(random, target.words)
        self._counts: set[tuple[int, ...]] = set()

    def begin(self) -> None:
        """Try the seeds, all of which are kept."""
        for seed in self._seeds:
            self._try(seed)
            self.kept.append(seed)

    def step(self) -> None:
        """Try one more input. Raises Failure."""
        data = self._mutation.of(self._choose(), self._choose())
        if self._try(data):
            self._measure(data)
            if len(self.kept) < MOST_KEPT:
                self.kept.append(data)
            else:
                self.kept[self._random.randrange(len(self.kept))] = data

    def _choose(self) -> bytes:
        """Return the shortest of a few that are kept: long ones take long, and seldom reach more."""
        return min(self._random.choices(self.kept, k=CHOICES), key=len)

    def _try(self, data: bytes) -> bool:
        """Return whether the input reached or produced something new."""
        before, known = self._coverage.reached, len(self._counts)
        self.tried += 1
        self._time(data, self._run(data))
        return self._coverage.reached > before or len(self._counts) > known

    def _run(self, data: bytes) -> Watch:
        watch = Watch()
        try:
            counts = self._target.run(data, watch)
        except Exception as error:  # whatever it is, it is what is looked for
            raise Failure(data, f"{type(error).__name__}: {error}") from error
        self._counts.add(tuple(int(count).bit_length() for count in counts))
        return watch

    def _time(self, data: bytes, watch: Watch) -> None:
        """Fail where a call takes long each time."""
        tries = 1
        while (slowest := max(watch.longest.values(), default=0.0)) > LONGEST_CALL:
            if tries == TRIES:
                raise Failure(data, f"slow: {dict(watch.longest)}")
            watch = self._run(data)
            tries += 1
        self.slowest = max(self.slowest, slowest)

    def _measure(self, data: bytes) -> None:
        """Fail where an input takes more memory than its size explains."""
        tracemalloc.start()
        try:
            self._run(data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        if peak > self._target.most_memory + MOST_MEMORY_OF_A_BYTE * len(data):
            raise Failure(data, f"memory: {peak} bytes for {len(data)}")
