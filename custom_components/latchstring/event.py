"""The event entity of a camera, for automations. Each event names its entry in the record."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import callback

from .entity import ShareEntity, platform_setup
from .gate import Answered, EndRecorded, GateEvent, Refused, RequestAsked, WatchStarted
from .history.logbook_lines import LOGBOOK_LINES_KEY

PARALLEL_UPDATES = 0

SESSION_STARTED = "session_started"
SESSION_ENDED = "session_ended"
SESSION_REFUSED = "session_refused"
REQUESTED = "requested"
ALLOWED = "allowed"
REFUSED = "refused"


class Access(ShareEntity, EventEntity):
    """Sessions that started, ended or were refused, and requests that were made or answered."""

    entity_description = EventEntityDescription(
        key="access",
        event_types=[
            SESSION_STARTED,
            SESSION_ENDED,
            SESSION_REFUSED,
            REQUESTED,
            ALLOWED,
            REFUSED,
        ],
    )

    @callback
    @override
    def on_event(self, event: GateEvent) -> None:
        match event:
            case WatchStarted(session=session, entry_id=entry_id) if (
                session.share_id == self._share.share_id
            ):
                self._trigger(SESSION_STARTED, entry_id)
            case EndRecorded(session=session, entry_id=entry_id) if (
                session.share_id == self._share.share_id
            ):
                self._trigger(SESSION_ENDED, entry_id)
            case Refused(camera_id=self._share.camera_id, entry_id=entry_id):
                self._trigger(SESSION_REFUSED, entry_id)
            case RequestAsked(request=request, entry_id=entry_id) if (
                request.share_id == self._share.share_id
            ):
                self._trigger(REQUESTED, entry_id)
            case Answered(request=request, allowed=allowed, entry_id=entry_id) if (
                request.share_id == self._share.share_id
            ):
                self._trigger(ALLOWED if allowed else REFUSED, entry_id)

    def _trigger(self, event_type: str, entry_id: str | None) -> None:
        self._trigger_event(event_type, {"entry": entry_id})
        self.async_write_ha_state()
        if entry_id is not None:
            logbook_lines = self.hass.data[LOGBOOK_LINES_KEY]
            self.hass.async_create_task(
                logbook_lines.async_fire(entry_id, self.entity_id),
                "latchstring logbook line",
            )


async_setup_entry = platform_setup(of_share=[Access])
