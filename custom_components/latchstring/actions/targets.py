"""The targets of actions: the shares of the targeted cameras, at one hub or at all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.const import Platform
from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.service import async_get_config_entry

from ..const import ATTR_HUB, DOMAIN
from ..controls.permissions import async_require_access
from ..runtime.loaded import loaded_hubs
from ..tracking.own_entities import own_entity_id
from ..tracking.targets import is_targeted, means_all, require_found, select

if TYPE_CHECKING:
    from ..core.model import Share
    from ..runtime.hub import HubRuntime, LatchstringConfigEntry


type Shares = Mapping[HubRuntime, tuple[Share, ...]]
"""Shares by their hub; a hub without any is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The shares that were found, and the targets that were not.

    `unknown` are no cameras of this Home Assistant; `unshared` are, but are not listed for these hubs.
    """

    shares: Shares
    unknown: tuple[str, ...] = ()
    unshared: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[tuple[HubRuntime, Share]]:
        """Yield every share with its hub."""
        for runtime, shares in self.shares.items():
            for share in shares:
                yield runtime, share

    def require_all(self) -> None:
        """Raise ServiceValidationError for targets that were not found, and if there is no share at all."""
        require_found(unknown=self.unknown, unshared=self.unshared)
        if not self.shares:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="nothing_shared_there"
            )

    async def async_require_access(
        self, call: ServiceCall, platform: Platform, key: str, policy: str
    ) -> None:
        """Raise Unauthorized unless the caller has this access to the entity `key` of every share."""
        entity_ids = [
            own_entity_id(call.hass, platform, share.share_id, key) for _, share in self
        ]
        await async_require_access(call.hass, call.context, entity_ids, policy)


def targets_of(call: ServiceCall, *, untargeted_is_all: bool = False) -> Targets:
    """Return the shares of the cameras that an action targets, by entity, device, area, floor, label, or all.

    Without a target it is all of them if `untargeted_is_all`; else that raises ServiceValidationError.
    """
    hubs = hubs_of(call)
    if not (is_targeted(call.data) or untargeted_is_all):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_target"
        )
    if not is_targeted(call.data) or means_all(call.data):
        every = {runtime: tuple(runtime.shares.values()) for runtime in hubs}
        return Targets(shares=_without_empty(every))
    return _select_targets(call, hubs)


def _select_targets(call: ServiceCall, hubs: list[HubRuntime]) -> Targets:
    selected = select(call.hass, call.data)
    meant = selected.entity_ids
    shares = {
        runtime: tuple(
            share for share in runtime.shares.values() if share.camera in meant
        )
        for runtime in hubs
    }
    shared = {meant[share.camera] for some in shares.values() for share in some}
    return Targets(
        shares=_without_empty(shares),
        unknown=selected.unknown,
        unshared=selected.unshared(shared),
    )


def _without_empty(shares: Shares) -> Shares:
    return {runtime: some for runtime, some in shares.items() if some}


def hubs_of(call: ServiceCall) -> list[HubRuntime]:
    """Return the hub that an action names, which must be loaded, or all loaded hubs."""
    if ATTR_HUB in call.data:
        entry: LatchstringConfigEntry = async_get_config_entry(
            call.hass, DOMAIN, call.data[ATTR_HUB]
        )
        return [entry.runtime_data]
    return loaded_hubs(call.hass)
