"""What Home Assistant would fetch at the first start of the demo, as the installed release says.

    python -m tests.needed

prints it, one requirement a line, for an environment in which nothing is left to fetch: with what the demo needs
besides, and in the demo's version where the one that Home Assistant names has no wheel.
"""

from collections.abc import Iterable
import json
from pathlib import Path
import re
import sys
import tomllib
from typing import Final

from homeassistant import components
from homeassistant.auth.mfa_modules import totp
from homeassistant.bootstrap import DEFAULT_INTEGRATIONS
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .end_to_end.house import CONFIGURATION, INTEGRATION

PROJECT: Final = Path(__file__).parents[1] / "pyproject.toml"
BUILT_IN: Final = Path(next(iter(components.__path__)))
WITHOUT_A_WHEEL: Final = {"pymicro-vad", "pyspeex-noise"}
SET_UP_LATER: Final = ("generic", "mobile_app")
"""What the demo adds when Home Assistant runs: its cameras and its phone."""
IMPORTED: Final = ("hassio",)
"""What is not set up and has to be there: analytics, which every Home Assistant sets up, imports it."""

type Requirements = dict[str, Requirement]
"""By the name of the package."""


def needed_by(*integrations: str) -> Requirements:
    """Return what these integrations, and all that they depend on, require."""
    found: Requirements = {}
    open_, seen = [*integrations], set[str]()
    while open_:
        if (name := open_.pop()) in seen:
            continue
        seen.add(name)
        manifest = json.loads((BUILT_IN / name / "manifest.json").read_text())
        open_ += manifest.get("dependencies", [])
        found |= by_name(manifest.get("requirements", []))
    return found


def needed_by_the_demo() -> Requirements:
    """Return what the demo's configuration, and this integration in it, require."""
    manifest = json.loads((INTEGRATION / "manifest.json").read_text())
    return needed_by(
        *DEFAULT_INTEGRATIONS,
        *manifest["dependencies"],
        *manifest["after_dependencies"],
        *re.findall(r"^(\w+):", CONFIGURATION, re.MULTILINE),
        *SET_UP_LATER,
        *IMPORTED,
    ) | by_name(totp.REQUIREMENTS)


def by_name(lines: Iterable[str]) -> Requirements:
    """Parse requirements."""
    parsed = map(Requirement, lines)
    return {canonicalize_name(each.name): each for each in parsed}


def demo_group() -> Requirements:
    """Return what the demo is pinned to, whatever the release."""
    project = tomllib.loads(PROJECT.read_text())
    return by_name(project["dependency-groups"]["demo"])


if __name__ == "__main__":
    wanted = needed_by_the_demo()
    for name in WITHOUT_A_WHEEL:
        wanted.pop(name, None)
    for each in (demo_group() | wanted).values():
        sys.stdout.write(f"{each}\n")
