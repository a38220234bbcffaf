"""Cameras a home may have, as entities of an integration that is not ours."""

from collections.abc import Awaitable, Callable
from typing import override

from homeassistant.components.camera import (
    Camera,
    CameraEntityFeature,
    WebRTCSendMessage,
)
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

INTEGRATION = "own_cameras"

type Locate = Callable[[], Awaitable[str | None]]


class OwnCamera(Camera):
    """Shows whatever `source` says: an address, nothing, or an answer still awaited."""

    def __init__(
        self,
        name: str,
        source: str | Locate | None,
        *,
        device: str | None = None,
        is_on: bool = True,
    ) -> None:
        super().__init__()
        self._attr_name = name
        self._attr_unique_id = f"{device} {name}"
        if source is not None:
            self._attr_supported_features = CameraEntityFeature.STREAM
        self._attr_is_on = is_on
        self._source = source
        if device is not None:
            self._attr_device_info = DeviceInfo(
                identifiers={(INTEGRATION, device)}, name=device
            )

    def show(self, source: str | Locate | None) -> None:
        """Go away, and come back showing another source."""
        self._attr_available = False
        self.async_write_ha_state()
        self._source = source
        self._attr_available = True
        self.async_write_ha_state()

    @override
    async def stream_source(self) -> str | None:
        if callable(self._source):
            return await self._source()
        return self._source


class StreamCamera(OwnCamera):
    """Says that it has video, whether or not it says where."""

    _attr_supported_features = CameraEntityFeature.STREAM


class WebRTCCamera(StreamCamera):
    """Speaks nothing but WebRTC, and answers no offer."""

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        raise NotImplementedError


class OwnCamerasFlow(ConfigFlow, domain=INTEGRATION):
    """What Home Assistant wants of any integration with entries."""


async def install(hass: HomeAssistant, *cameras: Camera) -> list[str]:
    """Set the cameras up as another integration's entry does; give their entity ids."""

    async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, ["camera"])
        return True

    async def set_up_cameras(
        _hass: HomeAssistant,
        _entry: ConfigEntry,
        add: AddEntitiesCallback,
    ) -> None:
        add(cameras)

    mock_integration(hass, MockModule(INTEGRATION, async_setup_entry=set_up))
    platform = MockPlatform()
    platform.async_setup_entry = set_up_cameras
    mock_platform(hass, f"{INTEGRATION}.camera", platform)
    mock_platform(hass, f"{INTEGRATION}.config_flow")
    entry = MockConfigEntry(domain=INTEGRATION)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return [camera.entity_id for camera in cameras]


def registered(registry: er.EntityRegistry, entity_id: str) -> er.RegistryEntry:
    """Give the entity's place in the registry, which it must have."""
    entry = registry.async_get(entity_id)
    assert entry is not None
    return entry
