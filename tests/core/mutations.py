"""Every way in which one member of a JSON value can be something else."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

type Path = tuple[str | int, ...]

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.sampled_from(["", "2.0", "0" * 16, "x" * 65, 2**53, 1.0, -1, 0, 1]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the way to each value inside a value, the value itself first."""
    yield at
    if isinstance(value, dict | list):
        places = value if isinstance(value, dict) else range(len(value))
        for place in places:
            yield from paths(value[place], (*at, place))


@st.composite
def mutated(draw: st.DrawFn, original: Any) -> Any:
    """Replace, drop or add one member."""
    path = draw(st.sampled_from(list(paths(original))))
    if not path:
        return draw(anything)
    value = deepcopy(original)
    parent = value
    for place in path[:-1]:
        parent = parent[place]
    match draw(st.sampled_from(["replace", "drop", "add"])):
        case "replace":
            parent[path[-1]] = draw(anything)
        case "drop":
            del parent[path[-1]]
        case "add" if isinstance(parent, dict):
            parent[draw(st.text())] = draw(anything)
        case "add":
            parent.append(draw(anything))
    return value
