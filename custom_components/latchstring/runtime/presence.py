"""Presence of our entities in Home Assistant."""

from collections import Counter
from collections.abc import Callable

from homeassistant.core import CALLBACK_TYPE, callback


class Presence:
    """Which of our entities are there. One that its user disables or removes closes its share or hub."""

    def __init__(self, on_change: Callable[[str], None]) -> None:
        """`on_change` takes the id of the share or hub of which an entity was added or removed."""
        self._on_change = on_change
        self._there: Counter[tuple[str, str]] = Counter()

    @callback
    def enter(self, owner_id: str, key: str) -> CALLBACK_TYPE:
        """Note that an entity of a share or hub was added. Return a callback to note, once, that it was removed."""
        self._there[owner_id, key] += 1
        if self._there[owner_id, key] == 1:
            self._on_change(owner_id)

        is_there = True

        @callback
        def leave() -> None:
            nonlocal is_there
            self._there[owner_id, key] -= is_there
            is_there = False
            if not self._there[owner_id, key]:
                self._on_change(owner_id)

        return leave

    def has(self, owner_id: str, keys: frozenset[str]) -> bool:
        """Return whether all of these entities are there."""
        return all(self._there[owner_id, key] for key in keys)
