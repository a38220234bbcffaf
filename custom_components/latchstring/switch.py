"""The switches by which an owner pulls the string in or lets it hang out."""

import logging
from typing import TYPE_CHECKING, Any, Protocol, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.const import EntityCategory
from homeassistant.core import callback

from .actors import acting_person, async_actor
from .entity import HubEntity, LatchstringEntity, ShareEntity, add_for_each_share

if TYPE_CHECKING:
    from homeassistant.core import Context, HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .core.model import Share
    from .core.record import Actor
    from .runtime import HubRuntime, LatchstringConfigEntry

PARALLEL_UPDATES = 0

_LOGGER = logging.getLogger(__name__)


class Opener(Protocol):
    """What a switch turns, of one camera or (no share) of the hub."""

    def is_on(self, share: Share | None) -> bool:
        """Say whether it is on."""

    async def async_open(self, share: Share | None, context: Context | None) -> None:
        """Turn it on, or raise what tells the caller why not."""

    @callback
    def close(self, share: Share | None) -> None:
        """Turn it off at once."""

    async def async_keep_closed(self, share: Share | None, actor: Actor) -> None:
        """Bring to disk what is off already."""


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: LatchstringConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the hub's switches and those of each share."""
    runtime = entry.runtime_data
    async_add_entities([HubSharingSwitch(runtime), ShareAllSwitch(runtime)])
    add_for_each_share(
        runtime,
        async_add_entities,
        lambda share: [SharingSwitch(runtime, share), ShareNowSwitch(runtime, share)],
    )


class _OwnersSwitch(LatchstringEntity, SwitchEntity):
    """A switch that asks who turns it on, and nobody who turns it off.

    Its category keeps it out of voice assistants and of areas, floors and labels as targets.
    """

    _attr_entity_category = EntityCategory.CONFIG
    _opener: Opener

    @property
    def _switched(self) -> Share | None:
        """Give the camera that it switches; None: the hub."""
        return None

    @override
    def _look(self) -> bool:
        self._attr_is_on = self._opener.is_on(self._switched)
        return self._attr_is_on

    @override
    async def async_turn_on(self, **_kwargs: Any) -> None:
        await self._opener.async_open(self._switched, self._context)
        self._show_at_once()
        await self._runtime.household.show.async_shown()

    @override
    async def async_turn_off(self, **_kwargs: Any) -> None:
        context = self._context
        try:
            try:
                self._opener.close(self._switched)
            except Exception:
                _LOGGER.exception("Turning off %s failed; trying again", self.entity_id)
                self._opener.close(self._switched)
            self._show_at_once()
        finally:  # a position that is not stored would be on again after a restart
            actor = await async_actor(self.hass, context)
            await self._opener.async_keep_closed(self._switched, actor)
        await self._runtime.household.show.async_shown()

    def _show_at_once(self) -> None:
        """Show what was switched before whoever switched goes on."""
        self._runtime.show_at_once(self._owner_id)
        self.show()

    @override
    def gone(self) -> None:
        """Turn it off where it was removed or disabled: what brings it back opens nothing."""
        try:
            super().gone()
        finally:
            self._turn_off_what_is_away()

    def _turn_off_what_is_away(self) -> None:
        entry = self.registry_entry
        is_on = self._opener.is_on(self._switched)
        if is_on and (self._is_removed or (entry and entry.disabled)):
            self._opener.close(self._switched)
            self.hass.async_create_task(
                self._opener.async_keep_closed(self._switched, acting_person()),
                "latchstring switch",
            )


class HubSharingSwitch(HubEntity, _OwnersSwitch):
    """Off pauses every camera of this hub."""

    def __init__(self, runtime: HubRuntime) -> None:
        """Stand on the hub's device."""
        super().__init__(runtime, "hub_sharing")
        self._opener = runtime.sharing


class _CameraSwitch(ShareEntity, _OwnersSwitch):
    """A switch of one camera."""

    @property
    @override
    def _switched(self) -> Share:
        return self._share


class SharingSwitch(_CameraSwitch):
    """On means that this camera may open for this hub; what opens it says when."""

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        """Stand on the camera's device."""
        super().__init__(runtime, share, "sharing")
        self._opener = runtime.sharing


class _TimedSwitch(_OwnersSwitch):
    """A switch that turns itself off. Without it nobody could do so earlier, so what it opened goes with it."""

    @override
    def gone(self) -> None:
        super().gone()
        self._opener.close(self._switched)


class ShareAllSwitch(HubEntity, _TimedSwitch):
    """The panic button: opens every camera that nothing blocks, for a while."""

    def __init__(self, runtime: HubRuntime) -> None:
        """Stand on the hub's device."""
        super().__init__(runtime, "share_all")
        self._opener = runtime.share_now


class ShareNowSwitch(_CameraSwitch, _TimedSwitch):
    """Opens this camera for this hub for a while, whatever else would open it."""

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        """Stand on the camera's device."""
        super().__init__(runtime, share, "share_now")
        self._opener = runtime.share_now
