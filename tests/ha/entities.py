"""Finding an entity of ours by what it is, not by what it is called."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er


def entity_of(hass: HomeAssistant, entry: ConfigEntry, key: str) -> str:
    """Give the entity of this kind that a hub has: one, as long as one camera is shared."""
    (entity_id,) = (
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), entry.entry_id
        )
        if entity.translation_key == key
    )
    return entity_id
