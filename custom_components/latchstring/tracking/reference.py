"""How a share refers to an entity: by a key that stays when the entity is renamed.

A dialog shows the entity id of now, or the last one of an entity that is gone.
"""

from collections.abc import Iterable

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..core.text import escape_markdown
from ..internals import last_entity_id


def key_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the key of an entity: its registry id, or its entity id if it has none."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry.id if entry else entity_id


def keys_of(hass: HomeAssistant, entity_id: str) -> frozenset[str]:
    """Return all keys an entity may be kept by."""
    # One that came into the registry later was kept by its entity id.
    return frozenset({entity_id, key_of(hass, entity_id)})


def entry_of(hass: HomeAssistant, key: str) -> er.RegistryEntry | None:
    """Return the registry entry whose id a key is; None: it is gone, or the key is an entity id."""
    entry = er.async_get(hass).async_get(key)
    return entry if entry and entry.id == key else None


def entity_id_of(hass: HomeAssistant, key: str) -> str | None:
    """Return the id of the entity that a key means now; None: it is gone."""
    if (entry := entry_of(hass, key)) is not None:
        return entry.entity_id
    return key if "." in key else None


def is_there(hass: HomeAssistant, key: str) -> bool:
    """Return whether Home Assistant knows the entity that a key means."""
    entity_id = entity_id_of(hass, key)
    return entity_id is not None and (
        hass.states.get(entity_id) is not None
        or er.async_get(hass).async_get(entity_id) is not None
    )


def last_entity_id_of(hass: HomeAssistant, key: str) -> str:
    """Return the entity id of a key, the last one it had if it is gone."""
    if (entity_id := entity_id_of(hass, key)) is not None:
        return entity_id
    return last_entity_id(hass, key) or key


def stored_keys(
    hass: HomeAssistant, entity_ids: Iterable[str], known: Iterable[str]
) -> list[str]:
    """Return the keys of what a dialog shows; `known` are those it began with, some perhaps of what is gone."""
    gone = {
        last_entity_id_of(hass, key): key for key in known if not is_there(hass, key)
    }
    keys = {
        entity_id: key_of(hass, entity_id)
        if is_there(hass, entity_id)
        else gone.get(entity_id, entity_id)
        for entity_id in entity_ids
    }
    return list(dict.fromkeys(keys.values()))


def name_of(hass: HomeAssistant, key: str) -> str:
    """Return what the owner calls an entity, also while it is away or gone."""
    entity_id = last_entity_id_of(hass, key)
    if (state := hass.states.get(entity_id)) is not None:
        return state.name
    entry = er.async_get(hass).async_get(entity_id)
    return (entry and (entry.name or entry.original_name)) or entity_id


def names_of(hass: HomeAssistant, keys: Iterable[str]) -> str:
    """Return the names of entities in one line of Markdown."""
    return ", ".join(escape_markdown(name_of(hass, key)) for key in keys)
