"""What the code says and what an owner reads agree. No other tool looks at this."""

import ast
from collections.abc import Iterator
from functools import cache
from itertools import chain
import json
from pathlib import Path
from string import Formatter
from typing import Any, Final

from .hassfest import flows
from .integration import (
    Complaints,
    Integration,
    Rule,
    calls,
    has_argument,
    leaves,
    text_argument,
    texts,
)

RAISED_BY_HOME_ASSISTANT: Final = frozenset(
    {
        "already_configured",
        "already_in_progress",
    }
)
"""On our behalf."""
FLOW_CLASSES: Final = {
    "ConfigFlow": "config",
    "CamerasFlow": "config",
    "PairingFlow": "config",
    "OptionsFlow": "options",
    "OptionsFlowWithReload": "options",
    "ConfigSubentryFlow": "config_subentries",
    "RulesFlow": "config_subentries",
}
ASKS: Final = "Question"
"""What stands for a step of the dialog of a share."""
REGISTER: Final = (
    "async_register",
    "async_register_admin_service",
    "async_register_entity_service",
    "async_register_platform_entity_service",
)
LISTED: Final = "Action"
"""What our own table of actions has one of for each."""


def issues_show_a_placeholder_in_one_way(integration: Integration) -> Complaints:
    """Complain of a description with what the title shows: that is plain text, and it would be read as Markdown."""
    for key, issue in integration.words.get("issues", {}).items():
        both = _placeholders(issue["title"]) & _placeholders(
            issue.get("description", "")
        )
        for name in sorted(both):
            yield f"issues.{key} has {name} in its title and its description"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def actions_are_registered(integration: Integration) -> Complaints:
    """Complain of an action that is registered and not described, or the other way."""
    registered = {
        text
        for tree in integration.modules.values()
        for call in calls(tree, *REGISTER)
        for argument in call.args[:3]
        for text in texts(argument)
    } | {
        name
        for tree in integration.modules.values()
        for call in calls(tree, LISTED)
        if (name := text_argument(call, "name"))
    }
    for name in sorted(registered ^ integration.actions.keys()):
        yield f"{name} is not in both the code and services.yaml"


@cache
def _drawn() -> frozenset[str]:
    """Give the icons that the frontend brings."""
    # As heavy as a page; only this needs it.
    import hass_frontend  # noqa: PLC0415 - as said above

    listed = Path(hass_frontend.where()) / "static" / "mdi" / "iconList.json"
    return frozenset(icon["name"] for icon in json.loads(listed.read_text()))


def icons_are_drawn(integration: Integration) -> Complaints:
    """Complain of a name under which the frontend has no picture."""
    for icon in sorted({icon for _, icon in leaves(integration.icons)}):
        if icon.removeprefix("mdi:") not in _drawn():
            yield f"there is no {icon}"


def code_finds_its_words(integration: Integration) -> Complaints:
    """Complain of what the code names and an owner would read as a bare key."""
    for path, tree in integration.modules.items():
        for wanted in chain(_of_calls(path, tree), _of_classes(path, tree)):
            if not _has(integration.words, wanted):
                yield f"{path} says {'.'.join(wanted)}, for which there are no words"


def _has(words: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Follow the path; a star stands for any one key."""
    match path:
        case ():
            return True
        case ("*", *rest):
            return any(_has(inner, (*rest,)) for inner in words.values())
        case (key, *rest):
            return key in words and (not rest or _has(words[key], (*rest,)))
    return False


def _of_calls(path: str, tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Give the words of exceptions, issues, selectors, described entities and questions."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if call in [*calls(tree, ASKS)] and (step := text_argument(call, "step_id")):
            yield "config_subentries", "*", "step", step
        if (key := text_argument(call, "translation_key")) is None:
            continue
        if call in [*calls(tree, "async_create_issue")]:
            yield "issues", key
        elif has_argument(call, "translation_domain"):
            yield "exceptions", key
        elif call in [*calls(tree, "SelectSelectorConfig")]:
            yield "selector", key
        else:
            yield "entity", path.removesuffix(".py"), key


def _of_classes(path: str, tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Give the words of entities and flows, which follow from their class."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(bases=bases):
                for base in bases:
                    if isinstance(base, ast.Name) and base.id in FLOW_CLASSES:
                        yield from _of_flow(FLOW_CLASSES[base.id], node)
            case ast.Assign(
                targets=[ast.Name(id="_attr_translation_key")],
                value=ast.Constant(value=str(key)),
            ):
                yield "entity", path.removesuffix(".py"), key


def _of_flow(section: str, flow: ast.ClassDef) -> Iterator[tuple[str, ...]]:
    prefix = (section, "*") if section == "config_subentries" else (section,)
    for call in calls(flow, "async_show_form", "async_show_menu"):
        if step := text_argument(call, "step_id"):
            yield *prefix, "step", step
            yield from (
                (*prefix, "step", step, "menu_options", option)
                for option in _menu_options(call)
            )
    for name, argument, words in (
        ("async_abort", "reason", "abort"),
        ("async_show_progress", "progress_action", "progress"),
        ("show", "step_id", "progress"),
    ):
        for call in calls(flow, name):
            if key := text_argument(call, argument):
                yield *prefix, words, key


def _menu_options(call: ast.Call) -> Iterator[str]:
    for keyword in call.keywords:
        if keyword.arg == "menu_options":
            yield from texts(keyword.value)


def steps_are_used(integration: Integration) -> Complaints:
    """Complain of words for a step, field or ending that no flow has any more."""
    written = _written(integration) | RAISED_BY_HOME_ASSISTANT
    steps = {
        node.name.removeprefix("async_step_")
        for tree in integration.modules.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef)
    }
    for section, flow in flows(integration.words):
        for step, step_words in flow.get("step", {}).items():
            if step not in steps:
                yield f"{section}.step.{step} is no step"
            for field in sorted(set(step_words.get("data", {})) - written):
                yield f"{section}.step.{step}.data.{field} is no field"
        for part in ("error", "abort", "progress"):
            for key in sorted(set(flow.get(part, {})) - written):
                yield f"{section}.{part}.{key} is never said"


def names_are_used(integration: Integration) -> Complaints:
    """Complain of words for what no code names any more."""
    written = _written(integration)
    entities = integration.words.get("entity", {})
    sections = {
        name: integration.words.get(name, {})
        for name in ("common", "device", "exceptions", "issues", "selector")
    } | {f"entity.{platform}": keys for platform, keys in entities.items()}
    for section, keys in sections.items():
        for key in sorted(set(keys) - written):
            yield f"{section}.{key} is never said"


def _written(integration: Integration) -> set[str]:
    return {text for tree in integration.modules.values() for text in texts(tree)}


RULES: tuple[Rule, ...] = (
    issues_show_a_placeholder_in_one_way,
    actions_are_registered,
    icons_are_drawn,
    code_finds_its_words,
    steps_are_used,
    names_are_used,
)
