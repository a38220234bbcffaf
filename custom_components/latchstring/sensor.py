"""The sensors: who watches a camera, and how many requests are pending."""

from typing import TYPE_CHECKING, Final, override

from homeassistant.components.sensor import (
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import MAX_LENGTH_STATE_STATE

from .entity import HubEntity, ShareEntity, platform_setup

if TYPE_CHECKING:
    from .gate import Request, Session

PARALLEL_UPDATES = 0

NOBODY: Final = "nobody"


class PendingRequests(HubEntity, SensorEntity):
    """The number of pending requests of this hub's viewers."""

    entity_description = SensorEntityDescription(
        key="pending_requests", state_class=SensorStateClass.MEASUREMENT
    )
    _unrecorded_attributes = frozenset({"requests"})

    @override
    def _update_attributes(self) -> tuple[Request, ...]:
        # Who asks for what, and until when it can be answered. Case numbers are for administrators.
        waiting = self._runtime.requests.waiting
        self._attr_native_value = len(waiting)
        self._attr_extra_state_attributes = {
            "requests": [
                {
                    "hub": self._runtime.entry.entry_id,
                    "request": request.request_id,
                    "camera": self._runtime.shares[request.share_id or ""].label,
                    "name": request.viewer.name,
                    "agency": request.viewer.agency,
                    "purpose": request.purpose,
                    "minutes": request.minutes,
                    "answer_by": request.answer_by.isoformat(),
                }
                for request in waiting
            ]
        }
        return waiting


class Viewers(ShareEntity, SensorEntity):
    """The names of the current viewers as the hub asserts them, or `nobody`."""

    entity_description = SensorEntityDescription(key="viewers")
    _unrecorded_attributes = frozenset({"viewers"})

    @override
    def _update_attributes(self) -> tuple[Session, ...]:
        # Who, from where, what for and since when. Case numbers are for administrators: see the record.
        sessions = self._runtime.gate.sessions(self._share.share_id)
        names = dict.fromkeys(str(session.viewer) for session in sessions)
        viewers = _truncate(" · ".join(names), MAX_LENGTH_STATE_STATE)
        self._attr_native_value = viewers or NOBODY
        self._attr_extra_state_attributes = {
            "viewers": [
                {
                    "name": session.viewer.name,
                    "agency": session.viewer.agency,
                    "purpose": session.purpose,
                    "since": session.started.isoformat(),
                }
                for session in sessions
            ]
        }
        return sessions


async_setup_entry = platform_setup(of_hub=[PendingRequests], of_share=[Viewers])


def _truncate(text: str, length: int) -> str:
    """Return a text cut to the length that a state may have."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
