"""The openings that end by themselves: an alarm's, the owner's, an answer's. None of them survives a restart.

Each ends by the earlier of two clocks: the wall's, which the decision reads, and the monotonic one, by which the
window is dropped here. A re-trigger may extend an alarm's window, never beyond its cap.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .core.model import Approval, Window

CAP: Final = timedelta(minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What is open of one share for a while."""

    alarm: Window | None = None
    owner: Window | None = None
    approvals: tuple[Approval, ...] = ()


NOTHING: Final = Opened()


class Openings:
    """What is open for a while, by share."""

    def __init__(self, hass: HomeAssistant, *, on_turned: Callable[[], None]) -> None:
        """Hold nothing; `on_turned` is called whenever a window is opened, extended or gone."""
        self._hass = hass
        self._on_turned = on_turned
        self._opened: dict[str, Opened] = {}
        self._timers: dict[tuple[str, str], CALLBACK_TYPE] = {}

    def of(self, share_id: str) -> Opened:
        """Give what is open of a share."""
        return self._opened.get(share_id, NOTHING)

    @callback
    def open_by_owner(self, share_id: str, length: timedelta) -> Window:
        """Open for a while because the owner says so; anew from now on if it is open already."""
        window = self._from_now(length)
        self._keep(share_id, replace(self.of(share_id), owner=window))
        self._end_after(share_id, "owner", length, lambda: self.close_owner(share_id))
        return window

    @callback
    def close_owner(self, share_id: str) -> None:
        """End what the owner opened."""
        self._stop(share_id, "owner")
        self._keep(share_id, replace(self.of(share_id), owner=None))

    @callback
    def open_by_alarm(self, share_id: str, length: timedelta) -> Window:
        """Open for a while because of an alarm. While it is open, another one extends it up to the cap."""
        now = dt_util.utcnow()
        running = self.of(share_id).alarm
        start = running.start if running and running.holds(now) else now
        end = min(now + min(length, CAP), start + CAP)
        window = Window(start=start, end=end)
        self._keep(share_id, replace(self.of(share_id), alarm=window))
        self._end_after(
            share_id, "alarm", end - now, lambda: self.close_alarm(share_id)
        )
        return window

    @callback
    def close_alarm(self, share_id: str) -> None:
        """End what an alarm opened."""
        self._stop(share_id, "alarm")
        self._keep(share_id, replace(self.of(share_id), alarm=None))

    @callback
    def approve(self, share_id: str, approval: Approval) -> None:
        """Open for the viewer of one request and nobody else."""
        others = self._without(share_id, approval.request)
        self._keep(share_id, replace(others, approvals=(*others.approvals, approval)))
        length = approval.window.end - dt_util.utcnow()
        self._end_after(
            share_id,
            approval.request,
            length,
            lambda: self.close_approval(share_id, approval.request),
        )

    @callback
    def close_approval(self, share_id: str, request: str) -> None:
        """End what the answer to one request opened."""
        self._stop(share_id, request)
        self._keep(share_id, self._without(share_id, request))

    @callback
    def close(self, share_id: str) -> None:
        """End all that is open of a share."""
        self._stop_all(share_id)
        self._keep(share_id, NOTHING)

    @callback
    def close_all(self) -> None:
        """End everything, as a restart does."""
        for share_id in tuple(self._opened):
            self.close(share_id)

    def _without(self, share_id: str, request: str) -> Opened:
        opened = self.of(share_id)
        return replace(
            opened,
            approvals=tuple(
                each for each in opened.approvals if each.request != request
            ),
        )

    def _from_now(self, length: timedelta) -> Window:
        now = dt_util.utcnow()
        return Window(start=now, end=now + min(length, CAP))

    def _keep(self, share_id: str, opened: Opened) -> None:
        """Replace what is open of a share, and say so if it is another."""
        if opened == self.of(share_id):
            return
        if opened == NOTHING:
            del self._opened[share_id]
        else:
            self._opened[share_id] = opened
        self._on_turned()

    def _end_after(
        self, share_id: str, what: str, length: timedelta, end: Callable[[], None]
    ) -> None:
        self._stop(share_id, what)
        self._timers[share_id, what] = async_call_later(
            self._hass, min(length, CAP), lambda _now: end()
        )

    def _stop(self, share_id: str, what: str) -> None:
        if (cancel := self._timers.pop((share_id, what), None)) is not None:
            cancel()

    def _stop_all(self, share_id: str) -> None:
        for each, what in tuple(self._timers):
            if each == share_id:
                self._stop(share_id, what)
