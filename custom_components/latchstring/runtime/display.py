"""What is shown of one hub, at home and to it: by entities, the record, the list of cameras, alarms and repairs."""

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


class ShownEntity(Protocol):
    """An entity of ours that shows what is so of a share or of the hub."""

    entity_id: str

    def show(self) -> None:
        """Show what is so now, if that is another thing than is shown."""

    def on_event(self, event: GateEvent) -> None:
        """Show what happened."""


class HubDisplay:
    """Shows what is so, share by share, and then what follows of the hub. What fails keeps nothing else from it."""

    def __init__(
        self,
        hub_id: str,
        *,
        shares: Callable[[], Mapping[str, Share]],
        decisions: Decisions,
        gate: Gate,
        household_log: HouseholdLogWriter,
        then: Sequence[Callable[[], None]],
        change_at: Callable[[datetime | None], None],
    ) -> None:
        """`hub_id` is by what the hub's own entities are added, `then` what shows more of the hub.

        `change_at` takes when time alone turns what is shown; None: never.
        """
        self._hub_id = hub_id
        self._shares = shares
        self._decisions = decisions
        self._gate = gate
        self._household_log = household_log
        self._then = (*then, self._wait_for_change)
        self._change_at = change_at
        self._entities: dict[str, list[ShownEntity]] = {}
        self._changes: dict[str, datetime | None] = {}
        self._failures = Failures(_LOGGER)

    @callback
    def add(self, owner_id: str, entity: ShownEntity) -> CALLBACK_TYPE:
        """Show by an entity what is so of a share or the hub, until the function given back is called."""
        self._entities.setdefault(owner_id, []).append(entity)

        @callback
        def remove() -> None:
            self._entities[owner_id].remove(entity)
            if not self._entities[owner_id]:
                del self._entities[owner_id]

        return remove

    @callback
    def forget(self, share_id: str) -> None:
        """Know nothing more of a share that is not there any more."""
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

    @callback
    def show_hub(self) -> None:
        """See `DisplayedHub`."""
        for show in self._then:
            self._try("Showing", f"{self._hub_id} by {show.__qualname__}", show)
        self._gate.tell(Changed())
        self._show_entities(self._hub_id)

    @callback
    def show_all(self) -> None:
        """Show by the entities what is so, as nothing turns any more."""
        for owner_id in tuple(self._entities):
            self._show_entities(owner_id)

    @callback
    def on_event(self, event: GateEvent) -> None:
        """Show what happened at the gate. Where it cannot be shown who is let in, this raises what kept it."""
        for owner_id in self._owners(event):
            for entity in tuple(self._entities.get(owner_id, ())):
                if isinstance(event, WatchStarted):
                    entity.on_event(event)
                else:
                    on_event = partial(entity.on_event, event)
                    self._try("Showing", entity.entity_id, on_event)

    def _record(self, share_id: str) -> None:
        """Write down what became of a share: how its sessions ended, and whether it can be seen now."""
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
        """Return by whose entities an event is shown: those of a share, of the hub, or both."""
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
        """Do something that keeps nothing else from being done where it fails."""
        try:
            act()
            self._failures.worked(doing, what)
        except Exception:  # noqa: BLE001 - it is logged, and all else goes on
            self._failures.caught(doing, what)
