"""Telling the owner that somebody watches, stopped, or asks to."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from homeassistant.components import persistent_notification
from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_ENTRY_ID, CONF_REQUEST, DOMAIN, ISSUE_REQUEST
from .core.text import escape_html, escape_markdown
from .gate import (
    Answered,
    Asked,
    GateEvent,
    Turned,
    Unasked,
    WatchEnded,
    WatchStarted,
)
from .phones import REPAIRS_PAGE
from .words import Words, clock_time

if TYPE_CHECKING:
    from .core.model import Viewer
    from .gate import Request
    from .phones import Phones
    from .runtime import HubRuntime


class Notifications:
    """Says what happened, in words in which nothing that came from the hub is anything but text."""

    def __init__(self, runtime: HubRuntime, phones: Phones, words: Words) -> None:
        """Say nothing before the first event."""
        self._runtime = runtime
        self._phones = phones
        self._words = words
        self._shown: set[str] = set()

    @callback
    def on_event(self, event: GateEvent) -> None:
        """Turn what happened into a message."""
        match event:
            case WatchStarted(session=session):
                told = self._told(session.share_id, session.viewer, session.purpose)
                self._tell("started", session.session_id, told)
            case WatchEnded(session=session, at=at):
                told = self._told(session.share_id, session.viewer, session.purpose)
                took = _duration((at - session.started).total_seconds())
                self._tell("ended", session.session_id, {**told, "duration": took})
            case Asked():
                self._ask(event)
            case Answered() | Unasked() | Turned():
                self._forget(self._runtime.requests.waiting)

    @callback
    def stop(self) -> None:
        """Take back every question: nobody hears the answers any more."""
        self._forget(())

    def _tell(self, sentence: str, tag: str, told: dict[str, str]) -> None:
        self._phones.tell(self._say(sentence, escape_html, told), tag=tag)

    def _say(
        self, sentence: str, escape: Callable[[str], str], told: dict[str, str]
    ) -> str:
        escaped = {name: escape(text) for name, text in told.items()}
        return self._words.say("notification", sentence, **escaped)

    def _ask(self, asked: Asked) -> None:
        request = asked.request
        told = self._told(request.share_id, request.viewer, request.purpose)
        told["minutes"] = str(request.minutes)
        self._phones.ask(self._say("asked", escape_html, told), request)
        self._shown.add(request.request_id)
        self._notify(request, self._say("asked", escape_markdown, told))
        ir.async_create_issue(
            self._runtime.hass,
            DOMAIN,
            self._name(request.request_id),
            data={
                CONF_ENTRY_ID: self._runtime.entry.entry_id,
                CONF_REQUEST: request.request_id,
            },
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_REQUEST,
            translation_placeholders={key: told[key] for key in ("viewer", "camera")},
        )

    def _notify(self, request: Request, asked: str) -> None:
        how = self._words.say(
            "notification",
            "how_to_answer",
            page=REPAIRS_PAGE,
            until=clock_time(request.answer_by),
        )
        persistent_notification.async_create(
            self._runtime.hass,
            f"{asked}\n\n{how}",
            title=self._runtime.entry.title,  # shown as it is; only the message is Markdown
            notification_id=self._name(request.request_id),
        )

    def _forget(self, requests: Iterable[Request]) -> None:
        """Take back what can't be answered any more: all but these."""
        waiting = frozenset(each.request_id for each in requests)
        self._phones.forget(waiting)
        for request_id in self._shown - waiting:
            self._phones.take_back(request_id)
            hass, name = self._runtime.hass, self._name(request_id)
            persistent_notification.async_dismiss(hass, name)
            ir.async_delete_issue(hass, DOMAIN, name)
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

    def _name(self, request_id: str) -> str:
        """Give what the question is called among notifications and repairs. Another hub may choose the same id."""
        return f"{DOMAIN}_{self._runtime.entry.entry_id}_{request_id}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
