"""All that is taken of Home Assistant is there, and is documented or shared by several of its own integrations.

Looked at is every name imported from `homeassistant`, every attribute of an imported module, and every reach into
`hass`; what else is reached into, only a reader sees. Runs on each release that the project knows.
"""

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
import importlib
from importlib.metadata import packages_distributions, requires
from pathlib import Path
import re
import subprocess
import sys
from typing import Final

from homeassistant import components
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.needed import BUILT_IN, needed_by

from .integration import FOLDER, ROOT, Complaints, Integration, module

SEVERAL: Final = 3
"""So many integrations besides the owner's have to use what is documented nowhere.

What one or two use is moved in the change that mends those, as `schedule.const` was, which none used and whose moving
left owners without switches. What three use, of three owners, is as a rule kept a while under its old name.
"""

DOCUMENTED: Final[Mapping[str, str]] = {
    "hass.services.async_services_for_domain": "blog/2024/01/22/async_services_for_domain",
    "homeassistant.exceptions.UnknownUser": "docs/auth_permissions",
    "homeassistant.helpers.config_validation.ensure_list": "docs/development_validation",
    "homeassistant.helpers.event.TrackStates": "docs/integration_listen_events",
    "homeassistant.helpers.event.async_track_state_change_filtered": "docs/integration_listen_events",
}
"""What fewer use, by the page of Home Assistant's developer documentation that names it."""

ELSEWHERE: Final = "internals.py"
"""The one place for what is neither; there each says what holds without it."""

STANDS_IN: Final = {"voluptuous"}
"""What Home Assistant puts another library in the place of, under the same name."""

type Names = Mapping[str, set[str]]
"""Who takes a name, by the name: `homeassistant.core.callback`, `hass.states.get`."""


def taken(tree: ast.AST) -> Iterator[str]:
    """Give every name of Home Assistant's that the code takes."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(origin), level=0) if _is_theirs(origin):
                for each in node.names:
                    aliases[each.asname or each.name] = f"{origin}.{each.name}"
            case ast.Import():
                yield from (each.name for each in node.names if _is_theirs(each.name))
    yield from aliases.values()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                if name in aliases and _is_module(aliases[name]):
                    yield f"{aliases[name]}.{attribute}"
        if isinstance(node, ast.Attribute) and (reach := _reach(node)):
            yield reach


def _is_theirs(name: str) -> bool:
    return name.partition(".")[0] == "homeassistant"


def _is_module(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def _reach(node: ast.Attribute) -> str | None:
    """Name what is reached in `hass`, in `self._hass` and in `call.hass`, two steps deep."""
    match node:
        case ast.Attribute(value=ast.Attribute(attr="loop")):
            return None  # is asyncio's
        case ast.Attribute(value=ast.Attribute() as inner, attr=attribute):
            if _is_hass(inner.value):
                return f"hass.{inner.attr}.{attribute}"
    return f"hass.{node.attr}" if _is_hass(node.value) else None


def _is_hass(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in {"hass", "_hass"}
    return False


def taken_by(modules: Mapping[str, ast.AST]) -> Names:
    """Give the files that take each name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path, tree in modules.items():
        for name in taken(tree):
            found[name].add(path)
    return found


# Every integration is read, ten thousand files: by these, which takes a tenth of the time of parsing them.
IMPORT: Final = re.compile(
    r"^[ \t]*from (homeassistant[.\w]*) import (?:\(([^)]*)\)|(.+))", re.MULTILINE
)
REACH: Final = re.compile(r"\bhass\.(\w+)(?:\.(\w+))?")


def shared_by(folder: Path, names: Iterable[str]) -> Names:
    """Give the integrations that take each of these names."""
    origins = {name.rpartition(".")[0] for name in names}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in folder.rglob("*.py"):
        domain = path.relative_to(folder).parts[0]
        for name in _taken_in(path.read_text(), origins):
            found[name].add(domain)
    return found


def _taken_in(text: str, origins: set[str]) -> Iterator[str]:
    for origin, several, one in IMPORT.findall(text):
        for each in re.sub(r"#.*", "", several or one).split(","):
            name, _, alias = each.strip().partition(" as ")
            yield (taken := f"{origin}.{name}")
            if taken in origins:
                for attribute in re.findall(rf"\b{alias or name}\.(\w+)", text):
                    yield f"{taken}.{attribute}"
    for first, second in REACH.findall(text):
        yield f"hass.{first}"
        yield f"hass.{first}.{second}"


def unshared(
    names: Names, users: Names, *, but: Collection[str] = (ELSEWHERE,)
) -> Complaints:
    """Complain of what few use and no page names, but for files that may."""
    for name in sorted(names.keys() - DOCUMENTED.keys()):
        owner = name.split(".")[2:3] if name.startswith(components.__name__) else ()
        others = users.get(name, set()) - {*owner}
        if len(others) < SEVERAL and (paths := names[name].difference(but)):
            yield f"{name} is used by {len(others)} others: {', '.join(sorted(paths))}"


@cache
def ours() -> tuple[Names, Names]:
    """Give what the integration takes, and who else takes it of the installed release."""
    names = taken_by(Integration.read().modules)
    return names, shared_by(BUILT_IN, names)


def test_what_is_taken_is_documented_or_shared() -> None:
    names, users = ours()
    assert "\n".join(unshared(names, users)) == ""
    assert DOCUMENTED.keys() - names.keys() == set()


def test_what_few_share_is_noticed(tmp_path: Path) -> None:
    for domain in ("one", "two", "three", "zone"):
        (tmp_path / domain).mkdir()
        (tmp_path / domain / "entity.py").write_text(
            "from homeassistant.components.zone import (\n    DOMAIN,  # and no more\n"
            "    in_zone as inside,\n)\n"
            "from homeassistant.helpers import entity_registry as er\n"
            "er.async_get(hass).deleted; hass.states.get(x)\n"
        )
    (tmp_path / "one" / "more.py").write_text(
        "from homeassistant.components.zone import RARE\nself.hass.loop_thread_id\n"
    )
    ours = module(
        "from homeassistant.components.zone import DOMAIN, RARE, in_zone\n"
        "from homeassistant.helpers import entity_registry as er\n"
        "er.async_get(call.hass).x; er.Odd\n"
        "self._hass.states.get(x); hass.loop_thread_id; hass.states\n"
    )
    names = taken_by({"event.py": ours})
    users = shared_by(tmp_path, names)
    assert [*unshared(names, users)] == [
        "hass.loop_thread_id is used by 1 others: event.py",
        "homeassistant.components.zone.RARE is used by 1 others: event.py",
        "homeassistant.helpers.entity_registry.Odd is used by 0 others: event.py",
    ]
    assert [*unshared(taken_by({ELSEWHERE: ours}), users)] == []


def absent(names: Iterable[str]) -> Complaints:
    """Complain of what the installed release does not have."""
    for name in sorted(names):
        origin, _, attribute = name.rpartition(".")
        if not (
            hasattr(importlib.import_module(origin), attribute) or _is_module(name)
        ):
            yield f"there is no {name}"


def _imported(modules: Mapping[str, ast.AST]) -> set[str]:
    return {name for name in taken_by(modules) if not name.startswith("hass.")}


def test_what_is_taken_is_there() -> None:
    tests = {
        str(path): module(path.read_text()) for path in (ROOT / "tests").rglob("*.py")
    }
    everything = {**Integration.read().modules, **tests}
    assert "\n".join(absent(_imported(everything))) == ""
    gone = module("from homeassistant.core import callback, gone")
    assert [*absent(_imported({"x.py": gone}))] == [
        "there is no homeassistant.core.gone"
    ]


MODULES: Final = tuple(
    ".".join((*FOLDER.relative_to(ROOT).parts, *Path(path).with_suffix("").parts))
    for path in Integration.read().modules
)
WITHOUT: Final = """
import importlib, sys
gone, modules = (argument.split() for argument in sys.argv[1:])
for name in gone:
    origin, _, attribute = name.rpartition(".")
    vars(importlib.import_module(origin)).pop(attribute, None)
for name in modules:
    importlib.import_module(name.removesuffix(".__init__"))
"""


def imported_without(*gone: str) -> str:
    """Import every module where Home Assistant has these names no more, and give what that says."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, " ".join(gone), " ".join(MODULES)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.splitlines()[-1] if done.returncode else ""


def test_every_module_is_imported_also_without_what_only_we_use() -> None:
    few = {each.partition(" ")[0] for each in unshared(*ours(), but=())}
    gone = [name for name in few if not name.startswith("hass.")]
    assert "homeassistant.components.camera.async_get_stream_source" in gone
    assert imported_without(*gone) == ""
    assert "cannot import name 'callback'" in imported_without(
        "homeassistant.core.callback"
    )


def strange(modules: Mapping[str, ast.AST], known: Iterable[str]) -> Complaints:
    """Complain of a package that does not come with Home Assistant or an integration that ours depends on."""
    distributions = packages_distributions()
    wanted = {canonicalize_name(each) for each in known}
    for path, tree in modules.items():
        for name in sorted(set(_packages(tree)) - sys.stdlib_module_names - STANDS_IN):
            offers = map(canonicalize_name, distributions.get(name, ()))
            if wanted.isdisjoint(offers):
                yield f"{path} imports {name}, which Home Assistant may not have"


def _packages(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name.split(".")[0] for each in names)
            case ast.ImportFrom(module=str(name), level=0):
                yield name.split(".")[0]


def test_what_else_is_imported_comes_with_home_assistant_or_is_required() -> None:
    integration = Integration.read()
    brought = [Requirement(each).name for each in requires("homeassistant") or ()]
    brought += ["homeassistant", *needed_by(*integration.manifest["dependencies"])]
    required = [Requirement(each).name for each in integration.manifest["requirements"]]
    assert [*strange(integration.modules, brought + required)] == []
    assert [*strange({"x.py": module("import ssl, h11.x")}, brought)] == [
        "x.py imports h11, which Home Assistant may not have"
    ]
