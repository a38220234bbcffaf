"""The display of one hub, at home and to it: by entities, the record, the list of cameras, alarms and repairs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
import logging
from typing import TYPE_CHECKING, Protocol

from homeassistant.core import CALLBACK_TYPE, callback

from ..failures import Failures
from ..gate import (
    Answered,
    Changed,
    EndRecorded,
    GateEvent,
    Refused,
    RequestAsked,
    Unasked,
    WatchEnded,
    WatchStarted,
)

if TYPE_CHECKING:
    from ..controls.household_log import HouseholdLogWriter
    from ..core.model import Share
    from ..gate import Decisions, Gate

_LOGGER = logging.getLogger(__name__)


class DisplayedEntity(Protocol):
    """An entity of ours that displays the state of a share or of the hub."""

    entity_id: str

    def show(self) -> None:
        """Write the state, if it changed."""

    def on_event(self, event: GateEvent) -> None:
        """Display an event."""


class HubDisplay:
    """Displays the shares, one by one, and then the hub. What fails keeps nothing else from being displayed."""

    def __init__(
        self,
        hub_id: str,
        *,
        shares: Callable[[], Mapping[str, Share]],
        decisions: Decisions,
        gate: Gate,
        household_log: HouseholdLogWriter,
        keep_connected: Callable[[str], None],
        then: Sequence[Callable[[], None]],
        change_at: Callable[[datetime | None], None],
    ) -> None:
        """`hub_id` is the owner id of the hub's own entities, `then` are called for the hub, after its shares.

        `keep_connected` takes a share that may have to be connected while nobody watches, or to be so no more.
        `change_at` takes when time alone changes what is displayed; None: never.
        """
        self._hub_id = hub_id
        self._shares = shares
        self._decisions = decisions
        self._gate = gate
        self._household_log = household_log
        self._keep_connected = keep_connected
        self._then = (*then, self._wait_for_change)
        self._change_at = change_at
        self._entities: dict[str, list[DisplayedEntity]] = {}
        self._changes: dict[str, datetime | None] = {}
        self._failures = Failures(_LOGGER)

    @callback
    def add(self, owner_id: str, entity: DisplayedEntity) -> CALLBACK_TYPE:
        """Display a share or the hub by an entity. Return a callback to stop."""
        self._entities.setdefault(owner_id, []).append(entity)

        @callback
        def remove() -> None:
            self._entities[owner_id].remove(entity)
            if not self._entities[owner_id]:
                del self._entities[owner_id]

        return remove

    @callback
    def forget(self, share_id: str) -> None:
        """Forget a share that is not listed any more."""
        self._changes.pop(share_id, None)
        self._household_log.forget(share_id)

    def is_first(self, share_id: str) -> bool:
        """See `DisplayedHub`."""
        was_open = self._household_log.has_open(share_id)
        return was_open or self._gate.is_or_was_watched(share_id)

    @callback
    def show_share(self, share_id: str) -> None:
        """See `DisplayedHub`."""
        self._try("Recording", share_id, partial(self._record, share_id))
        self._show_entities(share_id)
        self._try("Connecting", share_id, partial(self._keep_connected, share_id))

    @callback
    def show_hub(self) -> None:
        """See `DisplayedHub`."""
        for show in self._then:
            self._try("Showing", f"{self._hub_id} by {show.__qualname__}", show)
        self._gate.notify(Changed())
        self._show_entities(self._hub_id)

    @callback
    def show_all(self) -> None:
        """Write the states of all entities, as nothing changes any more."""
        for owner_id in tuple(self._entities):
            self._show_entities(owner_id)

    @callback
    def on_event(self, event: GateEvent) -> None:
        """Display an event of the gate. Raises what an entity raises that cannot display who is let in."""
        for owner_id in self._owners(event):
            for entity in tuple(self._entities.get(owner_id, ())):
                if isinstance(event, WatchStarted):
                    entity.on_event(event)
                else:
                    on_event = partial(entity.on_event, event)
                    self._try("Showing", entity.entity_id, on_event)

    def _record(self, share_id: str) -> None:
        """Record how sessions of a share ended, and whether it is viewable now."""
        self._gate.record_ends(share_id)
        if (share := self._shares().get(share_id)) is not None:
            decision = self._decisions.of(share_id)
            self._changes[share_id] = decision.next_change
            self._household_log.note(share, decision)

    def _wait_for_change(self) -> None:
        self._change_at(min(filter(None, self._changes.values()), default=None))

    def _show_entities(self, owner_id: str) -> None:
        for entity in tuple(self._entities.get(owner_id, ())):
            self._try("Showing", entity.entity_id, entity.show)

    def _owners(self, event: GateEvent) -> tuple[str, ...]:
        """Return the owner ids of the entities that display an event: of a share, of the hub, or both."""
        match event:
            case WatchStarted() | WatchEnded() | EndRecorded():
                return (event.session.share_id,)
            case Refused():
                share = self._gate.admission.share_of(event.camera_id)
                return (share.share_id,) if share else ()
            case RequestAsked() | Answered():
                return (event.request.share_id or "", self._hub_id)
            case Unasked():
                return (self._hub_id,)
            case Changed():
                return ()

    def _try(self, doing: str, what: str, act: Callable[[], None]) -> None:
        """Call something that keeps nothing else from being done if it raises."""
        try:
            act()
            self._failures.worked(doing, what)
        except Exception:  # noqa: BLE001 - it is logged, and all else goes on
            self._failures.caught(doing, what)
