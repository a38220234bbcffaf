"""The owner's cameras: where each one's video comes from, and one connection to each.

Consent is given to a source, not to a name: a camera that shows another source than the one consented to is
another camera. A source is told by a salted hash of the entity behind it and its address without the credentials.
"""

from functools import partial
import hashlib
import hmac
import logging
from typing import Final, Protocol

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device import async_entity_id_to_device
from yarl import URL

from .failures import Failures
from .following import (
    Following,
    entity_id_of,
    entry_of,
    says_something,
    written_state_of,
)
from .relay import CameraSource, SourceRefused
from .undocumented import async_stream_source

_LOGGER = logging.getLogger(__name__)

CLOSING: Final = "Closing what shows"
TAKING_IN: Final = "Taking in what became of"
TELLING: Final = "Telling another source of"


class Listener(Protocol):
    """A hub that cameras are shared with."""

    def camera_turned(self, camera: str) -> None:
        """Take account of the source that a camera shows now."""

    def camera_failed(self, camera: str) -> None:
        """Close what shows a camera: its source could not be taken account of."""


def device_of(hass: HomeAssistant, camera: str) -> dr.AnyDeviceEntry | None:
    """Find the device a share's camera stands on, if it has one."""
    entity_id = entity_id_of(hass, camera)
    return async_entity_id_to_device(hass, entity_id) if entity_id else None


def hub_beside(hass: HomeAssistant, camera: str, hub: str, label: str) -> str:
    """Name a hub on a camera's device: with the label where several cameras stand there."""
    if (device := device_of(hass, camera)) is None:
        return hub
    entities = er.async_entries_for_device(er.async_get(hass), device.id)
    cameras = sum(entity.domain == Platform.CAMERA for entity in entities)
    return f"{hub} ({label})" if cameras > 1 else hub


class Cameras:
    """Every camera that is shared with anybody, by the id its share keeps."""

    def __init__(self, hass: HomeAssistant, *, salt: bytes) -> None:
        """Know no camera yet."""
        self._hass = hass
        self._salt = salt
        self._following: dict[str, Following] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._failures = Failures(_LOGGER)
        self._shown: dict[str, str | None] = {}
        self._sources: dict[tuple[str, str], CameraSource] = {}

    def has_reported(self, camera: str) -> bool:
        """Say whether the camera's source was seen since this start. One that drops later has still reported."""
        return camera in self._shown

    def shown(self, camera: str) -> str | None:
        """Give the fingerprint of the source the camera showed last, or None when it shows none."""
        return self._shown.get(camera)

    def source(self, camera: str, fingerprint: str) -> CameraSource:
        """Give the one connection to this camera while it shows this source, and to no other source."""
        key = (camera, fingerprint)
        if key not in self._sources:
            self._sources[key] = CameraSource(
                loop=self._hass.loop,
                locate=lambda: self._async_locate(camera, fingerprint),
                name=camera,
            )
        return self._sources[key]

    async def async_look(self, camera: str) -> str | None:
        """See which source the camera shows now; give its fingerprint, or None if it shows none."""
        await self._async_seen(camera)
        return self._shown.get(camera)

    @callback
    def watch(self, camera: str, listener: Listener) -> None:
        """Look at the camera now and each time it comes back, and tell when it shows another source than before."""
        self._listeners.setdefault(camera, []).append(listener)
        if camera not in self._following:
            self._follow(camera)

    def _follow(self, camera: str) -> None:
        self._following[camera] = Following(
            self._hass,
            camera,
            partial(self._state_turned, camera),
            on_failed=partial(self._failed, camera),
        )
        self._state_turned(camera, None, written_state_of(self._hass, camera))

    @callback
    def leave(self, camera: str, listener: Listener) -> None:
        """Tell nothing of the camera any more; what was seen last still stands."""
        listeners = self._listeners.get(camera, [])
        if listener in listeners:
            listeners.remove(listener)
        if not listeners:
            self._listeners.pop(camera, None)
            if (following := self._following.pop(camera, None)) is not None:
                following.stop()

    @callback
    def _state_turned(
        self, camera: str, _before: State | None, now: State | None
    ) -> None:
        if now is None:  # removed or disabled
            self._set(camera, None)
        elif says_something(now):
            self._look_soon(camera)

    @callback
    def _failed(self, camera: str) -> None:
        """Take a camera of which something could not be taken in for one that shows nothing, and follow it anew."""
        self._failures.caught(TAKING_IN, camera)
        self._shown[camera] = None
        self._tell(camera)
        self._following[camera].stop()
        self._follow(camera)
        self._failures.worked(TAKING_IN, camera)

    async def async_close(self) -> None:
        """Wait until every connection is gone."""
        for source in self._sources.values():
            await source.async_close()
        self._sources.clear()

    def _look_soon(self, camera: str) -> None:
        self._hass.async_create_task(
            self._async_seen(camera), f"latchstring look at {camera}"
        )

    async def _async_locate(self, camera: str, fingerprint: str) -> str:
        """Give the address to connect to, if it still is the source consented to."""
        url = await self._async_seen(camera)
        if url is None or self._shown[camera] != fingerprint:
            raise SourceRefused
        return url

    async def _async_seen(self, camera: str) -> str | None:
        """Ask the camera for its address and keep what that says about it. What fails shows no source."""
        url: str | None = None
        if (entity_id := entity_id_of(self._hass, camera)) is not None:
            try:
                url = await async_stream_source(self._hass, entity_id)
            except HomeAssistantError:
                return None
            except Exception:
                _LOGGER.exception(
                    "The integration of %s failed to give its stream source", entity_id
                )
                return None
        self._set(camera, self._fingerprint(camera, url) if url else None)
        return url

    @callback
    def _set(self, camera: str, fingerprint: str | None) -> None:
        turned = self._shown.get(camera, "") != fingerprint
        self._shown[camera] = fingerprint
        if turned:
            self._tell(camera)

    def _tell(self, camera: str) -> None:
        """Tell every hub. What one of them fails to do keeps no other from being told."""
        for number, listener in enumerate(tuple(self._listeners.get(camera, ()))):
            what = f"{camera} to hub {number}"
            try:
                listener.camera_turned(camera)
                self._failures.worked(TELLING, what)
            except Exception:  # noqa: BLE001 - whatever it is, the hub's shares are closed, and it is logged
                self._failures.caught(TELLING, what)
                self._close(listener, camera)

    def _close(self, listener: Listener, camera: str) -> None:
        """Have a hub close, whatever became of the others."""
        try:
            listener.camera_failed(camera)
            self._failures.worked(CLOSING, camera)
        except Exception:  # noqa: BLE001 - it is logged, and the other hubs are to close too
            self._failures.caught(CLOSING, camera)

    def _fingerprint(self, camera: str, url: str) -> str:
        entry = entry_of(self._hass, camera)
        identity = f"{entry.platform} {entry.unique_id}" if entry else camera
        try:
            address = str(URL(url, encoded=True).with_user(None))
        except ValueError:
            address = url
        return hmac.new(
            self._salt, f"{identity} {address}".encode(), hashlib.sha256
        ).hexdigest()
