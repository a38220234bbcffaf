"""The device of a camera, and the name of a hub on it."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device import async_entity_id_to_device

from .reference import entity_id_of


def device_of(hass: HomeAssistant, camera: str) -> dr.AnyDeviceEntry | None:
    """Return the device of a share's camera, if it has one."""
    entity_id = entity_id_of(hass, camera)
    return async_entity_id_to_device(hass, entity_id) if entity_id else None


def hub_name_on_device(hass: HomeAssistant, camera: str, hub: str, label: str) -> str:
    """Return the name of a hub on a camera's device: with the label where the device has several cameras."""
    if (device := device_of(hass, camera)) is None:
        return hub
    entities = er.async_entries_for_device(er.async_get(hass), device.id)
    cameras = sum(entity.domain == Platform.CAMERA for entity in entities)
    return f"{hub} ({label})" if cameras > 1 else hub
