"""Whether each step of a dialog has its words, as the browser would look them up."""

from collections.abc import Mapping
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.data_entry_flow import FlowResult, FlowResultType

import custom_components.latchstring

FOLDER = Path(custom_components.latchstring.__file__).parent
ENGLISH = json.loads((FOLDER / "translations" / "en.json").read_text("utf-8"))

SETTINGS = ENGLISH["selector"]["setting"]["options"]
"""What an owner can choose, by the members in which it is kept."""

PLACEHOLDER = re.compile(r"\{(\w+)\}")

NAMED_BY_OWNER = ("labels", "clear")
"""The steps whose fields are called as the owner's cameras and other entities are."""


def check(step: FlowResult[Any, Any], *section: str) -> None:
    """Fail unless every word of a step is there, and every placeholder is filled."""
    words = ENGLISH
    for name in section:
        words = words[name]
    if step.get("translation_domain") == "homeassistant":
        return  # said in Home Assistant's own words
    filled = set(step.get("description_placeholders") or {})
    for text in _texts(step, words):
        assert set(PLACEHOLDER.findall(text)) <= filled, text


def _texts(step: FlowResult[Any, Any], words: Mapping[str, Any]) -> list[str]:
    match step["type"]:
        case FlowResultType.ABORT:
            return [words["abort"][step["reason"]]]
        case FlowResultType.SHOW_PROGRESS:
            return [words["progress"][step["progress_action"]]]
        case FlowResultType.MENU:
            page = words["step"][step["step_id"]]
            assert set(page["menu_options"]) == set(step["menu_options"])  # type: ignore[call-overload]  # typed as any container, while a flow gives a list
            return [page["title"], page["description"], *page["menu_options"].values()]
        case FlowResultType.FORM:
            return _texts_of_form(step, words)
    return []


def _texts_of_form(step: FlowResult[Any, Any], words: Mapping[str, Any]) -> list[str]:
    page = words["step"][step["step_id"]]
    errors = [words["error"][error] for error in (step["errors"] or {}).values()]
    schema = step["data_schema"]
    fields = [] if schema is None else [str(field) for field in schema.schema]
    if step["step_id"] in NAMED_BY_OWNER:
        fields = []
    assert set(page.get("data", {})) == set(fields)
    for selector in [] if schema is None else schema.schema.values():
        _check_options(getattr(selector, "config", {}))
    notes = page.get("data_description", {})
    assert set(notes) <= set(fields)
    return [page["title"], page["description"], *errors, *notes.values()]


def _check_options(config: Mapping[str, Any]) -> None:
    """Fail unless each choice of a list has its words."""
    if key := config.get("translation_key"):
        assert set(config["options"]) <= set(ENGLISH["selector"][key]["options"])
