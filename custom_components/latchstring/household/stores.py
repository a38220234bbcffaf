"""Whether what was saved is really on disk: `Store` logs a failed write and goes on."""

from typing import TYPE_CHECKING, Any

from homeassistant.exceptions import HomeAssistantError

if TYPE_CHECKING:
    from homeassistant.helpers.storage import Store


async def async_is_on_disk(fresh: Store[dict[str, Any]], saved: dict[str, Any]) -> bool:
    """Return whether `fresh`, a store that has read nothing yet, reads what was saved."""
    try:
        return await fresh.async_load() == saved
    except HomeAssistantError, OSError:
        return False
