"""What all our entities have in common: device, name, when they write their state, how they are added."""

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
from .tracking.devices import device_of, hub_beside
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

COMES_BACK: Final = 1.0
"""Seconds for Home Assistant to add a renamed entity again, which it does at once."""


class LatchstringEntity(Entity):
    """An entity that is always available: what closes must be within reach with the hub offline.

    Its `entity_description` must be there before it is constructed. `owner_id` is the id of the share or of the hub.
    One that is disabled or removed is gone at once. One that is renamed comes back, and is gone if it does not.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, runtime: HubRuntime, owner_id: str) -> None:
        self._runtime = runtime
        self._owner_id = owner_id
        self._attr_translation_key = self.entity_description.key
        self._attr_unique_id = own_unique_id(owner_id, self.entity_description.key)
        self._named_by: object = None
        self._shown: object = None
        self._leave: CALLBACK_TYPE | None = None
        self._await_no_longer: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        self._shown = self._look_at_all()
        self.async_on_remove(self._runtime.display.add(self._owner_id, self))
        self.async_on_remove(self._taken_away)
        if self._await_no_longer is not None:
            self._await_no_longer()
            self._await_no_longer = None
        if self._leave is None:
            key = self.entity_description.key
            self._leave = self._runtime.presence.enter(self._owner_id, key)

    @callback
    def _taken_away(self) -> None:
        entry = self.registry_entry
        if entry and not entry.disabled and entry.entity_id != self.entity_id:
            self._await_no_longer = async_call_later(
                self.hass, COMES_BACK, callback(lambda _now: self.gone())
            )
        else:
            self.gone()

    @property
    def _is_removed(self) -> bool:
        """Return whether it is removed from the entity registry, under whatever name it was there."""
        platform, key = Platform(self.platform.domain), self.entity_description.key
        return own_entity_id(self.hass, platform, self._owner_id, key) is None

    @callback
    def gone(self) -> None:
        """Close what needs this entity, as its owner has removed or disabled it."""
        if self._leave is None:
            return
        try:
            self._leave()
        except Exception:
            _LOGGER.exception("Closing without %s failed; trying again", self.entity_id)
            self._leave()
        self._leave = None

    def _look(self) -> object:
        """Read the present state into the attributes, and return all that is shown of it."""
        return None

    def _naming(self) -> object:
        """Return what its name is made of."""
        return None

    def _take_name(self) -> None:
        """Read the present name into the attributes."""

    def _look_at_all(self) -> tuple[object, object]:
        if (naming := self._naming()) != self._named_by:
            self._take_name()
            forget_name(self)
            self._named_by = naming
        return naming, self._look()

    def _name_device(self, name: str) -> None:
        """Rename the device, which is ours."""
        if self.device_entry is not None:
            devices = dr.async_get(self.hass)
            devices.async_update_device(self.device_entry.id, name=name)

    @callback
    def show(self) -> None:
        """Write the state if it is another than the one shown."""
        # Where that fails, it is not known what is shown.
        before, self._shown = self._shown, None
        if (now := self._look_at_all()) != before:
            self.async_write_ha_state()
        self._shown = now

    @callback
    def hear(self, _event: GateEvent) -> None:
        """Show what happened, by the present state."""
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
        self._named_by = self._naming()

    @override
    def _naming(self) -> str:
        return self._runtime.entry.title

    @override
    def _take_name(self) -> None:
        self._name_device(self._naming())


class ShareEntity(LatchstringEntity):
    """An entity on the shared camera's device, or on one of our own if the camera has none."""

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        super().__init__(runtime, share.share_id)
        self._listed = share
        if device := device_of(runtime.hass, share.camera):
            self.device_entry = device
        else:
            self._attr_device_info = DeviceInfo(
                identifiers={(DOMAIN, share.share_id)}, name=share.label
            )
        self._call()
        self._named_by = self._naming()

    def _call(self) -> None:
        """Read the hub's name, with the label where the device has several cameras."""
        runtime, share = self._runtime, self._share
        hub = hub_beside(runtime.hass, share.camera, runtime.entry.title, share.label)
        self._attr_translation_placeholders = {"hub": hub}

    @override
    def _naming(self) -> tuple[str, str]:
        return self._runtime.entry.title, self._share.label

    @override
    def _take_name(self) -> None:
        self._call()
        if self._attr_device_info is not None:
            self._name_device(self._share.label)

    @property
    def _share(self) -> Share:
        """Return the share as it is listed now, or as it was at first where it is listed no more."""
        return self._runtime.shares.get(self._owner_id, self._listed)


def platform_setup(
    *,
    of_hub: Sequence[Callable[[HubRuntime], HubEntity]] = (),
    of_share: Sequence[Callable[[HubRuntime, Share], ShareEntity]],
) -> AsyncSetupEntry:
    """Return a platform's `async_setup_entry`: it adds these entities of the hub, and of each share, now and later."""

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
    """Remove our own devices of cameras that have got one by now. All entities must have been added."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        if not er.async_entries_for_device(
            entities, device.id, include_disabled_entities=True
        ):
            devices.async_remove_device(device.id)
