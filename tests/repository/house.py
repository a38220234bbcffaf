"""How the integration stands as a house: what is long, what is crowded, what has two meanings, what goes in a circle.

`python -m tests.repository.house` prints the longest functions and files.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from statistics import median, quantiles
from typing import Final

from .integration import FOLDER, Integration

type Modules = Mapping[str, ast.Module]
"""Parsed files, by their path below the integration's folder."""

type Graph = Mapping[str, frozenset[str]]
"""What each module imports of ours, by its path; also what it imports for its types alone."""

SHOWN: Final = 3
"""How many of the longest are printed."""


@dataclass(frozen=True, slots=True, order=True)
class Length:
    """How many lines something has: a function with its signature and docstring, or a file."""

    lines: int
    where: str


def functions(modules: Modules) -> list[Length]:
    """Return the lengths of all functions and methods, the longest first."""
    found = [
        Length(_lines(node), f"{path}:{node.lineno} {node.name}")
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    return sorted(found, reverse=True)


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def files() -> list[Length]:
    """Return the lengths of all files, the longest first."""
    found = [
        Length(len(path.read_text().splitlines()), path.relative_to(FOLDER).as_posix())
        for path in FOLDER.rglob("*.py")
    ]
    return sorted(found, reverse=True)


def figures(lengths: list[Length]) -> tuple[float, float, int]:
    """Return the median, the 95th percentile and the maximum."""
    lines = [each.lines for each in lengths]
    return median(lines), quantiles(lines, n=20)[-1], max(lines)


def crowds(modules: Modules) -> Counter[str]:
    """Return how many modules each folder holds, its `__init__` among them."""
    return Counter(str(PurePosixPath(path).parent) for path in modules)


def classes_of_one_name(modules: Modules) -> dict[str, list[str]]:
    """Return the class names that are defined more than once, and where."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(path)
    return {name: where for name, where in found.items() if len(where) > 1}


def graph_of(modules: Modules) -> Graph:
    """Return who imports whom."""
    return {
        path: frozenset(_imported(path, tree, modules))
        for path, tree in modules.items()
    }


def _imported(path: str, tree: ast.Module, modules: Modules) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = PurePosixPath(path).parents[node.level - 1]
            package = base / (node.module or "").replace(".", "/")
            for alias in node.names:
                yield from _file_of(package / alias.name, package, modules)


def _file_of(
    module: PurePosixPath, package: PurePosixPath, modules: Modules
) -> Iterator[str]:
    """Give the file that is imported: a module of a package, or whatever holds a name."""
    for path in (module, module / "__init__", package, package / "__init__"):
        if f"{path}.py" in modules:
            yield f"{path}.py"
            return


def circles(graph: Graph) -> list[list[str]]:
    """Return the modules that import one another, each circle once: what is left when all that ends is taken away."""
    left = {path: set(imported) for path, imported in graph.items()}
    while ends := [path for path, imported in left.items() if not imported & {*left}]:
        for path in ends:
            del left[path]
    found: list[list[str]] = []
    while left:
        walked = [min(left)]
        while (ahead := min(left[walked[-1]] & {*left})) not in walked:
            walked.append(ahead)
        circle = walked[walked.index(ahead) :]
        found.append(circle)
        for path in circle:
            del left[path]
        while ends := [path for path, each in left.items() if not each & {*left}]:
            for path in ends:
                del left[path]
    return found


def main() -> None:
    """Print the longest functions and files."""
    lengths = functions(Integration.read().modules)
    half, most, longest = figures(lengths)
    print(  # noqa: T201 - it is what this is run for
        f"functions: median {half:g} lines, 95th percentile {most:g}, longest {longest}"
    )
    for each in (*lengths[:SHOWN], *files()[:SHOWN]):
        print(f"{each.lines:>5}  {each.where}")  # noqa: T201 - likewise


if __name__ == "__main__":
    main()
