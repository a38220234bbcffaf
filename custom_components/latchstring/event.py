"""What happened at a camera, as events an automation can wait for. Each names its entry in the record."""

from typing import TYPE_CHECKING, override

from homeassistant.components.event import EventEntity
from homeassistant.core import callback

from .chronicle import CHRONICLE_KEY
from .entity import ShareEntity, add_for_each_share
from .gate import Answered, EndRecorded, GateEvent, Refused, RequestAsked, WatchStarted

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .core.model import Share
    from .runtime import HubRuntime, LatchstringConfigEntry

PARALLEL_UPDATES = 0

SESSION_STARTED = "session_started"
SESSION_ENDED = "session_ended"
SESSION_REFUSED = "session_refused"
REQUESTED = "requested"
ALLOWED = "allowed"
REFUSED = "refused"


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: LatchstringConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add one event entity for each share."""
    runtime = entry.runtime_data
    add_for_each_share(
        runtime, async_add_entities, lambda share: [Access(runtime, share)]
    )


class Access(ShareEntity, EventEntity):
    """Who was let in, who left, and that somebody was refused."""

    _attr_event_types = [  # noqa: RUF012 - typed by its base class
        SESSION_STARTED,
        SESSION_ENDED,
        SESSION_REFUSED,
        REQUESTED,
        ALLOWED,
        REFUSED,
    ]

    def __init__(self, runtime: HubRuntime, share: Share) -> None:
        """Stand on the camera's device."""
        super().__init__(runtime, share, "access")

    @callback
    @override
    def hear(self, event: GateEvent) -> None:
        match event:
            case WatchStarted(session=session, entry_id=entry_id) if (
                session.share_id == self._share.share_id
            ):
                self._happened(SESSION_STARTED, entry_id)
            case EndRecorded(session=session, entry_id=entry_id) if (
                session.share_id == self._share.share_id
            ):
                self._happened(SESSION_ENDED, entry_id)
            case Refused(camera_id=self._share.camera_id, entry_id=entry_id):
                self._happened(SESSION_REFUSED, entry_id)
            case RequestAsked(request=request, entry_id=entry_id) if (
                request.share_id == self._share.share_id
            ):
                self._happened(REQUESTED, entry_id)
            case Answered(request=request, allowed=allowed, entry_id=entry_id) if (
                request.share_id == self._share.share_id
            ):
                self._happened(ALLOWED if allowed else REFUSED, entry_id)

    def _happened(self, event_type: str, entry_id: str | None) -> None:
        self._trigger_event(event_type, {"entry": entry_id})
        self.async_write_ha_state()
        if entry_id is not None:
            chronicle = self.hass.data[CHRONICLE_KEY]
            self.hass.async_create_task(
                chronicle.async_tell(entry_id, self.entity_id), "latchstring chronicle"
            )
