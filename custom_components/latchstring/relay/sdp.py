"""Session descriptions (RFC 8866): their sections and attributes, as cameras write them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
import re
from typing import Final

_LARGEST: Final = 65_536
_MOST_LINES: Final = 1_024
_LONGEST_LINE: Final = 8_192
_LINE_ENDS: Final = re.compile(r"[\r\n]+")


class MalformedDescriptionError(ValueError):
    """Text of which nothing is a session description, or not one that can be used."""


@dataclass(slots=True)
class Section:
    """The attributes of the session or of one medium: of the same name the first counts, or all do."""

    media: str = ""
    """The value of the medium's own line; empty for the session."""
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def first(self, name: str) -> str:
        """Return the first value of an attribute; empty where there is none."""
        return next(self.all(name), "")

    def all(self, name: str) -> Iterator[str]:
        """Return all values of an attribute, in order."""
        return (value for key, value in self.attributes if key == name)

    def has(self, name: str) -> bool:
        """Return whether there is such an attribute, with a value or without."""
        return any(key == name for key, _ in self.attributes)


def read_sections(text: str) -> tuple[Section, Sequence[Section]]:
    """Return the session and its media; MalformedDescriptionError where nothing of it is a session description."""
    lines = [
        line.strip()
        for line in _LINE_ENDS.split(text[:_LARGEST], _MOST_LINES)[:_MOST_LINES]
        if len(line) <= _LONGEST_LINE
    ]
    if not any(line.startswith(("v=", "m=")) for line in lines):
        raise MalformedDescriptionError("no line of a session description")
    sections = [Section()]
    for line in lines:
        kind, _, value = line.partition("=")
        if kind == "m":
            sections.append(Section(value))
        elif kind == "a":
            name, _, value = value.partition(":")
            sections[-1].attributes.append((name.strip().lower(), value.strip()))
    return sections[0], sections[1:]
