"""The address of a camera's video and the options by which Home Assistant's own stream reads it."""

from typing import Final

from homeassistant.components.stream import CONF_USE_WALLCLOCK_AS_TIMESTAMPS
from homeassistant.const import CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant

from ..internals import async_stream_source, stream_options
from ..relay import CameraAddress
from ..relay.sources.address import Transport

_RTSP_TRANSPORT: Final = "rtsp_transport"


async def async_camera_address(
    hass: HomeAssistant, entity_id: str
) -> CameraAddress | None:
    """Return where a camera's video is; None: it has none. May raise anything, as the camera's integration may."""
    url = await async_stream_source(hass, entity_id)
    if url is None:
        return None
    options = stream_options(hass, entity_id)
    transport = options.get(_RTSP_TRANSPORT)
    return CameraAddress(
        url=url,
        verifies_certificate=options.get(CONF_VERIFY_SSL) is True,
        transport=Transport(transport) if transport in set(Transport) else None,
        by_arrival=options.get(CONF_USE_WALLCLOCK_AS_TIMESTAMPS) is True,
    )
