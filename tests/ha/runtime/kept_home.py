"""Every word of a house that is nobody else's business."""

from collections.abc import Iterable, Iterator
import socket
from urllib.parse import urlsplit

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    instance_id,
)

_SHORTEST = 6
"""A shorter word could stand anywhere by chance."""


async def words_of(hass: HomeAssistant, *, known_to_hubs: Iterable[str]) -> set[str]:
    """Collect them from where Home Assistant keeps them; `known_to_hubs` is no secret."""
    words = {
        *_of_configuration(hass),
        *_of_entities(hass),
        *_of_devices(hass),
        *(word for entry in hass.config_entries.async_entries() for word in _of(entry)),
        *(
            word
            for user in await hass.auth.async_get_users()
            for word in (user.id, user.name)
        ),
        await instance_id.async_get(hass),
        socket.gethostname(),
    }
    known = set(known_to_hubs)
    return {
        word for word in words if word and len(word) >= _SHORTEST and word not in known
    }


def words_of_address(url: str) -> set[str]:
    """Take an address apart into what must not be seen of it, not even alone."""
    parts = urlsplit(url)
    words = {
        url,
        parts.hostname,
        f":{parts.port}" if parts.port else "",
        parts.path,
        parts.username,
        parts.password,
    }
    return {word for word in words if word}


def _of_configuration(hass: HomeAssistant) -> Iterator[str]:
    config = hass.config
    yield from (config.location_name, config.config_dir, config.time_zone)
    for url in (config.internal_url, config.external_url):
        yield from words_of_address(url or "")
    for degrees in (config.latitude, config.longitude):
        yield str(abs(degrees))[:7]


def _of_entities(hass: HomeAssistant) -> Iterator[str]:
    yield from hass.states.async_entity_ids()
    yield from (state.name for state in hass.states.async_all())
    for entity in er.async_get(hass).entities.values():
        yield from (
            entity.entity_id,
            entity.id,
            entity.unique_id,
            entity.name or "",
            entity.original_name or "",
        )
    for area in ar.async_get(hass).async_list_areas():
        yield from (area.id, area.name)
    for floor in fr.async_get(hass).async_list_floors():
        yield from (floor.floor_id, floor.name)


def _of_devices(hass: HomeAssistant) -> Iterator[str]:
    registry = dr.async_get(hass)
    devices = (
        device
        for entry in hass.config_entries.async_entries()
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
    )
    for device in devices:
        yield from (
            device.id,
            device.name or "",
            device.name_by_user or "",
            device.serial_number or "",
        )
        yield from (part for identifier in device.identifiers for part in identifier)


def _of(entry: ConfigEntry) -> Iterator[str]:
    yield from (entry.entry_id, entry.title)
    yield from entry.subentries
