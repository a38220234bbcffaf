"""Text from a hub is plain text, whatever surface shows it."""

from html import escape
import re
import string
from typing import Final
import unicodedata

_UNSHOWABLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories no text for people has: controls, bidirectional and zero-width marks."""

_MARKDOWN: Final = re.compile(
    rf"[{re.escape(string.punctuation)}]|^[ \t]+|[ \t]+$", re.MULTILINE
)


def is_plain(text: str, maximum: int, *, multiline: bool = False) -> bool:
    """Say whether this is text for people, of 1 to `maximum` characters."""
    shown = text.replace("\n", "") if multiline else text
    return (
        1 <= len(text) <= maximum
        and not any(
            unicodedata.category(character) in _UNSHOWABLE for character in shown
        )
        and unicodedata.is_normalized("NFC", text)
    )


def escape_markdown(text: str) -> str:
    """Write text so that Markdown shows it as it is: no image, link, HTML or mention.

    Character references survive where backslashes do not: a renderer that makes links
    of bare addresses looks at the source, and finds neither colon, dot nor at sign.
    """
    return _MARKDOWN.sub(_as_references, text)


def _as_references(match: re.Match[str]) -> str:
    return "".join(map(_as_reference, match[0]))


def _as_reference(character: str) -> str:
    # Home Assistant's renderer reads numbers one time more than names, and would take `&#38;lt&#59;` for `<`.
    return "&amp;" if character == "&" else f"&#{ord(character)};"


def escape_html(text: str) -> str:
    """Write text so that HTML shows it as it is, in an element or an attribute."""
    return escape(text, quote=True)
