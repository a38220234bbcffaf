"""Our own entities, and what follows from them. What a hub does shows in them, so neither may open a camera."""

from collections import OrderedDict
from typing import Any, Final

from homeassistant.const import EVENT_STATE_CHANGED, MATCH_ALL
from homeassistant.core import CALLBACK_TYPE, Context, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN

MOST_CONTEXTS: Final = 32_768
"""How many contexts are remembered at most; in a large house that closes at once there are some thousands."""


def is_ours(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether an entity is one of Latchstring's own."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry is not None and entry.platform == DOMAIN


class OwnContexts:
    """The contexts in which entities of ours changed, and those that these led to.

    Home Assistant hands a context on: a template changes in the context of what it follows, an automation acts in one
    whose parent is that of its trigger. It dispatches an event only after the one that led to it, so whoever hears of
    an effect finds its cause here.
    """

    def __init__(self, hass: HomeAssistant, *, most: int = MOST_CONTEXTS) -> None:
        """Remember nothing before `start`."""
        self._hass = hass
        self._most = most
        self._known: OrderedDict[str, None] = OrderedDict()

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin to remember. Return a callback to stop."""
        return self._hass.bus.async_listen(MATCH_ALL, self._heard)

    def led_to(self, context: Context) -> bool:
        """Return whether this context is one of those."""
        return context.id in self._known or context.parent_id in self._known

    @callback
    def _heard(self, event: Event[Any]) -> None:
        if self.led_to(event.context) or (
            event.event_type == EVENT_STATE_CHANGED
            and is_ours(self._hass, event.data["entity_id"])
        ):
            self._known[event.context.id] = None
            self._known.move_to_end(event.context.id)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
