"""What hassfest asks, offline: each rule has the name of the plugin of hassfest that says the same.

Of a custom integration hassfest asks less than of Home Assistant's own. We keep what it asks of those: `quality_scale`,
and a name, a description and an icon for each action. It runs in CI: see `.github/workflows/validate.yml`. Its other
plugins are about what we do not have, such as discovery, or about Home Assistant's own repository.
"""

import ast
from collections.abc import Iterator, Mapping
import re
from string import Formatter
from typing import Any, Final

from awesomeversion import AwesomeVersion
from homeassistant.const import Platform
from homeassistant.helpers.selector import validate_selector
import voluptuous as vol

from .integration import FOLDER, Complaints, Integration, Rule, leaves


def _complaints(schema: vol.Schema, value: Any) -> Complaints:
    try:
        schema(value)
    except vol.MultipleInvalid as error:
        yield from (str(one) for one in error.errors)
    except vol.Invalid as error:
        yield str(error)


def _version(value: str) -> str:
    if not AwesomeVersion(value).valid:
        raise vol.Invalid("is no version")
    return value


HTTPS: Final = vol.Match(r"^https://\S+$")
MANIFEST: Final = vol.Schema(
    {
        vol.Required("domain"): FOLDER.name,
        vol.Required("name"): str,
        vol.Required("codeowners"): [str],
        vol.Required("config_flow"): True,
        vol.Required("documentation"): HTTPS,
        vol.Required("integration_type"): vol.In(("device", "hub", "service")),
        vol.Required("iot_class"): vol.In(
            ("calculated", "cloud_polling", "cloud_push", "local_polling", "local_push")
        ),
        vol.Required("issue_tracker"): HTTPS,  # HACS asks for it
        vol.Required("requirements"): [str],
        vol.Required("version"): _version,
        "after_dependencies": [str],
        "dependencies": [str],
        "loggers": [str],
        "single_config_entry": bool,
    }
)
"""`quality_scale` is a key for Home Assistant's own integrations."""


def manifest(integration: Integration) -> Complaints:
    """Complain of a key that is unknown, missing or out of its order, and of a value that cannot be."""
    yield from _complaints(MANIFEST, integration.manifest)
    keys = list(integration.manifest)
    if keys != sorted(keys, key=lambda key: (key != "domain", key != "name", key)):
        yield f"not in order: {', '.join(keys)}"


def codeowners(integration: Integration) -> Complaints:
    """Complain of an owner that is no account."""
    for owner in integration.manifest.get("codeowners", ()):
        if not owner.startswith("@"):
            yield f"{owner} is no account"


ICE: Final = "aioice"
"""In Python alone, as is what it brings along: it is installed on every machine that Home Assistant runs on."""


def requirements(integration: Integration) -> Complaints:
    """Complain of a requirement that is not pinned, and of all but one. Hassfest allows any.

    What else we need comes with Home Assistant, or with what the manifest depends on.
    """
    for requirement in integration.manifest.get("requirements", ()):
        name, _, version = requirement.partition("==")
        if name != ICE or not version:
            yield f"{requirement} would be installed"


ALWAYS_THERE: Final = frozenset(Platform) | {
    "persistent_notification",
    "system_health",
    "websocket_api",
    "zone",
}
"""Of what hassfest lets any integration import undeclared, the part that we import."""


def dependencies(integration: Integration) -> Complaints:
    """Complain of an integration that is imported and that the manifest does not name."""
    declared = {
        *integration.manifest.get("dependencies", ()),
        *integration.manifest.get("after_dependencies", ()),
    }
    own = {path.removesuffix(".py") for path in integration.modules}
    for path, tree in integration.modules.items():
        for name in sorted(set(_components(tree)) - declared - ALWAYS_THERE - own):
            yield f"{path} imports {name}, which the manifest does not name"


def _components(node: ast.AST) -> Iterator[str]:
    """Give each imported integration; what is only for the type checker is not."""
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=orelse):
            children: list[ast.AST] = [*orelse]
        case ast.ImportFrom(module=str(origin)):
            names = [f"{origin}.{each.name}" for each in node.names]
            yield from filter(None, map(_component, names))
            return
        case ast.Import():
            yield from filter(None, (_component(each.name) for each in node.names))
            return
        case _:
            children = [*ast.iter_child_nodes(node)]
    for child in children:
        yield from _components(child)


def _component(name: str) -> str | None:
    match name.split("."):
        case ["homeassistant", "components", component, *_]:
            return component
    return None


def config_schema(integration: Integration) -> Complaints:
    """Complain of an `async_setup` beside which no CONFIG_SCHEMA refuses YAML."""
    tree = integration.modules.get("__init__.py", ast.Module(body=[]))
    functions = {
        each.name for each in tree.body if isinstance(each, ast.AsyncFunctionDef)
    }
    names = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if "async_setup" in functions and "CONFIG_SCHEMA" not in names:
        yield "async_setup without CONFIG_SCHEMA"


def config_flow(integration: Integration) -> Complaints:
    """Complain where the flow that the manifest promises is not where it is looked for."""
    if "config_flow.py" not in integration.modules:
        yield "there is no config_flow.py"


KEY: Final = vol.Match(r"^[a-z0-9]+(?:[_-][a-z0-9]+)*$")
TEXTS: Final = {KEY: str}
NAMED: Final = {vol.Required("name"): str, vol.Required("description"): str}
FLOW: Final = {
    vol.Required("step"): {
        KEY: {
            "title": str,
            "description": str,
            "data": TEXTS,
            "data_description": TEXTS,
            "menu_options": TEXTS,
        }
    },
    "error": TEXTS,
    "abort": TEXTS,
    "progress": TEXTS,
}
SHARE_FLOW: Final = {
    **FLOW,
    vol.Required("entry_type"): str,
    vol.Required("initiate_flow"): {vol.Required("user"): str, "reconfigure": str},
}
ENTITY: Final = {
    "name": str,
    "state": TEXTS,
    "state_attributes": {KEY: {"name": str, "state": TEXTS}},
}
WORDS: Final = vol.Schema(
    {
        "title": str,
        "config": FLOW,
        "options": FLOW,
        "config_subentries": {KEY: SHARE_FLOW},
        "entity": {vol.Any(*Platform): {KEY: ENTITY}},
        "exceptions": {KEY: {vol.Required("message"): str}},
        "issues": {
            KEY: {
                vol.Required("title"): str,
                vol.Exclusive("description", "fixable"): str,
                vol.Exclusive("fix_flow", "fixable"): FLOW,
            }
        },
        "selector": {KEY: {"options": TEXTS}},
        "services": {KEY: {**NAMED, "fields": {KEY: NAMED}}},
        "system_health": {"info": TEXTS},
    }
)
"""What we have of it: hassfest knows more, to be added with its first use."""

FORBIDDEN: Final[Mapping[str, re.Pattern[str]]] = {
    "HTML": re.compile(r"<[a-zA-Z/!][^>]*>"),
    "an address": re.compile(r"(?:[a-z0-9]+://|www\.)\S+", re.IGNORECASE),
    "outer blanks": re.compile(r"^\s|\s$"),
    "a placeholder in quotes": re.compile(r"'\{\w+\}'"),
    "a reference": re.compile(r"\[%key:"),
}


def translations(integration: Integration) -> Complaints:
    """Complain of a key that nobody looks up, and of a text that is more than text."""
    yield from _complaints(WORDS, integration.words)
    for path, text in leaves(integration.words):
        for name, pattern in FORBIDDEN.items():
            if pattern.search(text):
                yield f"{path} holds {name}"
        for _, placeholder, _, _ in Formatter().parse(text):
            if placeholder is not None and not placeholder.isidentifier():
                yield f"{path} has the placeholder {placeholder!r}"
    for path, step in _steps(integration.words):
        for field in sorted(
            step.get("data_description", {}).keys() - step.get("data", {})
        ):
            yield f"{path} describes {field}, which it lacks"


def _steps(words: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for section, flow in flows(words):
        for step, said in flow.get("step", {}).items():
            yield f"{section}.step.{step}", said


def flows(words: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the words of each flow that is no repair."""
    for section in ("config", "options"):
        if section in words:
            yield section, words[section]
    for kind, flow in words.get("config_subentries", {}).items():
        yield f"config_subentries.{kind}", flow


ICON: Final = vol.Match(r"^mdi:[a-z0-9-]+$")
DRAWN: Final = {"default": ICON, "state": {KEY: ICON}}
ICONS: Final = vol.Schema(
    {
        "entity": {
            vol.Any(*Platform): {KEY: {**DRAWN, "state_attributes": {KEY: DRAWN}}}
        },
        "services": {KEY: {vol.Required("service"): ICON}},
    }
)


def icons(integration: Integration) -> Complaints:
    """Complain of a key that nobody looks up, and of what is no `mdi:` icon."""
    yield from _complaints(ICONS, integration.icons)


FIELD: Final = {
    "required": bool,
    "default": object,
    "example": object,
    "selector": validate_selector,
}
ACTION: Final = {"target": object, "fields": {KEY: vol.Any(None, FIELD)}}
ACTIONS: Final = vol.Schema({KEY: vol.Any(None, ACTION)})


def services(integration: Integration) -> Complaints:
    """Complain of an action or field without its words or icon, and of words or an icon for none."""
    yield from _complaints(ACTIONS, integration.actions)
    spoken = integration.words.get("services", {})
    drawn = integration.icons.get("services", {})
    for where, known in (("the words", spoken), ("the icons", drawn)):
        for name in sorted(integration.actions.keys() ^ known.keys()):
            yield f"{name} is not in both services.yaml and {where}"
    for action, described in integration.actions.items():
        fields = (described or {}).get("fields", {})
        named = spoken.get(action, {}).get("fields", {})
        for field in sorted(fields.keys() ^ named.keys()):
            yield f"{action}: the field {field} is not in both"


TIERS: Final = """
    action-setup appropriate-polling brands common-modules config-flow config-flow-test-coverage
    dependency-transparency docs-actions docs-conditions docs-high-level-description
    docs-installation-instructions docs-removal-instructions docs-triggers entity-event-setup entity-unique-id
    has-entity-name runtime-data test-before-configure test-before-setup unique-config-entry

    action-exceptions config-entry-unloading docs-configuration-parameters docs-installation-parameters
    entity-unavailable integration-owner log-when-unavailable parallel-updates reauthentication-flow test-coverage

    devices diagnostics discovery discovery-update-info docs-data-update docs-examples docs-known-limitations
    docs-supported-devices docs-supported-functions docs-troubleshooting docs-use-cases dynamic-devices entity-category
    entity-device-class entity-disabled-by-default entity-translations exception-translations icon-translations
    reconfiguration-flow repair-issues stale-devices

    async-dependency inject-websession strict-typing
"""
"""Bronze, silver, gold and platinum."""
ASKED: Final = TIERS.split()
EXPLAINED: Final = {
    vol.Required("status"): vol.In(("done", "todo", "exempt")),
    vol.Required("comment"): vol.All(str, vol.Length(min=1)),
}
ANSWER: Final = vol.Any("done", EXPLAINED)
QUALITY: Final = vol.Schema(
    {vol.Required("rules"): {vol.Required(name): ANSWER for name in ASKED}}
)


def quality_scale(integration: Integration) -> Complaints:
    """Complain of a rule that is unknown, unanswered or out of its tier's order, and of an answer without its why."""
    yield from _complaints(QUALITY, integration.quality)
    answered = [*integration.quality.get("rules", {})]
    if answered != [name for name in ASKED if name in answered]:
        yield "not in the order of the tiers"


RULES: tuple[Rule, ...] = (
    manifest,
    codeowners,
    requirements,
    dependencies,
    config_schema,
    config_flow,
    translations,
    icons,
    services,
    quality_scale,
)
