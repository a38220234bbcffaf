"""`python -m tests.relay.fuzz`: feed the modules that read what cameras send, for as long as you like.

An input that fails is written to a file and named, with the error, and the exit code is 1: put it into the corpus.
"""

from argparse import ArgumentParser, Namespace
import hashlib
from pathlib import Path
from random import Random, SystemRandom
import resource
import sys
import tempfile
import time
import traceback
from typing import Final

import aioice

from custom_components.latchstring import relay

from .corpus import inputs
from .coverage import Coverage
from .fuzzer import Failure, Fuzzer
from .targets import TARGETS

FOLDERS: Final = (
    *(
        Path(relay.__file__).parent / name
        for name in ("rtsp", "rtp", "codec", "encode", "sources/webrtc")
    ),
    Path(aioice.__file__).parent,
)
FAILURES: Final = Path(tempfile.gettempdir()) / "latchstring-fuzz"
STEPS: Final = 50
"""So many of one target, then of the next."""
SAID_EVERY: Final = 60
"""Seconds."""


def main() -> int:
    """Fuzz, and say how far it came."""
    options = _options()
    names = [*TARGETS] if options.target == "all" else [options.target]
    _say(f"seed {options.seed}")
    coverage = Coverage(*FOLDERS)
    fuzzers = {
        name: Fuzzer(
            TARGETS[name],
            inputs(name).values(),
            coverage,
            Random(options.seed),  # noqa: S311  # inputs of a test
        )
        for name in names
    }
    name = names[0]
    try:
        with coverage.watching():
            for name in names:
                fuzzers[name].begin()
            said = begun = time.monotonic()
            while time.monotonic() - begun < options.minutes * 60:
                for name in names:
                    for _ in range(STEPS):
                        fuzzers[name].step()
                if time.monotonic() - said > SAID_EVERY:
                    said = time.monotonic()
                    _say(_standing(fuzzers, coverage, said - begun))
    except Failure as failure:
        _say(_written(name, failure))
        return 1
    _say(_standing(fuzzers, coverage, time.monotonic() - begun))
    return 0


def _standing(fuzzers: dict[str, Fuzzer], coverage: Coverage, seconds: float) -> str:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    each = "; ".join(
        f"{name} {fuzzer.tried} tried, {len(fuzzer.kept)} kept, slowest {fuzzer.slowest * 1000:.1f} ms"
        for name, fuzzer in fuzzers.items()
    )
    return f"{seconds:.0f} s: {coverage.reached} lines and branches, at most {memory} MB; {each}"


def _written(name: str, failure: Failure) -> str:
    FAILURES.mkdir(exist_ok=True)
    path = FAILURES / f"{name}-{hashlib.sha256(failure.data).hexdigest()[:12]}"
    path.write_bytes(failure.data)
    return f"{''.join(traceback.format_exception(failure))}{name} fails: {path}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.relay.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--target", choices=(*TARGETS, "all"), default="all")
    parser.add_argument("--seed", type=int, default=SystemRandom().getrandbits(32))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
