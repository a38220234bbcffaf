"""The switches by which an owner pulls the string in or lets it hang out."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.const import EntityCategory

from .entity import HubEntity, LatchstringEntity, ShareEntity, add_for_each_share

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .core.model import Share
    from .runtime import HubRuntime, LatchstringConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: LatchstringConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the hub's switch and one for each share."""
    runtime = entry.runtime_data
    async_add_entities([HubSharingSwitch(runtime)])
    add_for_each_share(
        runtime, async_add_entities, lambda share: [SharingSwitch(runtime, share)]
    )


class _SharingSwitch(LatchstringEntity, SwitchEntity):
    """A switch that asks who turns it on, and nobody who turns it off.

    Its category keeps it out of voice assistants and of areas, floors and labels as targets.
    """

    _attr_entity_category = EntityCategory.CONFIG

    @property
    def _switched(self) -> Share | None:
        """The share that it switches, or None for the hub."""
        return None

    @override
    async def async_turn_on(self, **_kwargs: Any) -> None:
        await self._runtime.sharing.async_open(self._switched, self._context)

    @override
    async def async_turn_off(self, **_kwargs: Any) -> None:
        context = self._context
        self._runtime.sharing.close(self._switched)
        await self._runtime.sharing.async_keep_closed(self._switched, context)


class HubSharingSwitch(HubEntity, _SharingSwitch):
    """Off pauses every camera of this hub."""

    def __init__(self, runtime: HubRuntime) -> None:
        """Stand on the hub's device."""
        super().__init__(runtime, "hub_sharing")

    @property
    @override
    def is_on(self) -> bool:
        return self._runtime.sharing.is_on(None)


class SharingSwitch(ShareEntity, _SharingSwitch):
    """On means that this camera may open for this hub; what opens it says when."""

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        """Stand on the camera's device."""
        super().__init__(runtime, share, "sharing")

    @property
    @override
    def _switched(self) -> Share:
        return self._share

    @property
    @override
    def is_on(self) -> bool:
        return self._runtime.sharing.is_on(self._share)
