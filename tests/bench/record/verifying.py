"""What the stand-alone verifier takes for the record's file, its chain and its signatures apart."""

from pathlib import Path
from time import perf_counter
from typing import Final

from custom_components.latchstring.record.schema import FILE_NAME
from custom_components.latchstring.verifier.check import CheckOptions, check
from custom_components.latchstring.verifier.checks.trust import Anchors
from custom_components.latchstring.verifier.findings import Status
from tests.bench.report import Compared, Figures

MICROSECONDS: Final = 1_000_000
CHAIN: Final = "verify: the chain, for each entry"


def verify(folder: Path, condition: str) -> list[Compared]:
    """Verify all of it once; what each part took, for each thing in it."""
    began = perf_counter()
    verdict = check(folder / FILE_NAME, CheckOptions(anchors=Anchors()))
    took = perf_counter() - began
    if verdict.status is Status.TAMPERED:
        raise ValueError(*(log.findings[:1] for log in verdict.logs))
    parts = {
        CHAIN: "chain",
        "verify: what the entries say, for each": "contents",
        "verify: what the hub signed, for each signature": "tokens",
    }
    rows = [
        _row(words, "us", condition, timing.seconds * MICROSECONDS / timing.count)
        for words, part in parts.items()
        if (timing := verdict.timings[part]).count
    ]
    return [*rows, _row("verify: all of it", "s", condition, took)]


def _row(measure: str, unit: str, condition: str, found: float) -> Compared:
    return Compared(
        measure=measure, unit=unit, figures={condition: Figures.of([found])}
    )
