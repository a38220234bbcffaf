"""Our lines in Home Assistant's logbook."""

from collections.abc import Callable, Mapping
import threading
from typing import TYPE_CHECKING, Protocol

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import callback

from .chronicle import ATTR_ENTRY, CHRONICLE_KEY, EVENT_ACCESS
from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


class Happened(Protocol):
    """An event as the logbook has it."""

    data: Mapping[str, object]

    @property
    def context_user_id(self) -> str | None:
        """Who made it happen, if that was a user."""


type Describe = Callable[[Happened], dict[str, str]]


@callback
def async_describe_events(
    hass: HomeAssistant, async_describe_event: Callable[[str, str, Describe], None]
) -> None:
    """Tell the logbook how our events read."""

    def describe(event: Happened) -> dict[str, str]:
        """Called on the loop for what happens now, and in a worker thread for what has happened."""
        chronicle = hass.data[CHRONICLE_KEY]
        is_on_loop = threading.get_ident() == hass.loop_thread_id
        find = chronicle.known if is_on_loop else chronicle.line
        # Ours come from no user. A phone can fire any event, with the entry of a camera that is not for its eyes.
        is_ours = event.context_user_id is None
        line = find(str(event.data.get(ATTR_ENTRY))) if is_ours else chronicle.nothing
        return {
            "name": line.name,
            "message": line.message,
            ATTR_ENTITY_ID: str(event.data.get(ATTR_ENTITY_ID)),
        }

    async_describe_event(DOMAIN, EVENT_ACCESS, describe)
