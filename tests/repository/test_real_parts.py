"""Nothing is skipped where nothing may be missing."""

import os
from pathlib import Path
import subprocess
import sys

import pytest

from .integration import ROOT

SKIPPED_TEST = """
import pytest
def test_with_a_camera(): pytest.skip("no camera")
@pytest.mark.xfail
def test_known_to_fail(): assert False
"""
SKIPPED_MODULE = """
import pytest
pytest.skip("no browser", allow_module_level=True)
"""


def outcome(folder: Path, source: str, **environment: str) -> str:
    (folder / "test_it.py").write_text(source)
    command = "-m pytest -q -c pyproject.toml -p no:cacheprovider -p tests.real_parts"
    done = subprocess.run(
        [sys.executable, *command.split(), folder],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("source", "said"),
    [(SKIPPED_TEST, "1 failed, 1 xfailed"), (SKIPPED_MODULE, "1 error")],
    ids=["a test", "a module"],
)
def test_a_skipped_test_fails_where_every_part_must_be_there(
    tmp_path: Path, source: str, said: str
) -> None:
    assert said in outcome(tmp_path, source, LATCHSTRING_REQUIRE_REAL_PARTS="1")
    assert "1 skipped" in outcome(tmp_path, source)
