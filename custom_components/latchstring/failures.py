"""Failures that were caught: each is logged once, until what failed has worked again."""

from collections.abc import Callable
from functools import wraps
from logging import Logger
from typing import Any, Protocol

from homeassistant.core import Event, callback


class Failures:
    """What fails for one part of Latchstring now. What goes on failing fills no log."""

    def __init__(self, logger: Logger) -> None:
        """Know of none; they are logged by `logger`."""
        self._logger = logger
        self._failing: set[tuple[str, str]] = set()

    def caught(self, doing: str, what: str) -> None:
        """Log the exception that is being handled, unless doing the same failed the last time too."""
        if (doing, what) not in self._failing:
            self._failing.add((doing, what))
            self._logger.exception("%s %s failed", doing, what)  # noqa: LOG004 - called by handlers

    def worked(self, doing: str, what: str) -> None:
        """Note that it did not fail this time."""
        if self._failing:
            self._failing.discard((doing, what))


class Careful(Protocol):
    """Listens to Home Assistant, and says where it could not take in what it heard."""

    on_failed: Callable[[], None]


def careful[Listener: Careful, EventT: Event[Any]](
    take: Callable[[Listener, EventT], None],
) -> Callable[[Listener, EventT], None]:
    """Return a listener that calls its `on_failed`, with the exception being handled, where it raises one."""

    @callback
    @wraps(take)
    def heard(self: Listener, event: EventT) -> None:
        try:
            take(self, event)
        except Exception:  # noqa: BLE001 - whatever it is, whoever depends on it closes, and logs it
            self.on_failed()

    return heard
