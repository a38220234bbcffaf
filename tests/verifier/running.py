"""The verifier as anybody runs it: a program of its own, that finds nothing of ours beside it."""

from dataclasses import dataclass
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

VERIFIER = Path(__file__).parents[2] / "custom_components" / "latchstring" / "verifier"
PATIENCE = 120


@dataclass(frozen=True)
class Said:
    """What it said, and the exit code that goes with it."""

    code: int
    verdict: dict[str, Any]

    @property
    def status(self) -> str:
        status: str = self.verdict["status"]
        return status

    def findings(self) -> list[dict[str, Any]]:
        """Give everything that it finds wrong."""
        return [
            *self.verdict["findings"],
            *(each for log in self.verdict["logs"] for each in log["findings"]),
        ]

    def log(self, name: str) -> dict[str, Any]:
        """Give what it says of the newest epoch of a log."""
        logs = [each for each in self.verdict["logs"] if each["log"] == name]
        found: dict[str, Any] = max(logs, key=lambda each: each["epoch"])
        return found


def verify(
    export: Path,
    *options: object,
    python: str = sys.executable,
    verifier: Path = VERIFIER,
) -> Said:
    """Run it in isolation from everything but the standard library and `cryptography`."""
    command = [python, "-I", verifier, export, "--json", *options]
    done = subprocess.run(
        list(map(str, command)), capture_output=True, check=False, timeout=PATIENCE
    )
    assert not done.stderr, done.stderr.decode()
    return Said(code=done.returncode, verdict=json.loads(done.stdout))
