"""What ARCHITECTURE.md says is there: each room, each file and each function that it names."""

import ast
from collections.abc import Iterator
import re
from typing import Final

from homeassistant.const import Platform
from homeassistant.loader import BASE_PRELOAD_PLATFORMS

from .integration import FOLDER, Integration, module

TEXT: Final = (FOLDER / "ARCHITECTURE.md").read_text()
MOST_LINES: Final = 60
MODULES: Final = Integration.read().modules

FILE: Final = re.compile(r"`([\w/]+\.(?:py|md|json|yaml))`(?: `([\w.]+)`)?")
"""A file below the integration's folder, and what of it is meant: `gate/gate.py` `Gate.async_open`."""
ROOM: Final = re.compile(r"^\| `(\w+)/` \|", re.MULTILINE)
WALK: Final = re.compile(r"^### (.+)$", re.MULTILINE)


def untrue(text: str, modules: dict[str, ast.Module]) -> Iterator[str]:
    """Give what is named and is not there."""
    for path, name in FILE.findall(text):
        if path not in modules and not (FOLDER / path).is_file():
            yield path
        elif name and name not in names(modules[path]):
            yield f"{path} {name}"


def names(tree: ast.AST, inside: str = "") -> Iterator[str]:
    """Give every class, function, method and constant, a method as `Class.method`."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.ClassDef(name=name):
                yield f"{inside}{name}"
                yield from names(node, f"{inside}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield f"{inside}{name}"
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield f"{inside}{name}"


def test_all_that_is_named_is_there() -> None:
    assert [*untrue(TEXT, MODULES)] == []


def test_every_room_is_named_and_no_other() -> None:
    rooms = {path.split("/")[0] for path in MODULES if "/" in path}
    assert {*ROOM.findall(TEXT)} == rooms


def test_what_stands_at_the_root_is_named_or_looked_for_by_home_assistant() -> None:
    looked_for = {"__init__", *BASE_PRELOAD_PLATFORMS, *Platform}
    others = {path for path in MODULES if "/" not in path} - {
        f"{name}.py" for name in looked_for
    }
    named = re.findall(r"`(\w+\.py)` \(", TEXT)
    assert sorted(named) == sorted(others)


def test_it_is_read_in_one_sitting_and_walks_through_the_house() -> None:
    assert len(TEXT.splitlines()) <= MOST_LINES
    assert len(WALK.findall(TEXT)) == 4
    for walk in WALK.split(TEXT)[2::2]:
        assert len([each for each in FILE.findall(walk) if each[1]]) >= 4


def test_what_is_not_there_is_noticed() -> None:
    modules = {"a/b.py": module("class C:\n  def d(self): ...\nE: Final = 1")}
    said = "`a/b.py` `C.d`, `a/b.py` `E`, `a/b.py` `d`, `a/c.py`, `a/b.py`"
    assert [*untrue(said, modules)] == ["a/b.py d", "a/c.py"]
