"""The sessions of one hub, and their timers."""

from collections.abc import Callable, Collection, Iterator, KeysView
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE

    from .values import Session


class Sessions:
    """Holds the running sessions and those being opened. It ends none: the gate does."""

    def __init__(
        self, hass: HomeAssistant, *, on_time_over: Callable[[str], None]
    ) -> None:
        """`on_time_over` takes the id of a session that has had its time."""
        self._hass = hass
        self._on_time_over = on_time_over
        self._opening: set[str] = set()
        self._admitted: dict[str, Session] = {}
        self._running: dict[str, Session] = {}
        self._watched: dict[str, dict[str, Session]] = {}
        self._started_at: dict[str, float] = {}
        self._timers: dict[str, CALLBACK_TYPE] = {}

    def __getitem__(self, session_id: str) -> Session:
        """Return a running session; KeyError for any other."""
        return self._running[session_id]

    def get(self, session_id: str) -> Session | None:
        """Return a running session, or None."""
        return self._running.get(session_id)

    def running(self, share_id: str | None = None) -> tuple[Session, ...]:
        """Return the running sessions, of one share or all, the oldest first."""
        running = self._running
        if share_id is not None:
            running = self._watched.get(share_id, {})
        return tuple(running.values())

    @property
    def watched_shares(self) -> KeysView[str]:
        """Return the shares that somebody watches."""
        return self._watched.keys()

    @property
    def counted(self) -> Collection[Session]:
        """Return the running sessions and the admitted ones, which count against all limits."""
        return (self._running | self._admitted).values()

    @contextmanager
    def opening(self, session_id: str) -> Iterator[None]:
        """Hold a session as being opened until the block is left."""
        self._opening.add(session_id)
        try:
            yield
        finally:
            self._opening.discard(session_id)
            self._admitted.pop(session_id, None)

    def is_opening(self, session_id: str) -> bool:
        """Return whether a session is being opened and was not closed meanwhile."""
        return session_id in self._opening

    def admit(self, session: Session) -> None:
        """Hold a session that was let in and does not run yet."""
        self._admitted[session.session_id] = session

    def cancel_opening(self, session_id: str) -> None:
        """Close a session that is being opened, if it is."""
        self._opening.discard(session_id)

    def cancel_openings_of(self, share_ids: Collection[str]) -> None:
        """Close the admitted sessions of these shares that don't run yet."""
        for session in self._admitted.values():
            if session.share_id in share_ids:
                self._opening.discard(session.session_id)

    def cancel_all_openings(self) -> None:
        """Close every session that is being opened."""
        self._opening.clear()

    def add(self, session: Session) -> None:
        """Add a session that runs from now on."""
        self._started_at[session.session_id] = self._hass.loop.time()
        self.keep(session)

    def keep(self, session: Session) -> None:
        """Store a running session, and set its timer by the earlier of two clocks."""
        session_id, now = session.session_id, self._hass.loop.time()
        self._running[session_id] = session
        self._watched.setdefault(session.share_id, {})[session_id] = session
        lasted = timedelta(seconds=now - self._started_at[session_id])
        lasts = min(
            session.ends_by - dt_util.utcnow(),
            session.ends_by - session.started - lasted,
        )
        self._cancel_timer(session_id)
        self._timers[session_id] = async_call_later(
            self._hass,
            max(lasts, timedelta()),
            partial(self._time_over, session_id),
        )

    def remove(self, session: Session) -> None:
        """Remove a session. May be repeated if it failed half-way."""
        session_id, share_id = session.session_id, session.share_id
        self._running.pop(session_id, None)
        watched = self._watched.get(share_id, {})
        watched.pop(session_id, None)
        if not watched:
            self._watched.pop(share_id, None)

    def stop_timer(self, session_id: str) -> None:
        """Cancel a session's timer."""
        self._started_at.pop(session_id, None)
        self._cancel_timer(session_id)

    @callback
    def _time_over(self, session_id: str, _now: datetime) -> None:
        self._on_time_over(session_id)

    def _cancel_timer(self, session_id: str) -> None:
        if (stop := self._timers.pop(session_id, None)) is not None:
            stop()
