"""Who watches a camera."""

from typing import TYPE_CHECKING, Final, override

from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.const import MAX_LENGTH_STATE_STATE

from .entity import HubEntity, ShareEntity, add_for_each_share

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .core.model import Share
    from .gate import Request, Session
    from .runtime import HubRuntime, LatchstringConfigEntry

PARALLEL_UPDATES = 0

NOBODY: Final = "nobody"


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: LatchstringConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the hub's sensor and one for each share."""
    runtime = entry.runtime_data
    async_add_entities([PendingRequests(runtime)])
    add_for_each_share(
        runtime, async_add_entities, lambda share: [Viewers(runtime, share)]
    )


class PendingRequests(HubEntity, SensorEntity):
    """How many requests of this hub's viewers the owner can still answer."""

    _unrecorded_attributes = frozenset({"requests"})
    _attr_state_class = SensorStateClass.MEASUREMENT

    def __init__(self, runtime: HubRuntime) -> None:
        """Stand on the hub's device."""
        super().__init__(runtime, "pending_requests")

    @override
    def _look(self) -> tuple[Request, ...]:
        """See who asks for what and until when it can be answered. Case numbers are for administrators."""
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
    """The names of those who watch, as the hub asserts them, or `nobody`."""

    _unrecorded_attributes = frozenset({"viewers"})

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        """Stand on the camera's device."""
        super().__init__(runtime, share, "viewers")

    @override
    def _look(self) -> tuple[Session, ...]:
        """See who, from where, what for and since when. Case numbers are for administrators: see the record."""
        sessions = self._runtime.gate.sessions(self._share.share_id)
        names = dict.fromkeys(str(session.viewer) for session in sessions)
        viewers = _within(" · ".join(names), MAX_LENGTH_STATE_STATE)
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


def _within(text: str, length: int) -> str:
    """Shorten a text to what a state can hold."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
