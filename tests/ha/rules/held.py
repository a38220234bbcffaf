"""How much Latchstring holds in memory, counted in things, so that nothing but what it keeps shows."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Set as AbstractSet
import gc
import sys
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

OURS: Final = "custom_components.latchstring"
MANY: Final = (Mapping, AbstractSet, list, tuple, deque)
"""What holds several of anything."""


def held(hass: HomeAssistant) -> Counter[str]:
    """Count our objects by what they are, all that is in them, and what Home Assistant keeps for us."""
    gc.collect()
    counted: Counter[str] = Counter()
    for each in gc.get_objects():
        kind = type(each)
        if getattr(kind, "__module__", "").startswith(OURS):
            counted[kind.__qualname__] += 1
            for name, value in _members(each):
                _count(counted, f"{kind.__qualname__}.{name}", value)
    for name, module in tuple(sys.modules.items()):
        if name.startswith(OURS):
            for member, value in vars(module).items():
                _count(counted, f"{name.removeprefix(OURS)}.{member}", value)
    counted["states"] = len(hass.states.async_all())
    counted["repairs"] = len(ir.async_get(hass).issues)
    counted["listeners"] = sum(hass.bus.async_listeners().values())
    return counted


def _members(each: object) -> Iterator[tuple[str, Any]]:
    """Give what an object has, by name, wherever it keeps it."""
    yield from tuple(getattr(each, "__dict__", {}).items())
    for kind in type(each).__mro__:
        for name in kind.__dict__.get("__slots__", ()):
            if hasattr(each, name):
                yield name, getattr(each, name)
    if isinstance(each, MANY):
        yield "", each


def _count(counted: Counter[str], name: str, value: Any) -> None:
    """Count what is in something, and in what is in it, down to what holds nothing."""
    if not isinstance(value, MANY):
        return
    counted[name] += len(value)
    for inner in _within(value):
        _count(counted, name, inner)


def _within(value: Any) -> Iterable[Any]:
    return tuple(value.values()) if isinstance(value, Mapping) else tuple(value)
