"""The verifier needs neither this integration nor Home Assistant: any Python from 3.11 on, and `cryptography`."""

from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from .making import House
from .running import VERIFIER, verify

BROUGHT = {"_cffi_backend", "_openssl"}
"""What `cryptography` brings along."""

OF_THE_SYSTEM = Path("/usr/bin/python3")


def can_verify(python: Path) -> bool:
    """Say whether this Python is there, new enough, and has `cryptography`."""
    if not python.exists():
        return False
    asked = "import sys, cryptography; sys.exit(sys.version_info < (3, 11))"
    done = subprocess.run([python, "-c", asked], capture_output=True, check=False)
    return done.returncode == 0


@pytest.fixture(params=["the system's Python", "ours"])
def python(request: pytest.FixtureRequest) -> Path:
    if request.param == "ours":
        return Path(sys.executable)
    if not can_verify(OF_THE_SYSTEM):
        pytest.skip(f"{OF_THE_SYSTEM} is too old or has no cryptography")
    return OF_THE_SYSTEM


def test_a_copy_of_the_folder_alone_verifies(
    python: Path, house: House, exported: Path, tmp_path: Path
) -> None:
    alone = shutil.copytree(
        VERIFIER,
        tmp_path / "elsewhere" / "verifier",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for what in (exported, house.file):
        said = verify(what, *house.hub_keys, python=str(python), verifier=alone)
        assert (said.findings(), said.log("city")["status"]) == ([], "verified")
    beside = subprocess.run(
        [python, "-m", "verifier", exported, *house.hub_keys],
        cwd=alone.parent,
        capture_output=True,
        check=False,
        text=True,
    )
    assert beside.returncode == 3
    assert "verified up to 2026-11-21T18:06:00.000Z by Police of the city" in (
        beside.stdout
    )


def test_without_cryptography_it_gives_no_verdict(exported: Path) -> None:
    """An exit code that says "tampered" would be one."""
    code = (
        "import runpy, sys; sys.modules['cryptography'] = None\n"  # as if it weren't there
        f"runpy.run_path({str(VERIFIER)!r}, run_name='__main__')"
    )
    command = (sys.executable, "-I", "-c", code, str(exported))
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("UNUSABLE: the verifier needs Python 3.11 or newer")


def test_it_imports_nothing_of_ours() -> None:
    """What is loaded in the end: the standard library, `cryptography` and what that brings."""
    code = (
        f"import sys; sys.path.insert(0, {str(VERIFIER.parent)!r})\n"
        "before = set(sys.modules)\n"
        "import verifier.command\n"
        "names = {name.partition('.')[0] for name in sys.modules.keys() - before}\n"
        "print(*sorted(names - set(sys.stdlib_module_names)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert set(done.stdout.split()) <= {"verifier", "cryptography", *BROUGHT}
