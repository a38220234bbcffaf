"""Monitors of the entities that rules name, one for all shares of all hubs that name an entity.

Each change of such an entity, or of what it is made of, is processed here first, and then passed to each hub once.
Where that fails, the entity's state counts as unknown: it lets nothing open, and what it could have closed is cut.
"""

from dataclasses import dataclass
from datetime import datetime
import logging
from typing import TYPE_CHECKING, Final, Protocol

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers.event import async_call_later

from ..failures import Failures
from ..tracking.members import MemberTracker
from ..tracking.reference import entity_id_of
from ..tracking.tracker import EntityTracker
from .alarm import gives_alarm, is_alarm, is_disarm, users_behind
from .never import NeverMonitor
from .schedule import ScheduleMonitor

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..core.model import Window
    from ..tracking.causes import Causes
    from ..tracking.users import MayOpen

_LOGGER = logging.getLogger(__name__)

TRY_AGAIN: Final = 10.0
"""Seconds after which an entity is tracked anew of which a change could not be processed."""

TAKING_IN: Final = "Taking in what became of"
CLOSING: Final = "Closing what depends on"
TAKING_ACCOUNT: Final = "Taking account of"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChange:
    """A change of an entity: perhaps it gave an alarm, was disarmed, or is made of other entities of ours.

    `user_ids` are the ids of the users who gave the alarm by hand.
    """

    is_alarm: bool = False
    user_ids: frozenset[str] = frozenset()
    is_disarm: bool = False
    own_entity_changed: bool = False


class EntityListener(Protocol):
    """A hub whose shares name entities."""

    def entity_changed(self, key: str, change: EntityChange) -> None:
        """Apply a change of an entity."""

    def entity_failed(self, key: str) -> None:
        """Close what an entity could have closed: a change of it could not be processed."""


class EntityMonitor:
    """Monitors one entity while it has listeners."""

    def __init__(self, hass: HomeAssistant, key: str, causes: Causes) -> None:
        self.key = key
        self._hass = hass
        self._members = MemberTracker(
            hass,
            key,
            causes,
            on_change=lambda ours: self._notify(EntityChange(own_entity_changed=ours)),
            on_failed=self._failed,
        )
        self._never = NeverMonitor(hass, key, self._members)
        self._schedule = ScheduleMonitor(
            hass, key, self._members, on_read=lambda: self._notify(EntityChange())
        )
        self._tracker: EntityTracker | None = None
        self._entity_id: str | None = None
        self._listeners: list[EntityListener] = []
        self._failures = Failures(_LOGGER)
        self._is_known = True
        self._try_again: CALLBACK_TYPE | None = None

    @property
    def is_worth_keeping(self) -> bool:
        """Return whether there are listeners, or causes are known that must be known when the entity is named again."""
        return bool(self._listeners) or self._members.knows_causes

    @property
    def contains_own_entity(self) -> bool:
        """Return whether the entity is one of ours or made of one."""
        return self._members.contains_own_entity

    @property
    def has_schedule(self) -> bool:
        """Return whether the entity is a schedule that has reported since this start."""
        return self._is_known and self._schedule.has_reported

    def windows(self, may_open: MayOpen) -> tuple[Window, ...]:
        """Return the coming windows of a schedule; `may_open` says who may turn it on by hand."""
        return self._schedule.windows(may_open) if self._is_known else ()

    def blockers(self, clear: Collection[str], may_open: MayOpen) -> frozenset[str]:
        """Return the keys of the entities that keep this one from being clear; empty if it is."""
        if not self._is_known:
            return frozenset({self.key})
        return self._never.blockers(clear, may_open)

    def silent_since(self, moment: datetime) -> frozenset[str]:
        """Return the keys of those that have reported nothing since a moment: the entity, or what it is made of."""
        silent = self._members.silent_since(moment)
        if self._never.silent_since(moment):
            silent |= {self.key}
        return silent

    @callback
    def listen(self, listener: EntityListener, *, is_schedule: bool) -> None:
        """Add a listener, unless it is one already; `is_schedule`: read the schedule's week too."""
        is_first = not self._listeners
        if listener not in self._listeners:
            self._listeners.append(listener)
        if is_first:
            self._never.reset()
            self._begin()
        if is_schedule:
            self._schedule.start()

    @callback
    def leave(self, listener: EntityListener) -> None:
        """Remove a listener, if it is one, and stop tracking with the last one."""
        if listener not in self._listeners:
            return
        self._listeners.remove(listener)
        if not self._listeners:
            self._stop_tracking()
            self._schedule.stop()
            if self._try_again is not None:
                self._try_again()
                self._try_again = None
            self._is_known = True

    def _begin(self) -> bool:
        """Track the entity, anew if it is tracked already; return whether that worked. If not, it is tried again."""
        try:
            self._stop_tracking()
            self._start_tracking()
        except Exception:  # noqa: BLE001 - it is logged, and nothing opens by the entity meanwhile
            self._failed()
            return False
        return True

    def _start_tracking(self) -> None:
        self._entity_id = entity_id_of(self._hass, self.key)
        self._members.start()
        self._tracker = EntityTracker(
            self._hass,
            self.key,
            self._state_changed,
            on_failed=self._failed,
            on_repeated=self._state_repeated,
            on_renamed=self._renamed,
        )

    def _stop_tracking(self) -> None:
        if self._tracker is not None:
            self._tracker.stop()
            self._tracker = None
        self._members.stop()

    @callback
    def _state_changed(self, before: State | None, now: State | None) -> None:
        # It may have been added under another name, which is no rename.
        if self._is_known:
            self._entity_id = entity_id_of(self._hass, self.key)
        self._never.state_changed(before, now)
        own_entity_changed = self._members.look_again()
        hass, members = self._hass, self._members
        alarm = is_alarm(hass, before, now) and gives_alarm(hass, members)
        self._notify(
            EntityChange(
                is_alarm=alarm,
                user_ids=users_behind(hass, members) if alarm else frozenset(),
                is_disarm=is_disarm(before, now),
                own_entity_changed=own_entity_changed,
            )
        )
        self._schedule.refresh()

    @callback
    def _state_repeated(self) -> None:
        self._schedule.refresh()
        comes_back = self._tracker is not None and self._tracker.comes_back
        if not comes_back and self._never.state_repeated():
            self._notify(EntityChange())

    @callback
    def _renamed(self) -> None:
        self._entity_id = entity_id_of(self._hass, self.key)
        self._never.renamed()
        self._notify(EntityChange(own_entity_changed=self._members.look_again()))

    def _notify(self, change: EntityChange) -> None:
        """Call every listener. One that raises keeps no other from being called."""
        for number, listener in enumerate(tuple(self._listeners)):
            what = f"{self.key} for hub {number}"
            try:
                listener.entity_changed(self.key, change)
                self._failures.worked(TAKING_ACCOUNT, what)
            except Exception:  # noqa: BLE001 - whatever it is, the hub's shares are closed, and it is logged
                self._failures.caught(TAKING_ACCOUNT, what)
                self._close(listener)

    def _close(self, listener: EntityListener) -> None:
        """Have one listener close, whatever became of the others."""
        try:
            listener.entity_failed(self.key)
            self._failures.worked(CLOSING, self.key)
        except Exception:  # noqa: BLE001 - it is logged, and the other hubs are to close too
            self._failures.caught(CLOSING, self.key)

    @callback
    def _failed(self) -> None:
        """Count the entity as unknown, have all listeners close, and track it anew in a while."""
        self._failures.caught(TAKING_IN, self.key)
        self._is_known = False
        for listener in tuple(self._listeners):
            self._close(listener)
        if self._try_again is None:
            self._try_again = async_call_later(self._hass, TRY_AGAIN, self._track_again)

    @callback
    def _track_again(self, _now: datetime) -> None:
        self._try_again = None
        before = self._entity_id
        if not self._begin():
            return
        if self._entity_id != before:
            self._never.renamed()
        self._is_known = True
        self._failures.worked(TAKING_IN, self.key)
        self._notify(EntityChange(own_entity_changed=True))


class EntityMonitors:
    """The monitors of all entities that rules name."""

    def __init__(self, hass: HomeAssistant, causes: Causes) -> None:
        self._hass = hass
        self._causes = causes
        self._monitors: dict[str, EntityMonitor] = {}

    def listen(
        self, key: str, listener: EntityListener, *, is_schedule: bool = False
    ) -> EntityMonitor:
        """Add a listener to an entity, and return the entity's monitor. `leave` must follow, once."""
        if (monitor := self._monitors.get(key)) is None:
            monitor = self._monitors[key] = EntityMonitor(self._hass, key, self._causes)
        monitor.listen(listener, is_schedule=is_schedule)
        return monitor

    def leave(self, key: str, listener: EntityListener) -> None:
        """Remove a listener from an entity."""
        if (monitor := self._monitors.get(key)) is None:
            return
        monitor.leave(listener)
        if not monitor.is_worth_keeping:
            del self._monitors[key]
