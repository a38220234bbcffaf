"""Logging of caught exceptions: each failure once, until what failed has worked again."""

from collections.abc import Callable
from functools import wraps
from logging import Logger
from typing import Any, Protocol

from homeassistant.core import Event, callback


class Failures:
    """The current failures of one part of Latchstring. A repeated failure is logged once."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._failing: set[tuple[str, str]] = set()

    def caught(self, doing: str, what: str) -> None:
        """Log the exception being handled, unless the same failed the last time too."""
        if (doing, what) not in self._failing:
            self._failing.add((doing, what))
            self._logger.exception("%s %s failed", doing, what)  # noqa: LOG004 - called by handlers

    def worked(self, doing: str, what: str) -> None:
        """Note a success, so that the next failure is logged again."""
        if self._failing:
            self._failing.discard((doing, what))


class Careful(Protocol):
    """A listener to Home Assistant whose `on_failed` handles its own exceptions."""

    on_failed: Callable[[], None]


def careful[Listener: Careful, EventT: Event[Any]](
    take: Callable[[Listener, EventT], None],
) -> Callable[[Listener, EventT], None]:
    """Return a listener that calls `on_failed`, with the exception being handled, if it raises one."""

    @callback
    @wraps(take)
    def listener(self: Listener, event: EventT) -> None:
        try:
            take(self, event)
        except Exception:  # noqa: BLE001 - whatever it is, `on_failed` closes what depends on it, and logs it
            self.on_failed()

    return listener
