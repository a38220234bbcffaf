"""The fuzzer finds what is hidden behind conditions, and what is larger than it should be."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import pytest

from .coverage import Coverage
from .fuzzer import Failure, Fuzzer
from .target import Counts, Target, Watch

STEPS: Final = 50_000


def hidden(data: bytes, watch: Watch) -> Counts:
    if data[:1] == b"$":
        if data[1:2] == b"\x80":
            if data[2:3] == b"$":
                raise LookupError
            return (3,)
        return (2,)
    return (1,)


def greedy(data: bytes, watch: Watch) -> Counts:
    return (len(bytes(10_000_000 * (b"$" in data))),)


def search(fuzzer: Fuzzer) -> None:
    fuzzer.begin()
    for _ in range(STEPS):
        fuzzer.step()


@pytest.mark.parametrize(
    ("run", "reason"), [(hidden, "LookupError"), (greedy, "memory")]
)
def test_a_fault_is_found_and_its_input_named(
    run: Callable[[bytes, Watch], Counts], reason: str
) -> None:
    coverage = Coverage(Path(__file__).parent)
    target = Target(run=run, words=(b"\x80",))
    fuzzer = Fuzzer(target, [b"seed"], coverage, Random(1))  # noqa: S311  # inputs of a test

    with coverage.watching(), pytest.raises(Failure, match=reason) as found:
        search(fuzzer)

    assert b"$" in found.value.data
    assert coverage.reached
