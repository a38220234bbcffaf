"""The binary sensors: whether a camera may be viewed, whether it is watched, and whether the hub is connected."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory

from .entity import HubEntity, ShareEntity, platform_setup

if TYPE_CHECKING:
    from datetime import datetime

    from .core.model import Share
    from .runtime.hub import HubRuntime

PARALLEL_UPDATES = 0


class Connected(HubEntity, BinarySensorEntity):
    """On while the hub is connected. Its attributes say whether the hub confirms the record."""

    entity_description = BinarySensorEntityDescription(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
    )
    _unrecorded_attributes = frozenset({"record_confirmed"})

    @override
    def _update_attributes(self) -> tuple[bool, datetime | None, bool]:
        witness = self._runtime.witness
        self._attr_is_on = self._runtime.connected
        self._attr_extra_state_attributes = {
            "record_confirmed": witness.confirmed_at,
            "cosignature_late": witness.is_late,
        }
        return self._runtime.connected, witness.confirmed_at, witness.is_late


class Viewable(ShareEntity, BinarySensorEntity):
    """On while a viewer of this hub would be admitted."""

    entity_description = BinarySensorEntityDescription(key="viewable")

    @override
    def _update_attributes(self) -> tuple[bool, dict[str, Any]]:
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

    entity_description = BinarySensorEntityDescription(key="being_watched")
    _unrecorded_attributes = frozenset({"viewers", "unchanged_since"})

    @override
    def _update_attributes(self) -> tuple[bool, dict[str, Any]]:
        sessions = self._runtime.gate.sessions(self._share.share_id)
        self._attr_is_on = bool(sessions)
        self._attr_extra_state_attributes = {
            "viewers": [
                {"viewer": str(session.viewer), "purpose": session.purpose}
                for session in sessions
            ],
            **_no_picture(self._runtime, self._share),
            **(_unchanged(self._runtime, self._share) if sessions else {}),
        }
        return self._attr_is_on, self._attr_extra_state_attributes


async_setup_entry = platform_setup(
    of_hub=[Connected],
    # `Viewable` is off without the other, so it comes last.
    of_share=[BeingWatched, Viewable],
)


def _no_picture(runtime: HubRuntime, share: Share) -> dict[str, str]:
    """Return the attribute that says why the camera has no picture; empty if it has one."""
    why = runtime.no_picture(share)
    return {"no_picture": why} if why else {}


def _unchanged(runtime: HubRuntime, share: Share) -> dict[str, datetime]:
    """Return the attribute that says since when the camera's image has been the same; empty if it moves."""
    since = runtime.unchanged_since(share)
    return {"unchanged_since": since} if since else {}
