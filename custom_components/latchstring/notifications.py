"""Telling the owner that somebody watches, stopped, or asks to."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from homeassistant.components import persistent_notification
from homeassistant.core import callback

from .const import DOMAIN
from .core.text import escape_html, escape_markdown
from .gate import Answered, Asked, GateEvent, Unasked, WatchEnded, WatchStarted

if TYPE_CHECKING:
    from .core.model import Viewer
    from .phones import Phones
    from .runtime import HubRuntime

STARTED: Final = "{viewer} is watching {camera}: {purpose}."
ENDED: Final = "{viewer} no longer watches {camera}. It took {duration}."
ASKED: Final = "{viewer} asks to watch {camera} for {minutes} minutes: {purpose}."
WHERE_TO_ANSWER: Final = (
    "Answer on a phone, or by the actions Allow request and Refuse request. "
    "Without an answer it is refused."
)


class Notifications:
    """Says what happened, in words in which nothing that came from the hub is anything but text."""

    def __init__(self, runtime: HubRuntime, phones: Phones) -> None:
        """Say nothing before the first event."""
        self._runtime = runtime
        self._phones = phones
        self._shown: set[str] = set()

    @callback
    def on_event(self, event: GateEvent) -> None:
        """Turn what happened into a message."""
        match event:
            case WatchStarted(session=session):
                words = self._words(session.share_id, session.viewer, session.purpose)
                self._tell(STARTED, session.session_id, words)
            case WatchEnded(session=session, at=at):
                words = self._words(session.share_id, session.viewer, session.purpose)
                took = _duration((at - session.started).total_seconds())
                self._tell(ENDED, session.session_id, {**words, "duration": took})
            case Asked():
                self._ask(event)
            case Answered() | Unasked():
                self._forget()

    def _tell(self, text: str, tag: str, words: dict[str, str]) -> None:
        self._phones.tell(text.format_map(_each(escape_html, words)), tag=tag)

    def _ask(self, asked: Asked) -> None:
        request = asked.request
        words = self._words(request.share_id, request.viewer, request.purpose)
        words["minutes"] = str(request.minutes)
        self._phones.ask(ASKED.format_map(_each(escape_html, words)), request)
        self._shown.add(request.request_id)
        persistent_notification.async_create(
            self._runtime.hass,
            f"{ASKED.format_map(_each(escape_markdown, words))}\n\n{WHERE_TO_ANSWER}",
            title=self._runtime.entry.title,  # shown as it is; only the message is Markdown
            notification_id=_notification_id(request.request_id),
        )

    def _forget(self) -> None:
        """Take back what can't be answered any more."""
        waiting = frozenset(each.request_id for each in self._runtime.requests.waiting)
        self._phones.forget(waiting)
        for request_id in self._shown - waiting:
            persistent_notification.async_dismiss(
                self._runtime.hass, _notification_id(request_id)
            )
        self._shown &= waiting

    def _words(
        self, share_id: str | None, viewer: Viewer, purpose: str
    ) -> dict[str, str]:
        share = self._runtime.shares.get(share_id or "")
        return {
            "viewer": str(viewer),
            "camera": share.label if share else "",
            "purpose": purpose,
        }


def _each(escape: Callable[[str], str], words: dict[str, str]) -> dict[str, str]:
    return {name: escape(word) for name, word in words.items()}


def _notification_id(request_id: str) -> str:
    return f"{DOMAIN}_{request_id}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
