"""Our own entities, and the events about them. What a hub does shows in them, so neither may open a camera."""

from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID, EVENT_STATE_CHANGED, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN

EVENT_REPAIRS: Final = "repairs_issue_registry_updated"
REAUTH: Final = f"config_entry_reauth_{DOMAIN}_"
"""How the ids of the repairs begin by which Home Assistant asks for us that a hub be paired again."""


def is_ours(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether an entity is one of Latchstring's own."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry is not None and entry.platform == DOMAIN


def own_entity_id(
    hass: HomeAssistant, platform: Platform, owner_id: str, key: str
) -> str | None:
    """Return the id of the entity `key` of a share or hub; None: its owner has removed it."""
    return er.async_get(hass).async_get_entity_id(
        platform, DOMAIN, own_unique_id(owner_id, key)
    )


def own_unique_id(owner_id: str, key: str) -> str:
    """Return the unique id of the entity `key` of a share or hub."""
    return f"{owner_id}_{key}"


def is_event_of_ours(hass: HomeAssistant, event: Event[Any]) -> bool:
    """Return whether an event is about an entity or a repair of ours, or is an event of our own."""
    if event.event_type == EVENT_STATE_CHANGED:
        return is_ours(hass, event.data[ATTR_ENTITY_ID])
    if event.event_type == EVENT_REPAIRS:
        is_reauth = event.data["issue_id"].startswith(REAUTH)
        return bool(event.data["domain"] == DOMAIN or is_reauth)
    return str(event.event_type).startswith(f"{DOMAIN}_")
