"""Telling the owner that somebody watches, stopped, or asks to.

Who it is, what for and where stands on the chosen phones and in the administrators' dialog. What every user of the
home may read, notifications and the list of repairs, says only that somebody asks.
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

MOST_NAMED: Final = 5
"""How many viewers and cameras a message names that tells of several."""


class Notifications:
    """Says what happened, in words in which nothing that came from the hub is anything but text."""

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
        self._shown: set[str] = set()
        self._looks: Looks[tuple[Viewer, str]] = Looks()
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def on_event(self, event: GateEvent) -> None:
        """Turn what happened into a message."""
        match event:
            case WatchStarted(session=session):
                self._started(session)
            case WatchEnded(session=session, at=at):
                self._ended(session, at)
            case RequestAsked():
                self._ask(event.request)
            case Answered() | Unasked() | Changed():
                self._forget(self._runtime.requests.waiting)

    @callback
    def stop(self) -> None:
        """Withdraw every question, as answers are no longer listened to."""
        self._forget(())
        self._phones.stop()
        self._wait_until(None)

    def _started(self, session: Session) -> None:
        """Tell of a viewer, or only count where the same viewer at the same camera was told of lately."""
        at = dt_util.utcnow()
        look = (session.viewer, session.share_id)
        told = self._told(session.share_id, session.viewer, session.purpose)
        if self._looks.is_first(look, at) and self._phones.tell(
            Kind.LOOK, session.session_id, self._say("started", told)
        ):
            self._looks.told(look, at)
            return
        self._looks.count(look, at)
        if self._cancel is None:
            self._wait_until(self._looks.due)

    def _ended(self, session: Session, at: datetime) -> None:
        told = self._told(session.share_id, session.viewer, session.purpose)
        told["duration"] = _duration((at - session.started).total_seconds())
        message = self._say("ended", told)
        self._phones.finish(Kind.LOOK, session.session_id, message)

    def _wait_until(self, moment: datetime | None) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        if moment is not None:
            self._cancel = async_track_point_in_utc_time(
                self._runtime.hass, self._async_tell_together, moment
            )

    @callback
    def _async_tell_together(self, _now: datetime) -> None:
        """Tell of what was only counted, as soon as the budget has room for it."""
        self._cancel = None
        if (again := self._phones.next_room(Kind.DIGEST)) > dt_util.utcnow():
            self._wait_until(again)
        elif (digest := self._looks.take()) is not None:
            self._phones.tell(Kind.DIGEST, "", self._together(digest))

    def _together(self, digest: Digest[tuple[Viewer, str]]) -> str:
        looks = [
            self._say("look", self._told(share_id, viewer, "") | {"count": str(times)})
            for (viewer, share_id), times in digest.looks.items()
        ]
        more = len(looks) - MOST_NAMED
        if more > 0:
            looks = [*looks[:MOST_NAMED], self._say("more", {"count": str(more)})]
        return self._words.say(
            "notification",
            self._key("digest"),
            since=self._words.clock(digest.since),
            count=str(sum(digest.looks.values())),
            looks="; ".join(looks),
        )

    def _say(self, sentence: str, told: dict[str, str]) -> str:
        escaped = {name: escape_html(text) for name, text in told.items()}
        return self._words.say("notification", self._key(sentence), **escaped)

    def _key(self, sentence: str) -> str:
        """Return which words say it: what a phone is sent passes through the servers of others."""
        if sentence in NEUTRAL and names_nobody(self._runtime.entry.options):
            return f"{sentence}_neutral"
        return sentence

    def _ask(self, request: Request) -> None:
        told = self._told(request.share_id, request.viewer, request.purpose)
        told["minutes"] = str(request.minutes)
        self._phones.tell(
            Kind.QUESTION,
            request.request_id,
            self._say("asked", told),
            buttons=lambda phone: self._buttons.put_on(phone, request),
        )
        self._shown.add(request.request_id)
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

    def _forget(self, requests: Iterable[Request]) -> None:
        """Withdraw all questions but those of these requests."""
        waiting = frozenset(each.request_id for each in requests)
        self._buttons.forget(waiting)
        for request_id in self._shown - waiting:
            self._phones.take_back(Kind.QUESTION, request_id)
            hass, entry = self._runtime.hass, self._runtime.entry
            notification_id = request_issue_id(entry, request_id)
            persistent_notification.async_dismiss(hass, notification_id)
            async_hide(hass, ISSUE_REQUEST, entry, request_id)
        self._shown &= waiting

    def _told(
        self, share_id: str | None, viewer: Viewer, purpose: str
    ) -> dict[str, str]:
        share = self._runtime.shares.get(share_id or "")
        return {
            "viewer": str(viewer),
            "camera": share.label if share else "",
            "purpose": purpose,
        }


NEUTRAL: Final = frozenset({"asked", "digest", "ended", "started"})
"""What can be said without naming anybody."""


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
