"""Rules of the repository itself: what may lie where, and what must not be in it."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import requires
import json
from pathlib import Path
import re
import subprocess
import tomllib
from typing import Any, Final

from homeassistant import components, const
from homeassistant.auth.mfa_modules import totp
from homeassistant.bootstrap import DEFAULT_INTEGRATIONS
from packaging.requirements import Requirement
from PIL import Image
import pytest

from tests.demo.house import CONFIGURATION

from .integration import FOLDER, ROOT

TOP_LEVEL: Final = {
    "LICENSE",
    "README.md",
    "custom_components",
    "hacs.json",
    "pyproject.toml",
    "scripts",
    "tests",
}
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
def committed() -> tuple[str, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - the owner's own git
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return tuple(filter(None, listed.stdout.split("\0")))


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def strangers(paths: Iterable[str]) -> set[str]:
    """Give what lies at the top and has no business there."""
    top = {path.split("/")[0] for path in paths}
    return {name for name in top - TOP_LEVEL if not name.startswith(".")}


def test_the_top_level_holds_nothing_but_what_a_reader_expects() -> None:
    assert strangers(committed()) == set()
    assert strangers(["tests/x.py", ".ci/run"]) == set()
    assert strangers(["requirements.txt", "docs/x.md"]) == {"requirements.txt", "docs"}


def test_hacs_finds_one_integration() -> None:
    folders = {
        path.split("/")[1]
        for path in committed()
        if path.startswith("custom_components/")
    }
    assert folders == {FOLDER.name}


def hacs_complaints(hacs: dict[str, Any]) -> Iterator[str]:
    for key in sorted(set(hacs) - HACS_KEYS):
        yield f"{key} is no key of HACS"
    if "name" not in hacs:
        yield "no name"
    if hacs.get("zip_release") and "filename" not in hacs:
        yield "no filename"


def test_hacs_json_holds_only_what_hacs_reads() -> None:
    hacs = json.loads((ROOT / "hacs.json").read_text())
    assert [*hacs_complaints(hacs)] == []
    assert [*hacs_complaints({"domains": [], "zip_release": True})] == [
        "domains is no key of HACS",
        "no name",
        "no filename",
    ]


def pinned(*groups: str) -> dict[str, str]:
    """Give the requirements of dependency groups, their groups included, by name."""
    found: dict[str, str] = {}
    for group in groups:
        for line in project()["dependency-groups"][group]:
            match line:
                case {"include-group": str(inner)}:
                    found |= pinned(inner)
                case str():
                    requirement = Requirement(line)
                    found[requirement.name.lower()] = str(requirement.specifier)
    return found


def test_the_floor_is_the_one_hacs_promises() -> None:
    promised = json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    year, month, _ = promised.split(".")
    assert pinned("floor")["homeassistant"].startswith(f"=={year}.{month}.")


def loose(specifiers: Iterable[str]) -> list[str]:
    return [text for text in specifiers if not re.fullmatch(r"==[0-9][0-9a-z.]*", text)]


def test_every_pin_is_exact() -> None:
    assert loose(pinned(*project()["dependency-groups"]).values()) == []
    constraints = project()["tool"]["uv"]["constraint-dependencies"]
    assert loose(str(Requirement(line).specifier) for line in constraints) == []
    assert loose(["==1.2", ">=1", "==1.*", ""]) == [">=1", "==1.*", ""]


def needed_by(*names: str) -> dict[str, str]:
    """Give what Home Assistant would install at the first start of these, by name."""
    built_in = Path(next(iter(components.__path__)))
    found: dict[str, str] = {}
    open_, seen = [*names], set[str]()
    while open_:
        if (name := open_.pop()) in seen:
            continue
        seen.add(name)
        manifest = json.loads((built_in / name / "manifest.json").read_text())
        open_ += manifest.get("dependencies", [])
        found |= by_name(manifest.get("requirements", []))
    return found


def by_name(requirements: Iterable[str]) -> dict[str, str]:
    parsed = [Requirement(line) for line in requirements]
    return {each.name.lower(): str(each.specifier) for each in parsed}


def test_home_assistant_has_nothing_left_to_fetch_at_its_first_start() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    wanted = needed_by(
        *DEFAULT_INTEGRATIONS,
        *manifest["dependencies"],
        *manifest.get("after_dependencies", ()),
        *re.findall(r"^(\w+):", CONFIGURATION, re.MULTILINE),
        "generic",
        "mobile_app",
    ) | by_name(totp.REQUIREMENTS)
    here = next(
        pins
        for pins in map(pinned, ("floor", "tested", "newest"))
        if pins["homeassistant"] == f"=={const.__version__}"
    )
    here |= by_name(requires("homeassistant") or ())
    assert wanted.items() - here.items() == {
        # What it names has no wheel; the demo tells it to take what is there.
        ("pymicro-vad", "==1.0.1"),
        ("pyspeex-noise", "==1.0.2"),
    }


def test_the_licence_is_the_one_the_project_names() -> None:
    assert project()["project"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text()
    assert text.split("\n")[1].strip() == "Apache License"
    assert text.split("\n")[2].strip().startswith("Version 2.0")


def test_the_icon_is_what_home_assistant_and_hacs_show() -> None:
    with Image.open(FOLDER / "brand" / "icon.png") as icon:
        assert (icon.format, icon.mode, icon.size) == ("PNG", "RGBA", (256, 256))
        alpha = icon.getchannel("A")
        corners = [alpha.getpixel((x, y)) for x in (0, 255) for y in (0, 255)]
    assert corners == [0, 0, 0, 0]


def with_registry(paths: Sequence[Path]) -> list[str]:
    """Give the files that name a package registry's host."""
    return [
        path.name
        for path in paths
        if REGISTRY.search(path.read_text(errors="replace").lower())
    ]


def test_no_file_names_a_package_registry(tmp_path: Path) -> None:
    paths = [ROOT / path for path in committed()]
    assert with_registry([path for path in paths if path.is_file()]) == []
    (tmp_path / "named").write_text(f"https://{'pypi'}.org/simple")
    (tmp_path / "clean").write_text("https://example.org")
    assert with_registry([*tmp_path.iterdir()]) == ["named"]


def steps_of(workflow: str) -> list[str]:
    return re.findall(r"uses: *(\S+)", workflow)


def unpinned(steps: Iterable[str]) -> list[str]:
    return [step for step in steps if not re.search(r"@[0-9a-f]{40}$", step)]


def test_every_action_of_the_workflows_is_pinned() -> None:
    workflows = [*(ROOT / ".github" / "workflows").iterdir()]
    steps = [step for path in workflows for step in steps_of(path.read_text())]
    assert len(steps) >= 4
    assert unpinned(steps) == []
    assert unpinned(["actions/checkout@v7"]) == ["actions/checkout@v7"]


@pytest.mark.parametrize("command", ["scripts/demo", "scripts/test"])
def test_the_readme_shows_the_two_commands(command: str) -> None:
    assert command in (ROOT / "README.md").read_text()
