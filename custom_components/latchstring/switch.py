"""The switches by which an owner pulls the string in or lets it hang out."""

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

    `is_timed`: it turns itself off. Without it nobody could do so earlier, so what it opened closes when it is gone.
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
    """A switch that asks who turns it on, and nobody who turns it off.

    Its category keeps it out of voice assistants and of areas, floors and labels as targets.
    """

    entity_description: OwnersSwitchDescription
    _attr_entity_category = EntityCategory.CONFIG

    @property
    def _control(self) -> Sharing | ShareNow:
        return self.entity_description.control_fn(self._runtime)

    @property
    def _switched(self) -> Share | None:
        """Return the camera that it switches; None: the hub."""
        return None

    @override
    def _look(self) -> bool:
        self._attr_is_on = self._control.is_on(self._switched)
        return self._attr_is_on

    @override
    async def async_turn_on(self, **_kwargs: Any) -> None:
        await self._control.async_open(self._switched, self._context)
        self._show_at_once()
        await self._runtime.household.display_queue.async_settled()

    @override
    async def async_turn_off(self, **_kwargs: Any) -> None:
        context = self._context
        try:
            try:
                self._control.close(self._switched)
            except Exception:
                _LOGGER.exception("Turning off %s failed; trying again", self.entity_id)
                self._control.close(self._switched)
            self._show_at_once()
        finally:  # a position that is not stored would be on again after a restart
            actor = await async_actor(self.hass, context)
            await self._control.async_keep_closed(self._switched, actor)
        await self._runtime.household.display_queue.async_settled()

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
        if self.entity_description.is_timed:
            self._control.close(self._switched)

    def _turn_off_what_is_away(self) -> None:
        entry = self.registry_entry
        is_on = self._control.is_on(self._switched)
        if is_on and (self._is_removed or (entry and entry.disabled)):
            self._control.close(self._switched)
            self.hass.async_create_task(
                self._control.async_keep_closed(self._switched, acting_person()),
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
    def _switched(self) -> Share:
        return self._share


async_setup_entry = platform_setup(
    of_hub=[partial(HubSwitch, each) for each in HUB_SWITCHES],
    of_share=[partial(ShareSwitch, each) for each in SHARE_SWITCHES],
)
