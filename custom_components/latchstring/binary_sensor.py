"""Whether a camera can be seen, whether it is, and whether the hub is there."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.const import EntityCategory

from .entity import HubEntity, ShareEntity, add_for_each_share

if TYPE_CHECKING:
    from datetime import datetime

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
        # Without the one the other is off, so that it comes last.
        lambda share: [BeingWatched(runtime, share), Viewable(runtime, share)],
    )


class Connected(HubEntity, BinarySensorEntity):
    """On while the hub can be talked to; and how it stands with its word on the record."""

    _unrecorded_attributes = frozenset({"record_confirmed"})

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, runtime: HubRuntime) -> None:
        """Stand on the hub's device."""
        super().__init__(runtime, "connected")

    @override
    def _look(self) -> tuple[bool, datetime | None, bool]:
        witness = self._runtime.witness
        self._attr_is_on = self._runtime.connected
        self._attr_extra_state_attributes = {
            "record_confirmed": witness.confirmed_at,
            "cosignature_late": witness.is_late,
        }
        return self._runtime.connected, witness.confirmed_at, witness.is_late


class Viewable(ShareEntity, BinarySensorEntity):
    """On while a viewer of this hub would be let in."""

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        """Stand on the camera's device."""
        super().__init__(runtime, share, "viewable")

    @override
    def _look(self) -> tuple[bool, dict[str, Any]]:
        decision = self._runtime.decisions.admission(self._share.share_id)
        self._attr_is_on = decision.open
        self._attr_extra_state_attributes = {
            "reason": str(decision.reason),
            "until": decision.until,
            **_no_picture(self._runtime, self._share),
        }
        return decision.open, self._attr_extra_state_attributes


class BeingWatched(ShareEntity, BinarySensorEntity):
    """On from before the first byte leaves this home until after the last."""

    _unrecorded_attributes = frozenset({"viewers"})

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        """Stand on the camera's device."""
        super().__init__(runtime, share, "being_watched")

    @override
    def _look(self) -> tuple[bool, dict[str, Any]]:
        sessions = self._runtime.gate.sessions(self._share.share_id)
        self._attr_is_on = bool(sessions)
        self._attr_extra_state_attributes = {
            "viewers": [
                {"viewer": str(session.viewer), "purpose": session.purpose}
                for session in sessions
            ],
            **_no_picture(self._runtime, self._share),
        }
        return self._attr_is_on, self._attr_extra_state_attributes


def _no_picture(runtime: HubRuntime, share: Share) -> dict[str, str]:
    """Return the attribute that says why no picture comes, where none does."""
    why = runtime.no_picture(share)
    return {"no_picture": why} if why else {}
