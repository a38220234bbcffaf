"""The openings that end by themselves: by an alarm, by the owner, by an answer. None of them survives a restart.

Each ends by the earlier of two clocks: the wall's, which the decision reads, and the monotonic one, by which the
window is dropped here. A re-trigger may extend an alarm's window, never beyond its cap.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..core.model import Approval, Asker, Window

CAP_MINUTES: Final = 60
CAP: Final = timedelta(minutes=CAP_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOpening:
    """What is open of one share for a while.

    `triggers` are the alarms that opened it or extended that; `is_panic`: the owner opened it by the panic button.
    """

    alarm: Window | None = None
    triggers: frozenset[str] = frozenset()
    owner: Window | None = None
    is_panic: bool = False
    approvals: tuple[Approval, ...] = ()

    def is_open_by_owner(self, at: datetime) -> bool:
        """Return whether the owner has opened it, and that is not over."""
        return self.owner is not None and self.owner.holds(at)

    def is_in_alarm(self, at: datetime) -> bool:
        """Return whether an alarm or the panic button has opened it, and that is not over."""
        by_alarm = self.alarm is not None and self.alarm.holds(at)
        return by_alarm or (self.is_panic and self.is_open_by_owner(at))


NOTHING: Final = TimedOpening()


class TimedOpenings:
    """What is open for a while, by share id."""

    def __init__(
        self, hass: HomeAssistant, *, on_change: Callable[[Collection[str]], None]
    ) -> None:
        """`on_change` takes the shares whose windows were opened, extended or are gone, in one batch."""
        self._hass = hass
        self._on_change = on_change
        self._opened: dict[str, TimedOpening] = {}
        self._timers: dict[str, dict[str, CALLBACK_TYPE]] = {}

    def of(self, share_id: str) -> TimedOpening:
        """Return what is open of a share."""
        return self._opened.get(share_id, NOTHING)

    @callback
    def open_by_owner(
        self, share_ids: Iterable[str], length: timedelta, *, is_panic: bool = False
    ) -> None:
        """Open for a while, by the owner; what is open already, anew from now on."""
        now = dt_util.utcnow()
        window = Window(start=now, end=now + min(length, CAP))
        opened: dict[str, TimedOpening] = {}
        for share_id in share_ids:
            self._end_after(
                share_id, "owner", length, partial(self.close_owner, [share_id])
            )
            before = self.of(share_id)
            goes_on = before.is_panic and before.is_open_by_owner(now)
            opened[share_id] = replace(
                before, owner=window, is_panic=is_panic or goes_on
            )
        self._keep(opened)

    @callback
    def close_owner(self, share_ids: Iterable[str]) -> None:
        """End what the owner opened."""
        closed: dict[str, TimedOpening] = {}
        for share_id in share_ids:
            self._stop(share_id, "owner")
            closed[share_id] = replace(self.of(share_id), owner=None, is_panic=False)
        self._keep(closed)

    @callback
    def open_by_alarm(self, lengths: Mapping[str, timedelta], *, by: str) -> None:
        """Open shares, each for its length, by an alarm. What an alarm has opened is extended, up to the cap."""
        now = dt_util.utcnow()
        self._keep(
            {
                share_id: self._in_alarm(share_id, length, now, by=by)
                for share_id, length in lengths.items()
            }
        )

    def _in_alarm(
        self, share_id: str, length: timedelta, now: datetime, *, by: str
    ) -> TimedOpening:
        before = self.of(share_id)
        goes_on = before.alarm is not None and before.alarm.holds(now)
        triggers = before.triggers | {by} if goes_on else frozenset({by})
        start = before.alarm.start if before.alarm and goes_on else now
        end = min(now + min(length, CAP), start + CAP)
        self._end_after(
            share_id, "alarm", end - now, partial(self.close_alarm, [share_id])
        )
        window = Window(start=start, end=end)
        return replace(before, alarm=window, triggers=triggers)

    @callback
    def close_alarm(self, share_ids: Iterable[str]) -> None:
        """End what an alarm opened."""
        closed: dict[str, TimedOpening] = {}
        for share_id in share_ids:
            self._stop(share_id, "alarm")
            closed[share_id] = _without_alarm(self.of(share_id))
        self._keep(closed)

    @callback
    def close_dropped(
        self, share_id: str, *, all_alarms_but: Collection[str], approvals: bool
    ) -> None:
        """End what the rules no longer allow: by an alarm unless one of these gave it too, by the owner's answers."""
        opened = self.of(share_id)
        if opened.triggers.isdisjoint(all_alarms_but):
            self._stop(share_id, "alarm")
            opened = _without_alarm(opened)
        if approvals:
            for approval in opened.approvals:
                self._stop(share_id, approval.request)
            opened = replace(opened, approvals=())
        self._keep({share_id: opened})

    @callback
    def approve(self, share_id: str, approval: Approval) -> None:
        """Open for the viewer of one request and for nobody else."""
        others = self._without(share_id, approval.request)
        length = approval.window.end - dt_util.utcnow()
        self._end_after(
            share_id,
            approval.request,
            length,
            partial(self.close_approval, share_id, approval.request),
        )
        self._keep({share_id: replace(others, approvals=(*others.approvals, approval))})

    @callback
    def use(self, share_id: str, asker: Asker, session: str) -> None:
        """Use up an approval for one look by the session that it admits."""
        now = dt_util.utcnow()
        self._replace_first(
            share_id,
            lambda each: each.lets_in(asker) and each.window.holds(now),
            lambda each: replace(each, used_by=session) if each.once else each,
        )

    @callback
    def give_back(self, share_id: str, session: str) -> None:
        """Make an approval for one look usable again: nothing could be seen in the session that used it."""
        self._replace_first(
            share_id,
            lambda each: each.used_by == session,
            lambda each: replace(each, used_by=None),
        )

    @callback
    def end_look(self, share_id: str, session: str) -> None:
        """End the approval for one look that this session used."""
        for approval in self.of(share_id).approvals:
            if approval.used_by == session:
                self.close_approval(share_id, approval.request)

    @callback
    def close_approval(self, share_id: str, request: str) -> None:
        """End what the answer to one request opened."""
        self._stop(share_id, request)
        self._keep({share_id: self._without(share_id, request)})

    @callback
    def close(self, share_ids: Iterable[str]) -> None:
        """End all that is open of these shares."""
        closed: dict[str, TimedOpening] = {}
        for share_id in share_ids:
            self._stop_all(share_id)
            closed[share_id] = NOTHING
        self._keep(closed)

    @callback
    def stop(self) -> None:
        """Forget everything, as a restart does, and report nothing: whoever listens was stopped before."""
        for share_id in tuple(self._timers):
            self._stop_all(share_id)
        self._opened.clear()

    def _replace_first(
        self,
        share_id: str,
        is_it: Callable[[Approval], bool],
        become: Callable[[Approval], Approval],
    ) -> None:
        """Replace the first approval that this is true of, if any."""
        opened = self.of(share_id)
        if (found := next(filter(is_it, opened.approvals), None)) is None:
            return
        approvals = (
            become(each) if each is found else each for each in opened.approvals
        )
        self._keep({share_id: replace(opened, approvals=tuple(approvals))})

    def _without(self, share_id: str, request: str) -> TimedOpening:
        opened = self.of(share_id)
        return replace(
            opened,
            approvals=tuple(
                each for each in opened.approvals if each.request != request
            ),
        )

    def _keep(self, opened: Mapping[str, TimedOpening]) -> None:
        """Replace what is open of shares, and report once those of which it changed."""
        changed = [key for key, each in opened.items() if each != self.of(key)]
        for share_id in changed:
            if opened[share_id] == NOTHING:
                del self._opened[share_id]
            else:
                self._opened[share_id] = opened[share_id]
        if changed:
            self._on_change(changed)

    def _end_after(
        self, share_id: str, what: str, length: timedelta, end: Callable[[], None]
    ) -> None:
        self._stop(share_id, what)
        self._timers.setdefault(share_id, {})[what] = async_call_later(
            self._hass, min(length, CAP), callback(lambda _now: end())
        )

    def _stop(self, share_id: str, what: str) -> None:
        timers = self._timers.get(share_id, {})
        if (cancel := timers.pop(what, None)) is not None:
            cancel()
        if not timers:
            self._timers.pop(share_id, None)

    def _stop_all(self, share_id: str) -> None:
        for cancel in self._timers.pop(share_id, {}).values():
            cancel()


def _without_alarm(opened: TimedOpening) -> TimedOpening:
    return replace(opened, alarm=None, triggers=frozenset())
