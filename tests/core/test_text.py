"""Text from a hub is shown as it is, or not at all."""

from html import unescape
import re
import string
from unicodedata import normalize

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.text import (
    escape_html,
    escape_markdown,
    is_name,
    is_plain,
)

SHOWABLE = (
    "Officer J. Doe",
    "Zoë",
    "警察署",
    "Полиция",
    "👮 4711",
    "Rue\N{NO-BREAK SPACE}2",
)

UNSHOWABLE = {
    "nothing": "",
    "line feed": "a\nb",
    "carriage return": "a\rb",
    "tab": "a\tb",
    "null": "a\0b",
    "delete": "a\x7fb",
    "next line": "a\x85b",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "right-to-left override": "a\u202eb",
    "right-to-left isolate": "a\u2067b",
    "arabic letter mark": "a\u061cb",
    "zero-width space": "a\u200bb",
    "zero-width joiner": "a\u200db",
    "word joiner": "a\u2060b",
    "byte order mark": "a\ufeffb",
    "soft hyphen": "a\xadb",
    "tag": "a\U000e0041b",
    "private use": "a\ue000b",
    "not assigned": "a\u0378b",
    "noncharacter": "a\uffffb",
    "lone surrogate": "a\ud800b",
    "not composed": "e\u0301",
    "not canonical": "\u212b",
}

UNSEEN = {
    "a space": " ",
    "a no-break space": "\N{NO-BREAK SPACE}",
    "a space before": " Officer J. Doe",
    "a space behind": "Officer J. Doe ",
    "an ideographic space behind": "Officer J. Doe\u3000",
    "a hangul filler": "\u3164",
    "a halfwidth filler in a name": "a\uffa0b",
    "a choseong filler": "\u115f",
    "a jungseong filler": "\u1160",
    "a blank of braille": "\u2800",
    "a blank hieroglyph": "\U00013441",
    "a joiner of graphemes": "a\u034fb",
    "a variation selector": "\ufe0f",
    "a variation selector in a name": "a\ufe0fb",
    "another in a name": "a\U000e0100b",
    "a selector of mongolian": "a\u180bb",
    "marks without a letter": "\u0301" * 80,
    "marks upon a letter": "q" + "\u0301" * 7,
    "punctuation": "...",
    "a picture": "👮",
}

TRICKS = (
    "![x](https://evil.example/x.png)",
    "[x](https://evil.example)",
    "<img src=x onerror=alert(1)>",
    "<ha-icon icon='mdi:x'></ha-icon>",
    "https://evil.example",
    "www.evil.example",
    "x@evil.example",
    "@everyone",
    "# heading",
    "- item",
    "1. item",
    "    code",
    "a\n    code",
    "---",
    "a\n===",
    "> [!WARNING]",
    "`code`",
    "```\ncode\n```",
    "~~struck~~",
    "| a | b |\n|---|---|",
    "&lt;b&gt;",
    "\\*a\\*",
    "[x]: https://evil.example",
    "{{ states('x') }}",
    "a  \nb",
)

HARMLESS = re.compile(
    rf"(?:[^{re.escape(string.punctuation)}]|&amp;|&#(?!38;)[0-9]+;)*"
)


@pytest.mark.parametrize("text", SHOWABLE)
def test_peoples_names_are_plain(text: str) -> None:
    assert is_plain(text, 80)
    assert is_name(text, 80)


@pytest.mark.parametrize("text", UNSHOWABLE.values(), ids=UNSHOWABLE)
def test_what_hides_or_reorders_is_not_plain(text: str) -> None:
    assert not is_plain(text, 80)
    assert not is_name(text, 80)


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_a_name_can_be_seen(text: str) -> None:
    assert not is_name(text, 80)


@pytest.mark.parametrize(
    "text", ["Nguyễn Thị Ánh", "ผู้การ ที่ปรึกษา", "क्षत्रिय", "בְּרֵאשִׁית", "7", "١٢"]
)
def test_every_script_has_names(text: str) -> None:
    assert is_name(normalize("NFC", text), 80)


def test_length_is_in_characters() -> None:
    assert is_plain("👮" * 64, 64)
    assert not is_plain("a" * 65, 64)


def test_only_line_feeds_are_added_where_several_lines_are_allowed() -> None:
    allowed = {
        character
        for character in map(chr, range(0x110000))
        if is_plain(character, 1, multiline=True) != is_plain(character, 1)
    }
    assert allowed == {"\n"}


@pytest.mark.parametrize("text", TRICKS)
def test_escaped_markdown_has_no_markup_left(text: str) -> None:
    escaped = escape_markdown(text)
    assert HARMLESS.fullmatch(escaped)
    assert not any(line[:1] == " " or line[-1:] == " " for line in escaped.split("\n"))


@given(st.text())
def test_escaped_markdown_shows_what_was_written(text: str) -> None:
    escaped = escape_markdown(text)
    assert HARMLESS.fullmatch(escaped)
    assert unescape(escaped) == text


@given(st.text())
def test_escaped_html_shows_what_was_written(text: str) -> None:
    escaped = escape_html(text)
    assert not set(escaped) & set("<>\"'")
    assert unescape(escaped) == text
