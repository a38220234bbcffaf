"""A folder of tests, run as ours are, with no plugin but what a test of it is about."""

import os
from pathlib import Path
import subprocess
import sys

from .integration import ROOT


def write(folder: Path, source: str, *paths: str) -> None:
    """Write the same tests at each of these paths."""
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)


def outcome(
    folder: Path, plugin: str, *arguments: str, **environment: str
) -> tuple[int, str]:
    """Run them with a plugin of ours, and with xdist; give the exit code and what was printed."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_PLUGINS": f"xdist.plugin,{plugin}",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
