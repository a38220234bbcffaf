"""The switches of the owner: of a hub and of each camera, and those that open for a while."""

from dataclasses import dataclass
from functools import partial
import logging
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory

from .entity import HubEntity, LatchstringEntity, ShareEntity, platform_setup
from .household.actors import acting_person, async_actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from .controls.share_now import ShareNow
    from .controls.sharing import Sharing
    from .core.model import Share
    from .runtime.hub import HubRuntime

PARALLEL_UPDATES = 0

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class OwnersSwitchDescription(SwitchEntityDescription):
    """A switch and what it controls.

    `is_timed`: it turns itself off after a while. If it is gone nobody could do so earlier, so it closes then.
    """

    control_fn: Callable[[HubRuntime], Sharing | ShareNow]
    is_timed: bool = False


HUB_SWITCHES: Final = (
    # off pauses every camera of this hub
    OwnersSwitchDescription(
        key="hub_sharing", control_fn=lambda runtime: runtime.sharing
    ),
    # the panic button: opens every camera that nothing blocks, for a while
    OwnersSwitchDescription(
        key="share_all",
        control_fn=lambda runtime: runtime.share_now,
        is_timed=True,
    ),
)

SHARE_SWITCHES: Final = (
    # on means that this camera may open for this hub; what opens it says when
    OwnersSwitchDescription(key="sharing", control_fn=lambda runtime: runtime.sharing),
    # opens this camera for this hub for a while, whatever else would open it
    OwnersSwitchDescription(
        key="share_now",
        control_fn=lambda runtime: runtime.share_now,
        is_timed=True,
    ),
)


class OwnersSwitch(LatchstringEntity, SwitchEntity):
    """A switch that checks who turns it on; everybody may turn it off.

    Its category keeps it out of voice assistants and of areas, floors and labels as targets.
    """

    entity_description: OwnersSwitchDescription
    _attr_entity_category = EntityCategory.CONFIG

    @property
    def _control(self) -> Sharing | ShareNow:
        return self.entity_description.control_fn(self._runtime)

    @property
    def _target(self) -> Share | None:
        """Return the share that it switches; None: the hub."""
        return None

    @override
    def _update_attributes(self) -> bool:
        self._attr_is_on = self._control.is_on(self._target)
        return self._attr_is_on

    @override
    async def async_turn_on(self, **_kwargs: Any) -> None:
        await self._control.async_open(self._target, self._context)
        self._show_now()
        await self._runtime.household.display_queue.async_settled()

    @override
    async def async_turn_off(self, **_kwargs: Any) -> None:
        context = self._context
        try:
            try:
                self._control.close(self._target)
            except Exception:
                _LOGGER.exception("Turning off %s failed; trying again", self.entity_id)
                self._control.close(self._target)
            self._show_now()
        finally:  # a position that is not stored would be on again after a restart
            actor = await async_actor(self.hass, context)
            await self._control.async_keep_closed(self._target, actor)
        await self._runtime.household.display_queue.async_settled()

    def _show_now(self) -> None:
        """Show the new position before the caller continues."""
        self._runtime.show_at_once(self._owner_id)
        self.show()

    @override
    def on_gone(self) -> None:
        """Turn it off if it was removed or disabled, so that adding it again opens nothing."""
        try:
            super().on_gone()
        finally:
            self._turn_off_if_gone()
        if self.entity_description.is_timed:
            self._control.close(self._target)

    def _turn_off_if_gone(self) -> None:
        entry = self.registry_entry
        is_on = self._control.is_on(self._target)
        if is_on and (self._is_removed or (entry and entry.disabled)):
            self._control.close(self._target)
            self.hass.async_create_task(
                self._control.async_keep_closed(self._target, acting_person()),
                "latchstring switch",
            )


class HubSwitch(HubEntity, OwnersSwitch):
    """A switch of the whole hub."""

    def __init__(
        self, description: OwnersSwitchDescription, runtime: HubRuntime
    ) -> None:
        self.entity_description = description
        super().__init__(runtime)


class ShareSwitch(ShareEntity, OwnersSwitch):
    """A switch of one camera."""

    def __init__(
        self, description: OwnersSwitchDescription, runtime: HubRuntime, share: Share
    ) -> None:
        self.entity_description = description
        super().__init__(runtime, share)

    @property
    @override
    def _target(self) -> Share:
        return self._share


async_setup_entry = platform_setup(
    of_hub=[partial(HubSwitch, each) for each in HUB_SWITCHES],
    of_share=[partial(ShareSwitch, each) for each in SHARE_SWITCHES],
)
