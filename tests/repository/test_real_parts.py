"""Nothing is skipped where nothing may be missing."""

from pathlib import Path

import pytest

from .folder_of_tests import outcome, write

PLUGIN = "tests.real_parts"
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


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(
    ("source", "told"),
    [(SKIPPED_TEST, "1 failed, 1 xfailed"), (SKIPPED_MODULE, "1 error")],
    ids=["a test", "a module"],
)
def test_a_skipped_test_fails_where_every_part_must_be_there(
    tmp_path: Path, source: str, told: str, workers: str
) -> None:
    write(tmp_path, source, "test_it.py")
    code, said = outcome(
        tmp_path, PLUGIN, "-n", workers, LATCHSTRING_REQUIRE_REAL_PARTS="1"
    )
    assert (code == 0, told in said.splitlines()[-1]) == (False, True)
    _, said = outcome(tmp_path, PLUGIN, "-n", workers)
    assert "1 skipped" in said.splitlines()[-1]
