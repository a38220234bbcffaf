"""The base classes of our entities: device, name, when they write their state, and how platforms add them."""

import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.event import async_call_later

from .const import DOMAIN
from .gate import GateEvent
from .internals import forget_name
from .tracking.devices import device_of, hub_name_on_device
from .tracking.own_entities import own_entity_id, own_unique_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .core.model import Share
    from .runtime.hub import HubRuntime, LatchstringConfigEntry

    type AsyncSetupEntry = Callable[
        [HomeAssistant, LatchstringConfigEntry, AddConfigEntryEntitiesCallback],
        Awaitable[None],
    ]

_LOGGER = logging.getLogger(__name__)

RENAME_SECONDS: Final = 1.0
"""How long a renamed entity may take to be added again; Home Assistant does so at once."""


class LatchstringEntity(Entity):
    """An entity that is always available: what closes a camera must work with the hub offline.

    Subclasses set `entity_description` before this constructor. `owner_id` is the id of the share or of the hub.
    A disabled or removed entity is gone at once. A renamed one is added again, and is gone only if it is not.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, runtime: HubRuntime, owner_id: str) -> None:
        self._runtime = runtime
        self._owner_id = owner_id
        self._attr_translation_key = self.entity_description.key
        self._attr_unique_id = own_unique_id(owner_id, self.entity_description.key)
        self._last_name_parts: object = None
        self._last_state: object = None
        self._leave_presence: CALLBACK_TYPE | None = None
        self._cancel_removal: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        self._last_state = self._update_all()
        self.async_on_remove(self._runtime.display.add(self._owner_id, self))
        self.async_on_remove(self._handle_removal)
        if self._cancel_removal is not None:
            self._cancel_removal()
            self._cancel_removal = None
        if self._leave_presence is None:
            key = self.entity_description.key
            self._leave_presence = self._runtime.presence.enter(self._owner_id, key)

    @callback
    def _handle_removal(self) -> None:
        entry = self.registry_entry
        if entry and not entry.disabled and entry.entity_id != self.entity_id:
            self._cancel_removal = async_call_later(
                self.hass, RENAME_SECONDS, callback(lambda _now: self.on_gone())
            )
        else:
            self.on_gone()

    @property
    def _is_removed(self) -> bool:
        """Return whether it is removed from the entity registry, whatever its entity id was."""
        platform, key = Platform(self.platform.domain), self.entity_description.key
        return own_entity_id(self.hass, platform, self._owner_id, key) is None

    @callback
    def on_gone(self) -> None:
        """Close what needs this entity, because it was removed or disabled."""
        if self._leave_presence is None:
            return
        try:
            self._leave_presence()
        except Exception:
            _LOGGER.exception("Closing without %s failed; trying again", self.entity_id)
            self._leave_presence()
        self._leave_presence = None

    def _update_attributes(self) -> object:
        """Update the attributes, and return all values that the written state depends on."""
        return None

    def _name_parts(self) -> object:
        """Return the values that its name depends on."""
        return None

    def _update_name(self) -> None:
        """Update what the name is made of; called when `_name_parts` have changed."""

    def _update_all(self) -> tuple[object, object]:
        if (name_parts := self._name_parts()) != self._last_name_parts:
            self._update_name()
            forget_name(self)
            self._last_name_parts = name_parts
        return name_parts, self._update_attributes()

    def _name_device(self, name: str) -> None:
        """Rename the device, which is ours."""
        if self.device_entry is not None:
            devices = dr.async_get(self.hass)
            devices.async_update_device(self.device_entry.id, name=name)

    @callback
    def show(self) -> None:
        """Write the state if it has changed since it was last written."""
        # If writing fails, it is unknown what is shown: the next call writes again.
        before, self._last_state = self._last_state, None
        if (now := self._update_all()) != before:
            self.async_write_ha_state()
        self._last_state = now

    @callback
    def on_event(self, _event: GateEvent) -> None:
        """Handle an event of the gate: write the state."""
        self.show()


class HubEntity(LatchstringEntity):
    """An entity on the hub's own device."""

    def __init__(self, runtime: HubRuntime) -> None:
        super().__init__(runtime, runtime.entry.entry_id)
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, runtime.entry.entry_id)},
            entry_type=DeviceEntryType.SERVICE,
            name=runtime.entry.title,
        )
        self._last_name_parts = self._name_parts()

    @override
    def _name_parts(self) -> str:
        return self._runtime.entry.title

    @override
    def _update_name(self) -> None:
        self._name_device(self._name_parts())


class ShareEntity(LatchstringEntity):
    """An entity on the shared camera's device, or on one of our own if the camera has none."""

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        super().__init__(runtime, share.share_id)
        self._first_share = share
        if device := device_of(runtime.hass, share.camera):
            self.device_entry = device
        else:
            self._attr_device_info = DeviceInfo(
                identifiers={(DOMAIN, share.share_id)}, name=share.label
            )
        self._update_hub_name()
        self._last_name_parts = self._name_parts()

    def _update_hub_name(self) -> None:
        """Set the hub's name in the entity's name, with the label if the device has several cameras."""
        runtime, share = self._runtime, self._share
        hub = hub_name_on_device(
            runtime.hass, share.camera, runtime.entry.title, share.label
        )
        self._attr_translation_placeholders = {"hub": hub}

    @override
    def _name_parts(self) -> tuple[str, str]:
        return self._runtime.entry.title, self._share.label

    @override
    def _update_name(self) -> None:
        self._update_hub_name()
        if self._attr_device_info is not None:
            self._name_device(self._share.label)

    @property
    def _share(self) -> Share:
        """Return the share as it is now; one that is no longer listed as it was at first."""
        return self._runtime.shares.get(self._owner_id, self._first_share)


def platform_setup(
    *,
    of_hub: Sequence[Callable[[HubRuntime], HubEntity]] = (),
    of_share: Sequence[Callable[[HubRuntime, Share], ShareEntity]],
) -> AsyncSetupEntry:
    """Return a platform's `async_setup_entry`, which adds these entities of the hub and of each share, also later."""

    async def async_setup_entry(
        _hass: HomeAssistant,
        entry: LatchstringConfigEntry,
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        runtime = entry.runtime_data
        if of_hub:
            async_add_entities([make(runtime) for make in of_hub])

        @callback
        def add(share: Share) -> None:
            async_add_entities(
                [make(runtime, share) for make in of_share],
                config_subentry_id=share.share_id,
            )

        for share in runtime.shares.values():
            add(share)
        runtime.on_share_added(add)

    return async_setup_entry


@callback
def remove_empty_devices(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove our devices of cameras that have a device of their own by now. All entities must have been added."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        if not er.async_entries_for_device(
            entities, device.id, include_disabled_entities=True
        ):
            devices.async_remove_device(device.id)
