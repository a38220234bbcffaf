"""What hassfest asks of the manifest, and of imports that the manifest has to cover."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from awesomeversion import AwesomeVersion
from homeassistant import components
from homeassistant.const import Platform

from .integration import FOLDER, Complaints, Integration, Rule

REQUIRED = (
    "domain",
    "name",
    "codeowners",
    "config_flow",
    "documentation",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "requirements",
    "version",
)
OPTIONAL = ("after_dependencies", "dependencies", "loggers", "single_config_entry")
# The project shows its quality scale as a file; the key is for Home Assistant's own.
TYPES = frozenset({"device", "hub", "service"})
IOT_CLASSES = frozenset(
    {
        "assumed_state",
        "calculated",
        "cloud_polling",
        "cloud_push",
        "local_polling",
        "local_push",
    }
)

# What hassfest lets any integration import: entity platforms, and what is always there.
ALWAYS_THERE = frozenset(Platform) | {
    "automation",
    "device_automation",
    "frontend",
    "homeassistant",
    "person",
    "persistent_notification",
    "script",
    "system_health",
    "webhook",
    "websocket_api",
    "zone",
}


def keys_are_known_and_complete(integration: Integration) -> Complaints:
    """Complain of keys that are missing, or that nobody reads."""
    keys = set(integration.manifest)
    for key in sorted(keys - {*REQUIRED, *OPTIONAL}):
        yield f"{key} is no key of ours"
    for key in sorted({*REQUIRED} - keys):
        yield f"{key} is missing"


def keys_are_in_order(integration: Integration) -> Complaints:
    """Complain unless domain and name come first and the rest by the alphabet."""
    keys = list(integration.manifest)
    if keys != sorted(keys, key=lambda key: (key != "domain", key != "name", key)):
        yield f"not in order: {', '.join(keys)}"


def values_are_of_their_kind(integration: Integration) -> Complaints:
    """Complain of each value that hassfest would not take."""
    manifest = integration.manifest
    fits: dict[str, Callable[[Any], bool]] = {
        "codeowners": lambda owners: (
            bool(owners) and all(owner.startswith("@") for owner in owners)
        ),
        "config_flow": lambda flag: flag is True,
        "documentation": lambda url: url.startswith("https://"),
        "domain": lambda domain: domain == FOLDER.name,
        "integration_type": TYPES.__contains__,
        "iot_class": IOT_CLASSES.__contains__,
        "issue_tracker": lambda url: url.startswith("https://"),
        # All the integration needs comes with Home Assistant.
        "requirements": lambda requirements: requirements == [],
        "version": lambda version: bool(AwesomeVersion(version).valid),
    }
    for key, fit in fits.items():
        if key in manifest and not fit(manifest[key]):
            yield f"{key} cannot be {manifest[key]!r}"


def dependencies_exist_once(integration: Integration) -> Complaints:
    """Complain of a dependency that Home Assistant lacks or that is named twice."""
    needed = integration.manifest.get("dependencies", [])
    wanted = integration.manifest.get("after_dependencies", [])
    built_in = Path(next(iter(components.__path__)))
    for name in sorted({*needed, *wanted}):
        if [*needed, *wanted].count(name) > 1:
            yield f"{name} is named twice"
        if not (built_in / name / "manifest.json").exists():
            yield f"{name} is no integration of Home Assistant"


def imports_are_declared(integration: Integration) -> Complaints:
    """Complain of an integration that is imported and that may not be there."""
    manifest = integration.manifest
    declared = {
        *manifest.get("dependencies", []),
        *manifest.get("after_dependencies", []),
    }
    own = {path.removesuffix(".py") for path in integration.modules}
    for path, tree in integration.modules.items():
        for name in sorted(set(_imported(tree)) - declared - ALWAYS_THERE - own):
            yield f"{path} imports {name}, which the manifest does not name"


def _imported(node: ast.AST) -> Iterator[str]:
    """Give each imported integration; what is only for the type checker is not."""
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=orelse):
            children: list[ast.AST] = [*orelse]
        case ast.ImportFrom(module="homeassistant.components", names=names):
            yield from (alias.name for alias in names)
            return
        case ast.ImportFrom(module=str(name)) if _in_components(name):
            yield name.split(".")[2]
            return
        case ast.Import(names=names):
            yield from (
                alias.name.split(".")[2]
                for alias in names
                if _in_components(alias.name)
            )
            return
        case _:
            children = [*ast.iter_child_nodes(node)]
    for child in children:
        yield from _imported(child)


def _in_components(name: str) -> bool:
    return name.startswith("homeassistant.components.")


def setup_names_its_configuration(integration: Integration) -> Complaints:
    """Complain of an `async_setup` beside which no CONFIG_SCHEMA refuses YAML."""
    tree = integration.modules.get("__init__.py", ast.Module(body=[]))
    sets_up = any(
        isinstance(node, ast.AsyncFunctionDef) and node.name == "async_setup"
        for node in tree.body
    )
    names = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if sets_up and "CONFIG_SCHEMA" not in names:
        yield "async_setup without CONFIG_SCHEMA"


RULES: tuple[Rule, ...] = (
    keys_are_known_and_complete,
    keys_are_in_order,
    values_are_of_their_kind,
    dependencies_exist_once,
    imports_are_declared,
    setup_names_its_configuration,
)
