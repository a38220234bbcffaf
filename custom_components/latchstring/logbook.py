"""Describes our event for Home Assistant's logbook."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import callback

from .const import DOMAIN
from .history.logbook_lines import ATTR_ENTRY, EVENT_ACCESS, LOGBOOK_LINES_KEY
from .internals import has_no_user

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


class LogbookEvent(Protocol):
    """An event as the logbook passes it."""

    data: Mapping[str, object]


type Describe = Callable[[LogbookEvent], dict[str, str]]


@callback
def async_describe_events(
    hass: HomeAssistant, async_describe_event: Callable[[str, str, Describe], None]
) -> None:
    """Register the function that describes our event."""

    def describe(event: LogbookEvent) -> dict[str, str]:
        """Return the line. Called on the loop for new events, and in a worker thread for past ones."""
        logbook_lines = hass.data[LOGBOOK_LINES_KEY]
        find = logbook_lines.cached if _is_on_loop() else logbook_lines.line
        # Ours come from no user. A phone can fire any event, with an entry of a camera that its user has no access to.
        entry_id = str(event.data.get(ATTR_ENTRY))
        entity_id = str(event.data.get(ATTR_ENTITY_ID))
        is_own_event = has_no_user(event)
        line = find(entry_id, entity_id) if is_own_event else logbook_lines.unreadable
        state = hass.states.get(entity_id)
        # The browser puts the entity's name in front, whatever is given as one: a whole sentence follows it.
        return {
            "name": state.name if state else line.name,
            "message": f"\N{EN DASH} {line}",
            ATTR_ENTITY_ID: entity_id,
        }

    async_describe_event(DOMAIN, EVENT_ACCESS, describe)


def _is_on_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
