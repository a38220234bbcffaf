"""What a camera will be for its viewers, what that asks of it, and what was found wrong: for its owner to read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.loader import IntegrationNotFound, async_get_integration

from ..const import CONF_CODEC, CONF_HEIGHT, CONF_IMAGES, CONF_WIDTH
from ..core.text import escape_markdown
from ..localize import Sentences, bullets
from .camera_check import ExaminedCamera

_CODECS: Final = {"avc1": "H.264", "hvc1": "H.265", "hev1": "H.265"}
"""The names that owners know, by the first part of a codec's name (RFC 6381)."""
_CLOUD: Final = "cloud"
"""What the kind of an integration begins with that works by its maker's cloud (`iot_class`)."""


async def async_description(
    hass: HomeAssistant, words: Sentences, camera: ExaminedCamera
) -> str:
    """Return what it will be and what was found wrong, without the camera's name."""
    parts = [
        *_video(words, camera),
        *await _async_demands(hass, words, camera),
        reason(words, camera),
    ]
    return " ".join(filter(None, parts))


async def async_descriptions(
    hass: HomeAssistant, words: Sentences, cameras: Iterable[ExaminedCamera]
) -> str:
    """Return the same of several cameras as a Markdown list."""
    return bullets(
        [
            f"{escape_markdown(camera.name)}: {await async_description(hass, words, camera)}"
            for camera in cameras
        ]
    )


def reason(words: Sentences, camera: ExaminedCamera) -> str:
    """Return what was found wrong and what to do; empty if nothing is."""
    if camera.finding is None:
        return ""
    found = words.say("finding", camera.finding)
    listed = words.say("pictureless", "listed") if camera.can_be_listed else ""
    advice = words.picture_advice(camera.finding)
    return " ".join(filter(None, (found, advice, listed)))


def findings(words: Sentences, cameras: Iterable[ExaminedCamera]) -> str:
    """Return what was found as a Markdown list of the cameras with something wrong."""
    return bullets(
        f"{escape_markdown(camera.name)}: {reason(words, camera)}"
        for camera in cameras
        if camera.finding
    )


def _video(words: Sentences, camera: ExaminedCamera) -> Iterator[str]:
    video = camera.video
    if video is None:
        return
    if CONF_IMAGES not in video:
        yield words.say("source", "live", **_format(video))
        return
    seconds = f"{video[CONF_IMAGES]:g}"
    yield words.say("source", "images", seconds=seconds, **_format(video))
    if camera.image_cost is not None:
        yield words.say("source", "cost", seconds=f"{camera.image_cost:.1f}")


def _format(video: Mapping[str, Any]) -> dict[str, str]:
    codec: str = video[CONF_CODEC]
    return {
        "codec": _CODECS.get(codec.partition(".")[0], codec),
        "width": str(video[CONF_WIDTH]),
        "height": str(video[CONF_HEIGHT]),
    }


async def _async_demands(
    hass: HomeAssistant, words: Sentences, camera: ExaminedCamera
) -> list[str]:
    """Return what watching asks of the camera and its maker, as far as Home Assistant knows."""
    entry = er.async_get(hass).async_get(camera.entity_id)
    if entry is None or not camera.can_be_listed:
        return []
    return [
        *([words.say("source", "battery")] if _has_battery(hass, entry) else []),
        *([words.say("source", "cloud")] if await _async_is_cloud(hass, entry) else []),
    ]


def _has_battery(hass: HomeAssistant, camera: er.RegistryEntry) -> bool:
    """Return whether the camera's device tells how full its battery is, or whether it is low."""
    if camera.device_id is None:
        return False
    entries = er.async_entries_for_device(er.async_get(hass), camera.device_id)
    return any(
        SensorDeviceClass.BATTERY in (each.device_class, each.original_device_class)
        for each in entries
    )


async def _async_is_cloud(hass: HomeAssistant, camera: er.RegistryEntry) -> bool:
    try:
        integration = await async_get_integration(hass, camera.platform)
    except IntegrationNotFound:
        return False
    return (integration.iot_class or "").startswith(_CLOUD)
