"""Notifies the owner of sessions and requests.

Only the chosen phones and the administrators' dialog show who it is, what for and where. Persistent notifications and
the list of repairs, which every user of the home may read, say only that there is a request.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from homeassistant.components import persistent_notification
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..const import ISSUE_REQUEST
from ..core.pushes import Digest, Kind, Looks
from ..core.text import escape_html
from ..gate import (
    Answered,
    Changed,
    GateEvent,
    RequestAsked,
    Unasked,
    WatchEnded,
    WatchStarted,
)
from ..issues import async_hide, async_show, request_issue_id
from ..localize import Sentences
from ..settings.options import names_nobody
from .answer_buttons import REPAIRS_PAGE, AnswerButtons

if TYPE_CHECKING:
    from ..core.model import Viewer
    from ..gate import Request, Session
    from ..runtime.hub import HubRuntime
    from .phones import Phones

MAX_LOOKS: Final = 5
"""How many viewers and cameras a digest names."""


class Notifications:
    """Sends a message for each event of the gate; text from the hub is escaped in it."""

    def __init__(
        self,
        runtime: HubRuntime,
        phones: Phones,
        buttons: AnswerButtons,
        words: Sentences,
    ) -> None:
        self._runtime = runtime
        self._phones = phones
        self._buttons = buttons
        self._words = words
        self._request_ids: set[str] = set()
        self._looks: Looks[tuple[Viewer, str]] = Looks()
        self._cancel_timer: CALLBACK_TYPE | None = None

    @callback
    def on_event(self, event: GateEvent) -> None:
        """Send or withdraw messages for an event of the gate."""
        match event:
            case WatchStarted(session=session):
                self._started(session)
            case WatchEnded(session=session, at=at):
                self._ended(session, at)
            case RequestAsked():
                self._show_request(event.request)
            case Answered() | Unasked() | Changed():
                self._withdraw_except(self._runtime.requests.waiting)

    @callback
    def stop(self) -> None:
        """Withdraw all requests, as answers are no longer handled."""
        self._withdraw_except(())
        self._phones.stop()
        self._wait_until(None)

    def _started(self, session: Session) -> None:
        """Notify of a session; only count it if one of the same viewer at the same camera was notified lately."""
        at = dt_util.utcnow()
        look = (session.viewer, session.share_id)
        values = self._values(session.share_id, session.viewer, session.purpose)
        if self._looks.is_first(look, at) and self._phones.notify(
            Kind.LOOK, session.session_id, self._sentence("started", values)
        ):
            self._looks.mark_sent(look, at)
            return
        self._looks.count(look, at)
        if self._cancel_timer is None:
            self._wait_until(self._looks.due)

    def _ended(self, session: Session, at: datetime) -> None:
        values = self._values(session.share_id, session.viewer, session.purpose)
        values["duration"] = _duration((at - session.started).total_seconds())
        message = self._sentence("ended", values)
        self._phones.finish(Kind.LOOK, session.session_id, message)

    def _wait_until(self, moment: datetime | None) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
        if moment is not None:
            self._cancel_timer = async_track_point_in_utc_time(
                self._runtime.hass, self._async_send_digest, moment
            )

    @callback
    def _async_send_digest(self, _now: datetime) -> None:
        """Send the digest of counted sessions, as soon as the budget has room for it."""
        self._cancel_timer = None
        if (again := self._phones.next_room(Kind.DIGEST)) > dt_util.utcnow():
            self._wait_until(again)
        elif (digest := self._looks.take()) is not None:
            self._phones.notify(Kind.DIGEST, "", self._digest_message(digest))

    def _digest_message(self, digest: Digest[tuple[Viewer, str]]) -> str:
        looks = [
            self._sentence(
                "look", self._values(share_id, viewer, "") | {"count": str(times)}
            )
            for (viewer, share_id), times in digest.looks.items()
        ]
        more = len(looks) - MAX_LOOKS
        if more > 0:
            looks = [*looks[:MAX_LOOKS], self._sentence("more", {"count": str(more)})]
        return self._words.say(
            "notification",
            self._key("digest"),
            since=self._words.clock(digest.since),
            count=str(sum(digest.looks.values())),
            looks="; ".join(looks),
        )

    def _sentence(self, key: str, values: dict[str, str]) -> str:
        escaped = {name: escape_html(text) for name, text in values.items()}
        return self._words.say("notification", self._key(key), **escaped)

    def _key(self, key: str) -> str:
        """Return the translation key, of the neutral sentence if chosen: messages pass through others' servers."""
        if key in NEUTRAL_KEYS and names_nobody(self._runtime.entry.options):
            return f"{key}_neutral"
        return key

    def _show_request(self, request: Request) -> None:
        values = self._values(request.share_id, request.viewer, request.purpose)
        values["minutes"] = str(request.minutes)
        self._phones.notify(
            Kind.QUESTION,
            request.request_id,
            self._sentence("asked", values),
            buttons=lambda phone: self._buttons.message_data(phone, request),
        )
        self._request_ids.add(request.request_id)
        self._notify(request)
        async_show(
            self._runtime.hass, ISSUE_REQUEST, self._runtime.entry, request.request_id
        )

    def _notify(self, request: Request) -> None:
        message = self._words.say(
            "notification",
            "how_to_answer",
            page=REPAIRS_PAGE,
            until=self._words.clock(request.answer_by, seconds=True),
        )
        persistent_notification.async_create(
            self._runtime.hass,
            message,
            title=self._words.say("notification", "neutral_title"),
            notification_id=request_issue_id(self._runtime.entry, request.request_id),
        )

    def _withdraw_except(self, requests: Iterable[Request]) -> None:
        """Withdraw the messages, notifications and issues of all requests but these."""
        waiting = frozenset(each.request_id for each in requests)
        self._buttons.forget(waiting)
        for request_id in self._request_ids - waiting:
            self._phones.withdraw(Kind.QUESTION, request_id)
            hass, entry = self._runtime.hass, self._runtime.entry
            notification_id = request_issue_id(entry, request_id)
            persistent_notification.async_dismiss(hass, notification_id)
            async_hide(hass, ISSUE_REQUEST, entry, request_id)
        self._request_ids &= waiting

    def _values(
        self, share_id: str | None, viewer: Viewer, purpose: str
    ) -> dict[str, str]:
        share = self._runtime.shares.get(share_id or "")
        return {
            "viewer": str(viewer),
            "camera": share.label if share else "",
            "purpose": purpose,
        }


NEUTRAL_KEYS: Final = frozenset({"asked", "digest", "ended", "started"})
"""The sentences that have a neutral variant, which names nobody."""


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
