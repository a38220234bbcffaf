"""What fails beside others and passes alone is unsteady: a little of it is green, never of what closes."""

from pathlib import Path
from typing import Final

import pytest

from tests import second_run
from tests.second_run import (
    IS_SECOND,
    MAY_BE_UNSTEADY,
    MOST_ALONE,
    MOST_UNSTEADY,
    SHARED,
)

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


DYING: Final = f"""
import os
def test_it():
    if not {ALONE}: os._exit(139)
"""
SKIPPED_ALONE: Final = f"""
import os, pytest
def test_it():
    if {ALONE}: pytest.skip("there is nothing to test it with")
    assert False
"""
A: Final = "tests/reference_hub/test_a.py"
B: Final = "tests/reference_hub/test_b.py"


def numbered(many: int) -> list[str]:
    return [f"tests/reference_hub/test_{number}.py" for number in range(many)]


def outcome(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    return run(folder, "tests.second_run", *arguments, **environment)


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize(
    "source", [UNSTEADY, UNSTEADY_AT_THE_END], ids=["a test", "after a test"]
)
def test_what_passes_alone_is_green_and_told_with_both_outputs(
    tmp_path: Path, source: str, workers: str
) -> None:
    write(tmp_path, source, A, B)
    code, said = outcome(tmp_path, "-n", workers)
    assert code == 0
    assert f"UNSTEADY {A}::test_it" in said
    assert "AssertionError" in said
    assert "2 unsteady" in said.splitlines()[-1]
    assert "failed" not in said.splitlines()[-1]


def test_both_outputs_are_printed_in_full(tmp_path: Path) -> None:
    write(tmp_path, UNSTEADY, A)
    _, said = outcome(tmp_path)
    first, second = said.split("alone it passed:")
    assert "beside others" in first.split("beside others it failed:")[1]
    assert "alone" in second


def test_what_fails_twice_is_red(tmp_path: Path) -> None:
    write(tmp_path, UNSTEADY, A)
    write(tmp_path, BROKEN, B)
    code, said = outcome(tmp_path)
    assert code == 1
    assert "1 failed, 1 unsteady" in said.splitlines()[-1]


def test_too_much_that_is_unsteady_is_red(tmp_path: Path) -> None:
    write(tmp_path, UNSTEADY, *numbered(MOST_UNSTEADY + 1))
    code, said = outcome(tmp_path)
    assert (code, "3 tests are unsteady" in said) == (1, True)


def test_runs_that_share_a_file_count_as_one(tmp_path: Path) -> None:
    shared = {SHARED: str(tmp_path / "unsteady")}
    write(tmp_path, UNSTEADY, *numbered(MOST_UNSTEADY))
    assert outcome(tmp_path, **shared)[0] == 0
    assert outcome(tmp_path, **shared)[0] == 1


@pytest.mark.parametrize("path", ["tests/relay/test_cut.py", "tests/test_new.py"])
def test_of_what_closes_or_is_not_known_nothing_may_be_unsteady(
    tmp_path: Path, path: str
) -> None:
    write(tmp_path, UNSTEADY, path)
    code, said = outcome(tmp_path)
    assert (code, f"never unsteady: {path}" in said) == (1, True)


def test_a_worker_that_died_is_red(tmp_path: Path) -> None:
    write(tmp_path, DYING, A)
    code, said = outcome(tmp_path, "-n", "2")
    assert (code, f"UNSTEADY {A}::test_it" in said) == (1, True)


def test_what_is_skipped_alone_is_red(tmp_path: Path) -> None:
    write(tmp_path, SKIPPED_ALONE, A)
    code, said = outcome(tmp_path)
    assert (code, "UNSTEADY" in said) == (1, False)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_that_stopped_at_what_failed_is_red(tmp_path: Path, workers: str) -> None:
    write(tmp_path, UNSTEADY, A)
    write(tmp_path, BROKEN, B)
    assert outcome(tmp_path, "-x", "-n", workers)[0] != 0


def test_what_does_not_end_alone_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_run, "PATIENCE", 0.01)
    done = second_run.alone("test_a.py", tmp_path)
    assert (done.returncode, "timed out" in done.stdout) == (1, True)


def test_what_fails_in_numbers_is_not_run_again(tmp_path: Path) -> None:
    write(tmp_path, UNSTEADY, *numbered(MOST_ALONE + 1))
    code, said = outcome(tmp_path)
    assert code == 1
    assert "once more" not in said


def test_what_cannot_be_collected_is_red(tmp_path: Path) -> None:
    write(tmp_path, UNSTEADY, A)
    write(tmp_path, "import nothing_of_that_name", B)
    assert outcome(tmp_path)[0] == 2
    assert outcome(tmp_path, "--continue-on-collection-errors")[0] == 1


@pytest.mark.parametrize("start", MAY_BE_UNSTEADY)
def test_what_may_be_unsteady_is_where_it_is_said_to_be(start: str) -> None:
    assert (ROOT / start).exists()
