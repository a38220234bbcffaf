"""Each command explains itself, and says what to do where it cannot work."""

import os
from pathlib import Path
import shutil
import subprocess
import sys
import tomllib
from typing import Final

import pytest

from .integration import ROOT

COMMANDS = sorted(
    path.name for path in (ROOT / "scripts").iterdir() if path.suffix != ".sh"
)
TOOLS = """
    awk bash cat cut dirname env find flock mkdir readlink rm sed sha256sum
"""


PYTHON: Final = f"""\
#!/bin/sh
exec '{sys.executable}' "$@"
"""
UV: Final = """\
#!/bin/sh
for last; do :; done
case $1 in
venv) mkdir -p "$last/bin" && cp "${0%/*}/python/x/bin/python3.14" "$last/bin/python" ;;
pip) printf '%s\\n' 'Resolved 119 packages' ' + homeassistant' "$UV_SAYS" >&2; exit "$UV_ENDS" ;;
esac
"""
"""What uv does for us, on a machine that has a Python 3.14."""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself(name: str) -> None:
    result = run(f"scripts/{name}", "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"scripts/{name}")
    assert "#!" not in result.stdout
    assert "source " not in result.stdout


@pytest.mark.parametrize("path", [*COMMANDS, "prologue.sh", "../.ci/run"])
def test_a_command_is_bash(path: str) -> None:
    result = run("bash", "-n", f"scripts/{path}")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_ci_command_can_be_started() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_an_environment_of_ones_own_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to("/bin/true")
    result = run("scripts/environment", "tested", LATCHSTRING_VENV=str(tmp_path))
    assert result.stdout == f"{tmp_path}/bin\n"


@pytest.mark.parametrize(
    ("arguments", "environment", "remedy"),
    [
        ((), {}, "scripts/environment --help"),
        (("tested",), {"LATCHSTRING_VENV": "/nowhere"}, "holds no bin/python"),
        (("tested",), {}, "neither HOME nor XDG_CACHE_HOME"),
        (("tested",), {"HOME": "/dev/null"}, "set XDG_CACHE_HOME to a folder"),
    ],
    ids=["no groups", "no such environment", "no home", "cache cannot be written"],
)
def test_an_environment_that_cannot_be_says_why(
    arguments: tuple[str, ...], environment: dict[str, str], remedy: str
) -> None:
    result = run("scripts/environment", *arguments, **environment)
    assert result.returncode == 1
    assert result.stdout == ""
    assert remedy in result.stderr


def test_a_lock_takes_no_options() -> None:
    before = (ROOT / "requirements.lock").read_bytes()
    result = run("scripts/lock", "--upgrade")
    assert (result.returncode, result.stdout) == (1, "")
    assert "scripts/lock --help" in result.stderr
    assert (ROOT / "requirements.lock").read_bytes() == before


@pytest.mark.parametrize("which", [(), ("newest",)], ids=["nothing", "no such"])
def test_what_is_upcoming_is_a_release_or_a_beta(which: tuple[str, ...]) -> None:
    result = run("scripts/upcoming", *which)
    assert (result.returncode, result.stdout) == (1, "")
    assert "release or beta?" in result.stderr


def test_a_machine_without_any_python_is_told_what_to_install(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS.split():
        found = shutil.which(tool)
        assert found
        (tools / tool).symlink_to(found)
    result = run("scripts/environment", "tested", PATH=str(tools), HOME=str(tmp_path))
    assert result.returncode == 1
    assert result.stdout == ""
    assert "no Python here has pip" in result.stderr
    assert "Install python3.14 (3.14.2 or newer)" in result.stderr


def test_a_second_run_waits_for_the_first(tmp_path: Path) -> None:
    cache = tmp_path / "latchstring"
    cache.mkdir()
    with subprocess.Popen(
        ["flock", cache / "lock", "sh", "-c", "echo held; read _"],  # noqa: S607 - util-linux
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdin
        assert holder.stdout.readline() == "held\n"
        with subprocess.Popen(
            [ROOT / "scripts" / "environment", "tested"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(tmp_path)},
            stderr=subprocess.PIPE,
            text=True,
        ) as waiting:
            assert waiting.stderr
            assert "another run is preparing" in waiting.stderr.readline()
            waiting.kill()
        holder.stdin.close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache in which there are a Python and a uv, and no environment."""
    cache = tmp_path / "latchstring"
    programs = {f"uv-{pin('installer', 'uv')}": UV, "python/x/bin/python3.14": PYTHON}
    for name, program in programs.items():
        path = cache / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(program)
        path.chmod(0o755)
    return cache


def pin(group: str, name: str) -> str:
    """Return the version that a group pins."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    (version,) = (
        line.partition("==")[2]
        for line in groups[group]
        if isinstance(line, str) and line.startswith(f"{name}==")
    )
    return str(version)


def test_a_first_run_says_a_line_for_each_step_and_a_second_run_none(
    cache: Path,
) -> None:
    machine = {"XDG_CACHE_HOME": str(cache.parent), "UV_SAYS": "", "UV_ENDS": "0"}
    first = run("scripts/environment", "newest", **machine)
    assert first.returncode == 0, first.stderr
    (line,) = first.stderr.splitlines()
    release = pin("newest", "homeassistant")
    assert line.startswith(
        f"latchstring: first run: fetching Home Assistant {release} ("
    )
    assert (Path(first.stdout.strip()) / "python").exists()
    assert "Resolved 119 packages" in (cache / "log").read_text()
    second = run("scripts/environment", "newest", **machine)
    assert (second.stdout, second.stderr) == (first.stdout, "")


def test_only_a_release_of_home_assistant_is_said_to_be_large(cache: Path) -> None:
    machine = {"XDG_CACHE_HOME": str(cache.parent), "UV_SAYS": "", "UV_ENDS": "0"}
    both = run("scripts/environment", "tested", "check", **machine)
    small = run("scripts/environment", "installer", **machine)
    assert both.stderr.endswith(" MB; a minute or two) and the group check\n")
    assert small.stderr == "latchstring: fetching the group installer\n"


def test_a_step_that_fails_shows_its_last_words(cache: Path) -> None:
    result = run(
        "scripts/environment",
        "newest",
        XDG_CACHE_HOME=str(cache.parent),
        UV_SAYS="error: there is no way to the index",
        UV_ENDS="2",
        PIP_INDEX_URL="http://127.0.0.1:1",
        PIP_RETRIES="0",
    )
    assert result.returncode == 1
    assert result.stdout == ""
    first, second, failed, *words, remedy = result.stderr.splitlines()
    assert "fetching Home Assistant" in first
    assert "trying with pip" in second
    assert str(cache / "log") in failed
    assert any("there is no way to the index" in each for each in words)
    assert all(each.startswith("    ") for each in words)
    assert "PIP_INDEX_URL" in remedy
