"""What HACS asks, the promises about releases and pins, and what must not be in the repository."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import (
    Distribution,
    PackageNotFoundError,
    distributions,
    version,
)
import json
import os
from pathlib import Path
import re
import subprocess
import tomllib
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image
import pytest

from tests.needed import (
    PROJECT,
    WITHOUT_A_WHEEL,
    Requirements,
    by_name,
    needed_by_the_demo,
)

from .integration import FOLDER, ROOT, Integration

HACS_KEYS: Final = {
    "content_in_root",
    "country",
    "filename",
    "hacs",
    "hide_default_branch",
    "homeassistant",
    "name",
    "persistent_directory",
    "render_readme",
    "zip_release",
}
REGISTRY: Final = re.compile(
    r"\b(?:pypi|pythonhosted|npmjs|yarnpkg|debian|ubuntu|docker|ghcr|crates|conda)"
    r"\.(?:org|com|io|net)\b"
)


@cache
def committed() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - the owner's own git
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return tuple(ROOT / path for path in listed.stdout.split("\0") if path)


@cache
def project() -> dict[str, Any]:
    return tomllib.loads(PROJECT.read_text())


def hacs_json() -> dict[str, Any]:
    hacs: dict[str, Any] = json.loads((ROOT / "hacs.json").read_text())
    return hacs


def hacsjson(hacs: dict[str, Any]) -> Iterator[str]:
    for key in sorted(set(hacs) - HACS_KEYS):
        yield f"{key} is no key of HACS"
    if "name" not in hacs:
        yield "no name"
    if hacs.get("zip_release") and "filename" not in hacs:
        yield "no filename"


def test_hacs_json_holds_only_what_hacs_reads() -> None:
    assert [*hacsjson(hacs_json())] == []
    assert [*hacsjson({"domains": [], "zip_release": True})] == [
        "domains is no key of HACS",
        "no name",
        "no filename",
    ]


def test_hacs_finds_the_brand_and_the_license() -> None:
    with Image.open(FOLDER / "brand" / "icon.png") as icon:
        assert (icon.format, icon.mode, icon.size) == ("PNG", "RGBA", (256, 256))
    assert project()["project"]["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def pinned(*groups: str) -> Requirements:
    """Give the requirements of dependency groups, their groups included, by name."""
    found: Requirements = {}
    for group in groups:
        for line in project()["dependency-groups"][group]:
            match line:
                case {"include-group": str(inner)}:
                    found |= pinned(inner)
                case str():
                    found |= by_name([line])
    return found


def in_groups() -> Requirements:
    return pinned(*project()["dependency-groups"])


def locked() -> Requirements:
    """Give what the groups bring along, as `scripts/lock` wrote it."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return by_name(line for line in lines if not line.startswith("#"))


def test_what_the_integration_requires_is_what_it_is_tested_with() -> None:
    required = by_name(Integration.read().manifest["requirements"])
    tested = in_groups()
    assert required
    for name, requirement in required.items():
        assert str(requirement) == str(tested[name])


def test_the_floor_is_the_one_hacs_promises() -> None:
    year, month, _ = hacs_json()["homeassistant"].split(".")
    floor = str(pinned("floor")["homeassistant"].specifier)
    assert floor.startswith(f"=={year}.{month}.")


def loose(requirements: Iterable[Requirement]) -> list[str]:
    return [
        str(each)
        for each in requirements
        if not re.fullmatch(r"==[0-9][0-9a-z.]*", str(each.specifier))
    ]


def test_every_pin_is_exact() -> None:
    assert loose(in_groups().values()) == []
    assert loose(locked().values()) == []
    assert loose(by_name(["a==1.2", "b>=1", "c==1.*", "d"]).values()) == [
        "b>=1",
        "c==1.*",
        "d",
    ]


def test_what_a_group_pins_is_not_locked_besides() -> None:
    assert in_groups().keys() & locked().keys() == set()


def pinned_by(distributions: Iterable[Distribution]) -> set[str]:
    """Give what these ask for in one version and no other."""
    asked = (
        Requirement(line) for each in distributions for line in each.requires or ()
    )
    return {canonicalize_name(each.name) for each in asked if not loose([each])}


@pytest.mark.skipif("LATCHSTRING_VENV" in os.environ, reason="it is somebody's own")
def test_no_version_of_this_environment_was_left_open() -> None:
    here = [*distributions()]
    held = in_groups().keys() | locked().keys() | pinned_by(here)
    assert {canonicalize_name(each.name) for each in here} - held == set()


def to_fetch(wanted: Requirements) -> set[str]:
    """Give what is not installed as it is required."""
    return {name for name, each in wanted.items() if not _is_here(each)}


def _is_here(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(version(requirement.name))
    except PackageNotFoundError:
        return False


def test_home_assistant_has_nothing_left_to_fetch_at_its_first_start() -> None:
    # What has no wheel is there in another version, which the demo tells it to take.
    assert to_fetch(needed_by_the_demo()) <= WITHOUT_A_WHEEL
    assert to_fetch(by_name(["h11==0.1", "homeassistant", "none-such==1"])) == {
        "h11",
        "none-such",
    }


def with_registry(paths: Sequence[Path]) -> list[str]:
    """Give the files that name a package registry's host."""
    return [
        path.name
        for path in paths
        if REGISTRY.search(path.read_text(errors="replace").lower())
    ]


def test_no_file_names_a_package_registry(tmp_path: Path) -> None:
    assert with_registry([path for path in committed() if path.is_file()]) == []
    (tmp_path / "named").write_text(f"https://{'pypi'}.org/simple")
    (tmp_path / "clean").write_text("https://example.org")
    assert with_registry([*tmp_path.iterdir()]) == ["named"]


def loose_steps(workflow: str) -> list[str]:
    """Give the actions of a workflow that are pinned by no hash."""
    steps = re.findall(r"uses: *(\S+)", workflow)
    return [step for step in steps if not re.search(r"@[0-9a-f]{40}$", step)]


def test_every_workflow_may_little_and_runs_only_what_is_pinned() -> None:
    workflows = [
        path.read_text() for path in (ROOT / ".github" / "workflows").iterdir()
    ]
    assert [step for workflow in workflows for step in loose_steps(workflow)] == []
    assert loose_steps("uses: actions/checkout@v7") == ["actions/checkout@v7"]
    assert all(
        re.search(r"^permissions:(?: \{\}|\n  contents: read)$", workflow, re.MULTILINE)
        for workflow in workflows
    )
