"""The core only computes, and only the gate opens."""

import ast
from collections.abc import Iterator
import subprocess
import sys
from typing import Final

import pytest

from .integration import FOLDER, Integration, calls, module

CORE: Final = {
    path: tree
    for path, tree in Integration.read().modules.items()
    if path.startswith("core/")
}
COMPUTES: Final = frozenset(
    {
        "base64",
        "binascii",
        "collections",
        "cryptography",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "functools",
        "hashlib",
        "hmac",
        "html",
        "ipaddress",
        "itertools",
        "json",
        "jwt",
        "math",
        "operator",
        "re",
        "string",
        "struct",
        "types",
        "typing",
        "unicodedata",
        "urllib.parse",
    }
)
"""All that the core may import. What is missing here is asked for, not taken."""
READS_THE_CLOCK: Final = ("now", "today", "utcnow")
MAKES_KEYS: Final = ("generate",)


def impurities(tree: ast.AST, *, depth: int = 1) -> Iterator[str]:
    """Yield what more than computing is done in a module, so many folders below the integration's."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found = [alias.name for alias in names]
            case ast.ImportFrom(module=str(name), level=0):
                found = [name]
            case ast.ImportFrom(level=level) if level > depth:
                yield "looks out of the core"
                continue
            case _:
                continue
        for name in found:
            if name not in COMPUTES and name.split(".")[0] not in COMPUTES:
                yield f"imports {name}"
    for call in calls(tree, *READS_THE_CLOCK):
        yield f"reads the clock in line {call.lineno}"
    for call in calls(tree, *MAKES_KEYS, "open", "print", "input"):
        yield f"does more than compute in line {call.lineno}"


@pytest.mark.parametrize("path", CORE)
def test_the_core_only_computes(path: str) -> None:
    assert [*impurities(CORE[path], depth=path.count("/"))] == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("import time", "imports time"),
        ("from os.path import join", "imports os.path"),
        ("import urllib.request", "imports urllib.request"),
        ("from homeassistant.util import dt", "imports homeassistant.util"),
        ("from ..const import DOMAIN", "looks out of the core"),
        ("datetime.now(UTC)", "reads the clock in line 1"),
        ("Ed25519PrivateKey.generate()", "does more than compute in line 1"),
        ("open('x')", "does more than compute in line 1"),
    ],
)
def test_what_does_more_than_compute_is_noticed(source: str, complaint: str) -> None:
    assert [*impurities(module(source))] == [complaint]


def test_the_core_can_be_imported_without_home_assistant() -> None:
    names = [
        path.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
        for path in CORE
    ]
    assert "core.decision" in names
    code = (
        "import importlib, sys\n"
        f"sys.path.append({str(FOLDER)!r})\n"  # last: our http is not Python's
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True
    )
    loaded = set(done.stdout.split())
    assert "core" in loaded
    assert loaded.isdisjoint({"homeassistant", "aiohttp", "asyncio", "sqlite3"})


def starters_of_an_upload(modules: dict[str, ast.Module]) -> set[str]:
    return {
        path.split("/")[0]
        for path, tree in modules.items()
        if [*calls(tree, "Upload", "attach")]
    }


def test_only_the_gate_starts_an_upload() -> None:
    modules = dict(Integration.read().modules)
    goes_nowhere = modules.pop("relay/warm_connection.py")
    assert starters_of_an_upload(modules) == {"gate"}
    assert len([*calls(goes_nowhere, "attach")]) == 1
    assert not [*calls(goes_nowhere, "Upload", "feed", "begin", "write", "send")]
    assert starters_of_an_upload({"event.py": module("source.attach(outlet)")}) == {
        "event.py"
    }
