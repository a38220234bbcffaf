"""What fails beside others and passes alone is unsteady: a little of it is green, never of what closes."""

from pathlib import Path
from typing import Final

import pytest

from tests.second_run import ALWAYS_STEADY, IS_SECOND, MOST_ALONE, MOST_UNSTEADY, SHARED

from .folder_of_tests import outcome as run, write
from .integration import ROOT

ALONE: Final = f'os.environ.get("{IS_SECOND}") == "1"'
UNSTEADY: Final = f"""
import os
def test_it():
    print("alone" if {ALONE} else "beside others")
    assert {ALONE}
"""
BROKEN: Final = "def test_it(): assert False, 'whatever else runs'"
UNSTEADY_AT_THE_END: Final = f"""
import os, pytest
@pytest.fixture
def part():
    yield
    assert {ALONE}, "left behind"
def test_it(part): pass
"""


def outcome(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    return run(folder, "tests.second_run", *arguments, **environment)


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(
    "source", [UNSTEADY, UNSTEADY_AT_THE_END], ids=["a test", "after a test"]
)
def test_what_passes_alone_is_green_and_told_with_both_outputs(
    tmp_path: Path, source: str, workers: str
) -> None:
    write(tmp_path, source, "test_a.py", "test_b.py")
    code, said = outcome(tmp_path, "-n", workers)
    assert code == 0
    assert "UNSTEADY test_a.py::test_it" in said
    assert "AssertionError" in said
    assert "2 unsteady" in said.splitlines()[-1]
    assert "failed" not in said.splitlines()[-1]


def test_both_outputs_are_printed_in_full(tmp_path: Path) -> None:
    write(tmp_path, UNSTEADY, "test_a.py")
    _, said = outcome(tmp_path)
    first, second = said.split("alone it passed:")
    assert "beside others" in first.split("beside others it failed:")[1]
    assert "alone" in second


def test_what_fails_twice_is_red(tmp_path: Path) -> None:
    write(tmp_path, UNSTEADY, "test_a.py")
    write(tmp_path, BROKEN, "test_b.py")
    code, said = outcome(tmp_path)
    assert code == 1
    assert "1 failed, 1 unsteady" in said.splitlines()[-1]


def test_too_much_that_is_unsteady_is_red(tmp_path: Path) -> None:
    names = [f"test_{number}.py" for number in range(MOST_UNSTEADY + 1)]
    write(tmp_path, UNSTEADY, *names)
    code, said = outcome(tmp_path)
    assert (code, "3 tests are unsteady" in said) == (1, True)


def test_runs_that_share_a_file_count_as_one(tmp_path: Path) -> None:
    shared = {SHARED: str(tmp_path / "unsteady")}
    names = [f"test_{number}.py" for number in range(MOST_UNSTEADY)]
    write(tmp_path, UNSTEADY, *names)
    assert outcome(tmp_path, **shared)[0] == 0
    assert outcome(tmp_path, **shared)[0] == 1


def test_of_what_closes_nothing_may_be_unsteady(tmp_path: Path) -> None:
    write(tmp_path, UNSTEADY, "tests/relay/test_cut.py")
    code, said = outcome(tmp_path)
    assert (code, "never unsteady: tests/relay/test_cut.py" in said) == (1, True)


def test_what_fails_in_numbers_is_not_run_again(tmp_path: Path) -> None:
    write(
        tmp_path, UNSTEADY, *[f"test_{number}.py" for number in range(MOST_ALONE + 1)]
    )
    code, said = outcome(tmp_path)
    assert code == 1
    assert "once more" not in said


def test_what_cannot_be_collected_is_red(tmp_path: Path) -> None:
    write(tmp_path, UNSTEADY, "test_a.py")
    write(tmp_path, "import nothing_of_that_name", "test_b.py")
    assert outcome(tmp_path)[0] == 2
    assert outcome(tmp_path, "--continue-on-collection-errors")[0] == 1


@pytest.mark.parametrize("start", ALWAYS_STEADY)
def test_what_closes_is_where_it_is_said_to_be(start: str) -> None:
    assert (ROOT / start).exists()
