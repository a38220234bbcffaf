"""Whether a camera can be seen, whether it is, and whether the hub is there."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.const import EntityCategory

from .entity import HubEntity, ShareEntity, add_for_each_share

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
    """Add the hub's sensor and two for each share."""
    runtime = entry.runtime_data
    async_add_entities([Connected(runtime)])
    add_for_each_share(
        runtime,
        async_add_entities,
        lambda share: [Viewable(runtime, share), BeingWatched(runtime, share)],
    )


class Connected(HubEntity, BinarySensorEntity):
    """On while the hub can be talked to; and how it stands with its word on the record."""

    _unrecorded_attributes = frozenset({"record_confirmed"})

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, runtime: HubRuntime) -> None:
        """Stand on the hub's device."""
        super().__init__(runtime, "connected")

    @property
    @override
    def is_on(self) -> bool:
        return self._runtime.connected

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        witness = self._runtime.witness
        return {
            "record_confirmed": witness.confirmed_at,
            "cosignature_late": witness.is_late,
        }


class Viewable(ShareEntity, BinarySensorEntity):
    """On while a viewer of this hub would be let in."""

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        """Stand on the camera's device."""
        super().__init__(runtime, share, "viewable")

    @property
    @override
    def is_on(self) -> bool:
        return self._runtime.gate.admission(self._share.share_id).open

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        decision = self._runtime.gate.admission(self._share.share_id)
        return {"reason": str(decision.reason), "until": decision.until}


class BeingWatched(ShareEntity, BinarySensorEntity):
    """On from before the first byte leaves this home until after the last."""

    _unrecorded_attributes = frozenset({"viewers"})

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        """Stand on the camera's device."""
        super().__init__(runtime, share, "being_watched")

    @property
    @override
    def is_on(self) -> bool:
        return bool(self._runtime.gate.sessions(self._share.share_id))

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return {
            "viewers": [
                {"viewer": str(session.viewer), "purpose": session.purpose}
                for session in self._runtime.gate.sessions(self._share.share_id)
            ]
        }
