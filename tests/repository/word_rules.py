"""What hassfest asks of translations/en.json, and that code and words agree."""

import ast
from collections.abc import Iterator
from itertools import chain
import re
from string import Formatter
from typing import Any, Final

from homeassistant.const import Platform
import voluptuous as vol

from .integration import (
    Complaints,
    Integration,
    Rule,
    calls,
    has_argument,
    text_argument,
    texts,
)

KEY: Final = vol.Match(r"^[a-z0-9]+(?:[_-][a-z0-9]+)*$")
TEXTS: Final = {KEY: str}
STEP: Final = {
    "title": str,
    "description": str,
    "data": TEXTS,
    "data_description": TEXTS,
    "menu_options": TEXTS,
    "menu_option_descriptions": TEXTS,
    "submit": str,
    "sections": {
        KEY: {
            "name": str,
            "description": str,
            "data": TEXTS,
            "data_description": TEXTS,
        }
    },
}
FLOW: Final = {
    "flow_title": str,
    vol.Required("step"): {KEY: STEP},
    "error": TEXTS,
    "abort": TEXTS,
    "progress": TEXTS,
    "create_entry": TEXTS,
}
SHAPE: Final = vol.Schema(
    {
        "title": str,
        "config": FLOW,
        "options": FLOW,
        "config_subentries": {
            KEY: {
                **FLOW,
                vol.Required("entry_type"): str,
                vol.Required("initiate_flow"): {
                    vol.Required("user"): str,
                    "reconfigure": str,
                },
            }
        },
        "entity": {
            vol.Any(*Platform): {
                KEY: {
                    "name": str,
                    "state": TEXTS,
                    "state_attributes": {KEY: {"name": str, "state": TEXTS}},
                    "unit_of_measurement": str,
                }
            }
        },
        "device": {KEY: {vol.Required("name"): str}},
        "exceptions": {KEY: {vol.Required("message"): str}},
        "issues": {
            KEY: {
                vol.Required("title"): str,
                vol.Exclusive("description", "fixable"): str,
                vol.Exclusive("fix_flow", "fixable"): FLOW,
            }
        },
        "selector": {KEY: {"options": TEXTS, "choices": TEXTS}},
        "services": {
            KEY: {
                vol.Required("name"): str,
                vol.Required("description"): str,
                "fields": {
                    KEY: {
                        vol.Required("name"): str,
                        vol.Required("description"): str,
                    }
                },
            }
        },
        "system_health": {"info": TEXTS},
        "common": TEXTS,
    }
)

# What an owner must not find in a text, and what hassfest calls it.
FORBIDDEN: Final = {
    "HTML": re.compile(r"<[a-zA-Z/!][^>]*>"),
    "an address": re.compile(
        r"(?:[a-z0-9]+://|www\.)[a-z0-9]+[.:a-z0-9-]*", re.IGNORECASE
    ),
    "outer blanks": re.compile(r"^\s|\s$"),
    "a placeholder in quotes": re.compile(r"'\{\w+\}'"),
    "a reference": re.compile(r"\[%key:"),
}

# Raised by Home Assistant itself on our behalf.
RAISED_BY_HOME_ASSISTANT: Final = frozenset(
    {
        "already_configured",
        "already_in_progress",
        "reauth_successful",
        "reconfigure_successful",
    }
)
FLOW_CLASSES: Final = {
    "ConfigFlow": "config",
    "OptionsFlow": "options",
    "OptionsFlowWithReload": "options",
    "ConfigSubentryFlow": "config_subentries",
    "RulesFlow": "config_subentries",
}
ASKS: Final = "_ask"
"""What our own flows show a step with, whose name comes first."""


def words_have_their_shape(integration: Integration) -> Complaints:
    """Complain of a section or key that Home Assistant would not look up."""
    try:
        SHAPE(integration.words)
    except vol.MultipleInvalid as error:
        yield from (str(one) for one in error.errors)
    except vol.Invalid as error:
        yield str(error)


def words_are_plain(integration: Integration) -> Complaints:
    """Complain of text that is more than text."""
    for path, text in _leaves(integration.words):
        for name, pattern in FORBIDDEN.items():
            if pattern.search(text):
                yield f"{path} holds {name}"
        for _, placeholder, _, _ in Formatter().parse(text):
            if placeholder is not None and not placeholder.isidentifier():
                yield f"{path} has the placeholder {placeholder!r}"


def _leaves(words: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in words.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def descriptions_describe_a_field(integration: Integration) -> Complaints:
    """Complain of a field's description without the field."""
    for section, flow in _flows(integration.words):
        for step, step_words in flow.get("step", {}).items():
            described = set(step_words.get("data_description", {}))
            for field in sorted(described - set(step_words.get("data", {}))):
                yield f"{section}.step.{step} describes {field}, which it lacks"


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


def _flows(words: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for section in ("config", "options"):
        if section in words:
            yield section, words[section]
    for kind, flow in words.get("config_subentries", {}).items():
        yield f"config_subentries.{kind}", flow


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
    """Give the words of exceptions, issues, selectors and described entities."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
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
    for call in calls(flow, ASKS):
        match call.args:
            case [ast.Constant(value=str(asked)), *_]:
                yield *prefix, "step", asked
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
    for section, flow in _flows(integration.words):
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
    words_have_their_shape,
    words_are_plain,
    descriptions_describe_a_field,
    issues_show_a_placeholder_in_one_way,
    code_finds_its_words,
    steps_are_used,
    names_are_used,
)
