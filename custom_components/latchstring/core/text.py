"""Text from a hub: validated as plain text, and escaped for Markdown and HTML."""

from html import escape
import re
import string
from typing import Final
import unicodedata

_UNSHOWABLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories that are refused: controls, bidirectional and zero-width marks."""

_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442")
"""Letters and symbols that are invisible."""

_IGNORABLE: Final = re.compile(
    "[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U00016fe4\U000e0100-\U000e01ef]"
)
"""Marks that renderers ignore (Default_Ignorable_Code_Point); the others of that property are format characters."""

_MARKS: Final = frozenset({"Mn", "Me"})
_MOST_MARKS: Final = 6
"""The most combining marks on one letter: no language needs more, and more run into other lines."""

_MARKDOWN: Final = re.compile(
    rf"[{re.escape(string.punctuation)}]|^[ \t]+|[ \t]+$", re.MULTILINE
)


def is_plain(text: str, maximum: int, *, multiline: bool = False) -> bool:
    """Return whether this is text for people, of 1 to `maximum` characters."""
    visible = text.replace("\n", "") if multiline else text
    return (
        1 <= len(text) <= maximum
        and not any(
            unicodedata.category(character) in _UNSHOWABLE for character in visible
        )
        and unicodedata.is_normalized("NFC", text)
    )


def is_name(text: str, maximum: int) -> bool:
    """Return whether this is plain text that is visible as a name."""
    return (
        is_plain(text, maximum)
        and text == text.strip()
        and not _BLANK.intersection(text)
        and not _IGNORABLE.search(text)
        and any(unicodedata.category(character)[0] in "LN" for character in text)
        and _most_marks(text) <= _MOST_MARKS
    )


def _most_marks(text: str) -> int:
    """Return the number of marks on the letter that has the most."""
    most = marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        most = max(most, marks)
    return most


def are_alike(one: str, other: str) -> bool:
    """Return whether two names can be mistaken for each other: the same letters and digits in any form or case."""
    return _letters(one) == _letters(other)


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = filter(str.isalnum, unicodedata.normalize("NFKC", folded))
    return "".join(letters)


def escape_markdown(text: str) -> str:
    """Return text escaped for Markdown: no image, link, HTML or mention can come of it.

    By character references, not backslashes: a renderer that links bare addresses
    searches the source, which has neither colon, dot nor at sign then.
    """
    return _MARKDOWN.sub(_as_references, text)


def _as_references(match: re.Match[str]) -> str:
    return "".join(map(_as_reference, match[0]))


def _as_reference(character: str) -> str:
    # Home Assistant's renderer reads numbers one time more than names, and would take `&#38;lt&#59;` for `<`.
    return "&amp;" if character == "&" else f"&#{ord(character)};"


def escape_html(text: str) -> str:
    """Return text escaped for HTML, in an element or an attribute."""
    return escape(text, quote=True)
