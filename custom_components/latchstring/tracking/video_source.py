"""Where a camera's video comes from: an address, else a WebRTC session, else its images."""

from functools import partial
from typing import Final

from homeassistant.components.camera import (
    Camera,
    CameraEntityFeature,
    async_get_image,
)
from homeassistant.core import HomeAssistant

from ..internals import camera_entity
from ..relay import CameraAddress, ImageSource, Source
from ..relay.sources.images.source import LONGEST_INTERVAL, SHORTEST_INTERVAL
from .camera_address import async_camera_address
from .webrtc_camera import is_native, webrtc_source

_SCHEMES_OF_IMAGES: Final = frozenset({"http", "https"})


async def async_video_source(hass: HomeAssistant, entity_id: str) -> Source | None:
    """Return a camera's source; None: it names none. May raise anything, as the camera's integration may."""
    address = await async_camera_address(hass, entity_id)
    camera = camera_entity(hass, entity_id)
    if address is not None and not _is_of_images(camera, address):
        return address
    if is_native(camera):
        return webrtc_source(camera)
    if CameraEntityFeature.STREAM in camera.supported_features:
        return None  # it has video, and does not say where: its images would be another source
    return ImageSource(
        name=entity_id,
        fetch=partial(_async_image, hass, entity_id),
        interval=min(max(camera.frame_interval, SHORTEST_INTERVAL), LONGEST_INTERVAL),
    )


def _is_of_images(camera: Camera, address: CameraAddress) -> bool:
    """Return whether what a camera names is a page of images (MJPEG): Home Assistant then says that it has no video."""
    return (
        CameraEntityFeature.STREAM not in camera.supported_features
        and address.scheme in _SCHEMES_OF_IMAGES
    )


async def _async_image(hass: HomeAssistant, entity_id: str) -> bytes:
    return (await async_get_image(hass, entity_id)).content
