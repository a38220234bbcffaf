"""The address of a camera's video and the options by which Home Assistant's own stream reads it."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.camera import get_camera_from_entity_id
from homeassistant.components.stream import (
    CONF_RTSP_TRANSPORT,
    CONF_USE_WALLCLOCK_AS_TIMESTAMPS,
)
from homeassistant.const import CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..internals import async_stream_source
from ..relay import CameraAddress
from ..relay.sources.address import Transport


async def async_camera_address(
    hass: HomeAssistant, entity_id: str
) -> CameraAddress | None:
    """Return where a camera's video is; None: it has none. May raise anything, as the camera's integration may."""
    url = await async_stream_source(hass, entity_id)
    if url is None:
        return None
    options = _stream_options(hass, entity_id)
    transport = options.get(CONF_RTSP_TRANSPORT)
    return CameraAddress(
        url=url,
        verifies_certificate=options.get(CONF_VERIFY_SSL) is True,
        transport=Transport(transport) if transport in set(Transport) else None,
        by_arrival=options.get(CONF_USE_WALLCLOCK_AS_TIMESTAMPS) is True,
    )


def _stream_options(hass: HomeAssistant, entity_id: str) -> Mapping[str, Any]:
    try:
        return get_camera_from_entity_id(hass, entity_id).stream_options
    except HomeAssistantError:  # it is off, or gone
        return {}
