"""Every room can be found by its name: few to a folder, short, each word with one meaning, no circle."""

from typing import Final

import pytest

from .house import (
    circles,
    classes_of_one_name,
    crowds,
    figures,
    files,
    functions,
    graph_of,
)
from .integration import Integration, module

MODULES: Final = Integration.read().modules
MOST_MODULES: Final = 20
LONGEST_FILE: Final = 320
LONGEST_FUNCTION: Final = 60
MOST_OF_FUNCTIONS: Final = 22
HALF_OF_FUNCTIONS: Final = 7


def test_no_folder_is_crowded() -> None:
    counted = crowds(MODULES)
    assert counted["."] > 0
    assert {each: many for each, many in counted.items() if many > MOST_MODULES} == {}


def test_no_file_is_long() -> None:
    assert [each for each in files() if each.lines > LONGEST_FILE] == []


def test_functions_are_short() -> None:
    lengths = functions(MODULES)
    half, most, longest = figures(lengths)
    assert half <= HALF_OF_FUNCTIONS
    assert most <= MOST_OF_FUNCTIONS
    assert longest <= LONGEST_FUNCTION, lengths[:3]


def test_every_class_name_means_one_thing() -> None:
    assert classes_of_one_name(MODULES) == {}


def test_no_modules_import_one_another() -> None:
    assert circles(graph_of(MODULES)) == []


def test_a_name_with_two_meanings_is_noticed() -> None:
    twice = {"a.py": module("class Page: ..."), "b/c.py": module("class Page: ...")}
    assert classes_of_one_name(twice) == {"Page": ["a.py", "b/c.py"]}


@pytest.mark.parametrize(
    ("sources", "circle"),
    [
        (
            {"a.py": "from .b import B", "b.py": "from .a import A"},
            ["a.py", "b.py"],
        ),
        (
            {
                "a/x.py": "if TYPE_CHECKING:\n    from ..b import y",
                "b/y.py": "from ..a.x import X",
                "b/__init__.py": "from .y import Y",
            },
            ["a/x.py", "b/y.py"],
        ),
        (
            {
                "a/__init__.py": "from .x import X",
                "a/x.py": "from . import y",
                "a/y.py": "def later():\n    from . import X",
            },
            ["a/__init__.py", "a/x.py", "a/y.py"],
        ),
    ],
)
def test_a_circle_is_noticed(sources: dict[str, str], circle: list[str]) -> None:
    modules = {path: module(source) for path, source in sources.items()}
    ends = {"c.py": module("from .a import x")}
    assert circles(graph_of({**modules, **ends})) == [circle]


def test_what_ends_is_no_circle() -> None:
    modules = {
        "a.py": module("from .b import c"),
        "b/__init__.py": module("from .c import C"),
        "b/c.py": module("from .d import D"),
        "b/d.py": module("import asyncio"),
    }
    assert circles(graph_of(modules)) == []


def test_a_functions_length_is_counted_with_its_signature_and_its_docstring() -> None:
    source = 'def f(\n    x,\n):\n    """Say."""\n    return x\n'
    (only,) = functions({"a.py": module(source)})
    assert (only.lines, only.where) == (5, "a.py:1 f")
