"""Do one benchmark and print its figures."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
import pkgutil
import sys
from tempfile import TemporaryDirectory

from . import measures
from .asked import Asked
from .report import Report

type Measure = Callable[[Path, Asked, Callable[[str], None]], Awaitable[Report]]

NAMES = [module.name for module in pkgutil.iter_modules(measures.__path__)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--entries", type=int, default=1_000_000, help="record only")
    parser.add_argument("--shares", type=int, default=2_000, help="storm only")
    parser.add_argument("--seconds", type=float, default=8, help="relay only")
    parser.add_argument("--webrtc", action="store_true", help="relay only")
    parser.add_argument("--markdown", action="store_true", help="tables for a text")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser.parse_args()


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def _shown(report: Report, arguments: argparse.Namespace) -> str:
    if arguments.json:
        return report.as_json()
    return report.as_markdown() if arguments.markdown else report.as_table()


def main() -> None:
    """Measure in a folder that is gone afterwards."""
    arguments = _arguments()
    module = import_module(f"{measures.__name__}.{arguments.name}")
    measure: Measure = module.measure
    with TemporaryDirectory(prefix="latchstring-bench-") as folder:
        asked = Asked(
            runs=arguments.runs or module.RUNS,
            entries=arguments.entries,
            shares=arguments.shares,
            seconds=arguments.seconds,
            webrtc=arguments.webrtc,
        )
        report = asyncio.run(measure(Path(folder), asked, _tell))
    sys.stdout.write(_shown(report, arguments))


if __name__ == "__main__":
    main()
