"""Reports of images that stay the same to the hub whose viewers are shown them.

Told of a camera that nobody watches, or of what was before they did, a hub would learn when somebody moves at home: so
each report is of a session that runs, and says nothing of the time before that session.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ...core.messages import HomeMessage, SessionPicture
from ...core.protocol import STILL_SECONDS
from ...gate import WatchStarted

if TYPE_CHECKING:
    from ...core.model import Share
    from ...gate import Gate, GateEvent, Session
    from ...relay import ConsentedStream, Still

_STILL_FOR: Final = timedelta(seconds=STILL_SECONDS)


class PictureReports:
    """What one hub was told last of the image in each of its sessions."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        gate: Gate,
        shares: Callable[[], Mapping[str, Share]],
        source: Callable[[Share], ConsentedStream],
        send: Callable[[HomeMessage], None],
        on_change: Callable[[], None],
    ) -> None:
        """`source` returns the stream of a share that is watched; `on_change` has `update` called soon."""
        self._hass = hass
        self._gate = gate
        self._shares = shares
        self._source = source
        self._send = send
        self._on_change = on_change
        self._reported: dict[str, SessionPicture] = {}
        self._cancel_timer: CALLBACK_TYPE | None = None

    @callback
    def on_event(self, event: GateEvent) -> None:
        """Have a viewer told too who comes to an image that is the same already."""
        if isinstance(event, WatchStarted):
            self._on_change()

    @callback
    def send_again(self) -> None:
        """Report what holds to a hub that has just connected."""
        self._reported = {}
        self.update()

    @callback
    def update(self) -> None:
        """Report what is new of the image in each session, and again once one will have been the same long enough."""
        self.stop()
        before, self._reported = self._reported, {}
        now, due = dt_util.utcnow(), list[datetime]()
        for session in self._gate.sessions():
            picture = self._picture(session)
            since = picture.unchanged_since
            if since is not None and since + _STILL_FOR > now:
                due.append(since + _STILL_FOR)
                picture = _moving(session)
            self._reported[session.session_id] = picture
            if picture != before.get(session.session_id, _moving(session)):
                self._send(picture)
        if due:
            self._cancel_timer = async_call_later(
                self._hass, min(due) - now, self._time_passed
            )

    @callback
    def stop(self) -> None:
        """Stop waiting."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def _time_passed(self, _now: datetime) -> None:
        self._cancel_timer = None
        self.update()

    def _picture(self, session: Session) -> SessionPicture:
        if (still := self._still(session)) is None:
            return _moving(session)
        return SessionPicture(
            session=session.session_id,
            unchanged_since=max(still.since, session.started),
            or_longer=still.or_longer or still.since < session.started,
        )

    def _still(self, session: Session) -> Still | None:
        """Return what is known of the image that a session is shown, and of no other that the camera may show."""
        if (share := self._shares().get(session.share_id)) is None:
            return None
        consented = self._source(share)
        return consented.stream.stillness.still if consented.is_consented() else None


def _moving(session: Session) -> SessionPicture:
    """Return what is taken for granted of a session that nothing was reported of."""
    return SessionPicture(
        session=session.session_id, unchanged_since=None, or_longer=False
    )
