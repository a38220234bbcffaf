"""Two demos that start at once don't take the same port."""

import subprocess
import sys

from .ports import free_port


def test_a_port_that_somebody_is_about_to_take_is_given_to_nobody_else() -> None:
    wanted = free_port()
    assert free_port(wanted) != wanted
    asked = "from tests.end_to_end.ports import free_port; print(free_port({}))"
    other = subprocess.run(
        [sys.executable, "-c", asked.format(wanted)], capture_output=True, check=True
    )
    assert int(other.stdout) != wanted


def test_a_port_that_nobody_wants_is_given_to_whoever_does() -> None:
    asked = "from tests.end_to_end.ports import free_port; print(free_port())"
    ended = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, check=True
    )
    assert free_port(int(ended.stdout)) == int(ended.stdout)
