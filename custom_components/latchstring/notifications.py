"""Telling the owner's phones that somebody watches, and that they stopped."""

from typing import TYPE_CHECKING, Final

from homeassistant.components.notify.const import DOMAIN as NOTIFY_DOMAIN
from homeassistant.core import callback

from .const import CONF_NOTIFY, DOMAIN
from .core.text import escape_html
from .gate import GateEvent, WatchEnded, WatchStarted

if TYPE_CHECKING:
    from .gate import Session
    from .runtime import HubRuntime

STARTED: Final = "{viewer} is watching {camera}: {purpose}."
ENDED: Final = "{viewer} no longer watches {camera}. It took {duration}."


class Notifications:
    """Sends one message when a session starts and another when it ends, to the phones chosen in the hub's options."""

    def __init__(self, runtime: HubRuntime) -> None:
        """Send nothing before the first event."""
        self._runtime = runtime

    @callback
    def on_event(self, event: GateEvent) -> None:
        """Turn what happened into a message."""
        match event:
            case WatchStarted(session=session):
                self._send(session, STARTED)
            case WatchEnded(session=session, at=at):
                self._send(
                    session,
                    ENDED,
                    duration=_duration((at - session.started).total_seconds()),
                )

    def _send(self, session: Session, text: str, **more: str) -> None:
        """Send a message in which nothing that came from the hub is anything but text: phones render HTML."""
        hass = self._runtime.hass
        share = self._runtime.shares.get(session.share_id)
        message = text.format(
            viewer=escape_html(str(session.viewer)),
            camera=escape_html(share.label if share else ""),
            purpose=escape_html(session.purpose),
            **more,
        )
        for service in self._runtime.entry.options.get(CONF_NOTIFY, ()):
            if hass.services.has_service(NOTIFY_DOMAIN, service):
                data = {
                    "title": self._runtime.entry.title,
                    "message": message,
                    "data": {"tag": f"{DOMAIN}-{session.session_id}", "group": DOMAIN},
                }
                hass.async_create_task(
                    hass.services.async_call(NOTIFY_DOMAIN, service, data)
                )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
