"""The integration as files: parsed once, never run."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any, Self

from homeassistant.util.yaml import parse_yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "custom_components" / "latchstring"


def _read(path: Path, parse: Callable[[str], Any]) -> dict[str, Any]:
    return {**parse(path.read_text())} if path.exists() else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """What a rule looks at. A rule's counter-example replaces one field."""

    manifest: dict[str, Any] = field(default_factory=dict)
    words: dict[str, Any] = field(default_factory=dict)
    icons: dict[str, Any] = field(default_factory=dict)
    actions: dict[str, Any] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)
    modules: dict[str, ast.Module] = field(default_factory=dict)
    """By path below the integration's folder: `hub/control.py`."""

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Self:
        """Read what is there; a file that is not is empty."""
        return cls(
            manifest=_read(folder / "manifest.json", json.loads),
            words=_read(folder / "translations" / "en.json", json.loads),
            icons=_read(folder / "icons.json", json.loads),
            actions=_read(folder / "services.yaml", parse_yaml),
            quality=_read(folder / "quality_scale.yaml", parse_yaml),
            modules={
                path.relative_to(folder).as_posix(): ast.parse(path.read_text())
                for path in sorted(folder.rglob("*.py"))
            },
        )


type Complaints = Iterator[str]
type Rule = Callable[[Integration], Complaints]


def module(source: str) -> ast.Module:
    """Parse a counter-example."""
    return ast.parse(source)


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Give every call of a function or method with one of those names."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                if name in names:
                    yield node


def text_argument(call: ast.Call, name: str) -> str | None:
    """Give the keyword argument, where it is written out."""
    for keyword in call.keywords:
        match keyword:
            case ast.keyword(arg=str(arg), value=ast.Constant(value=str(text))):
                if arg == name:
                    return text
    return None


def has_argument(call: ast.Call, name: str) -> bool:
    """Say whether the call names that keyword at all."""
    return any(keyword.arg == name for keyword in call.keywords)


def leaves(words: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Give every text of nested words, with its place."""
    for key, value in words.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def texts(tree: ast.AST) -> Iterator[str]:
    """Give every string written out in the code."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)):
                yield text
