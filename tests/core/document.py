"""Reads protocol.md: its examples and its tables."""

from dataclasses import dataclass
import json
from pathlib import Path
import re
from typing import Any, Final

from custom_components.latchstring.core import protocol

TEXT: Final = Path(protocol.__file__).with_name("protocol.md").read_text("utf-8")

_EXAMPLE: Final = re.compile(
    r"^```json (?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_DIRECTIONS: Final = ("home-to-hub", "hub-to-home")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A fenced block. Where several share a name, the method tells them apart."""

    name: str
    text: str

    @property
    def value(self) -> Any:
        return json.loads(self.text)

    @property
    def key(self) -> str:
        return self.value["method"] if self.name in _DIRECTIONS else self.name


EXAMPLES: Final = tuple(
    Example(name=found["name"], text=found["text"]) for found in _EXAMPLE.finditer(TEXT)
)


def example(key: str) -> Example:
    """Give the one example of this name, or of this method."""
    (found,) = (each for each in EXAMPLES if each.key == key)
    return found


def section(heading: str) -> str:
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(heading: str) -> list[list[str]]:
    """Give the table of a section, without its head; code loses its quotes."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    return [
        [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]
        for line in lines[2:]
    ]
