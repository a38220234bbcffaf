"""What a phone shows of what is pushed to it, as lines for a terminal."""

from collections.abc import Mapping
from html import unescape
from typing import Any, Final

CLEARED: Final = "clear_notification"
"""The message that the app takes for no message: the notification of the same tag goes."""


def shown(push: Mapping[str, Any]) -> list[str]:
    """Return its title, its message and its buttons, a line each."""
    if push["message"] == CLEARED:
        return ["(a question leaves the screen: it can no longer be answered)"]
    titles = [f"[{each['title']}]" for each in push["data"].get("actions", ())]
    texts = [push["title"], push["message"], "  ".join(titles)]
    return [_printable(unescape(text)) for text in texts if text]


def _printable(text: str) -> str:
    """Return the text without what could control a terminal, reorder its line or begin another."""
    return "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text
    )
