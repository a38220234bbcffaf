"""The listeners to what happens at a gate."""

from collections.abc import Callable
import logging
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback

from ..failures import Failures

if TYPE_CHECKING:
    from homeassistant.core import CALLBACK_TYPE

    from .events import GateEvent, WatchStarted

NOTIFYING: Final = "Notifying"

_LOGGER = logging.getLogger(__name__)


class Listeners:
    """The listeners of one gate, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[GateEvent], None]] = []
        self._failures = Failures(_LOGGER)

    @callback
    def subscribe(self, listener: Callable[[GateEvent], None]) -> CALLBACK_TYPE:
        """Call `listener` for every event from now on. Return a callback to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def notify_or_raise(self, event: WatchStarted) -> None:
        """Call every listener, and raise what the first of them raises: nobody is let in unseen."""
        for listener in tuple(self._listeners):
            listener(event)

    def notify(self, event: GateEvent) -> None:
        """Call every listener. One that raises keeps no other from being called."""
        kind = type(event).__name__
        for number, listener in enumerate(tuple(self._listeners)):
            try:
                listener(event)
                self._failures.worked(NOTIFYING, f"{kind} to listener {number}")
            except Exception:  # noqa: BLE001 - it is logged, and the others hear it too
                self._failures.caught(NOTIFYING, f"{kind} to listener {number}")
