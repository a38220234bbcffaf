"""Tracking all that an entity is made of."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.event import (
    TrackStates,
    async_track_state_change_filtered,
    async_track_state_report_event,
)
from homeassistant.util import dt as dt_util

from ..failures import careful
from .composition import PERSON, Composition, is_person, is_zone, named_by, silent
from .reference import entity_id_of
from .restored import note_added
from .states import written_state_of

if TYPE_CHECKING:
    from .causes import Causes, Step


class MemberTracking(Protocol):
    """A subscription to state changes whose entities can be exchanged."""

    def async_update_listeners(self, new_track_states: TrackStates) -> None:
        """Report changes of these from now on."""

    def async_remove(self) -> None:
        """Report nothing more."""


class MemberTracker:
    """Tracks all that one entity is made of, from `start` to `stop`; members that join are tracked from then on.

    `on_change` is called with each change of one of them, and when one that was silent, or the entity itself, reports
    the state it already seemed to have; it takes whether other entities of ours are among them than before.
    `on_failed` is called when finding that out raised: then they must be tracked anew.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        key: str,
        causes: Causes,
        *,
        on_change: Callable[[bool], None],
        on_failed: Callable[[], None],
    ) -> None:
        self._hass = hass
        self._key = key
        self._causes = causes
        self._on_change = on_change
        self.on_failed = on_failed
        self._composition: Composition | None = None
        self._state: State | None = None
        self._steps: dict[str, Step] = {}
        self._silent: dict[str, datetime] = {}
        self._stop_waiting: CALLBACK_TYPE | None = None
        self._tracking: MemberTracking | None = None

    @property
    def composition(self) -> Composition:
        """Return what the entity is made of now."""
        known = self._composition
        if known and known.entity_id == entity_id_of(self._hass, self._key):
            return known
        return Composition.read(self._hass, self._key)

    @property
    def contains_own_entity(self) -> bool:
        """Return whether the entity is one of ours or made of one."""
        return bool(self.composition.ours)

    @property
    def caused_by_us(self) -> frozenset[str]:
        """Return those whose state was caused by an entity of ours."""
        composition = self.composition
        return frozenset(
            each
            for each in composition.origins(composition.entity_id)
            if self.last_step(each).is_caused_by_us
        )

    @property
    def changed_by_hand(self) -> Mapping[str, str]:
        """Return those that somebody changed by hand, each with the user's id."""
        composition = self.composition
        return self._users_behind(composition.origins(composition.entity_id))

    @property
    def composers(self) -> Mapping[str, frozenset[str]]:
        """Return the groups that somebody composed by hand, each with the users' ids."""
        composition = self.composition
        return {
            each: composers
            for each in composition.origins(composition.entity_id)
            if (composers := self._causes.composers(each))
        }

    def users_behind(self, entity_id: str | None) -> frozenset[str]:
        """Return the ids of the users who last changed by hand one of them, or what it is made of."""
        origins = self.composition.origins(entity_id)
        return frozenset(self._users_behind(origins).values())

    def _users_behind(self, entity_ids: Iterable[str]) -> dict[str, str]:
        return {
            each: user_id
            for each in entity_ids
            if (user_id := self.last_step(each).user_id) is not None
        }

    def last_step(self, entity_id: str | None) -> Step:
        """Return the last transition of one of them, which its group may have been notified of first."""
        known = self._steps.get(entity_id) if entity_id else None
        now = self._hass.states.get(entity_id) if entity_id else None
        return known if known and known.now is now else self._causes.step(known, now)

    def follows_own_entity(self, entity_id: str | None) -> bool:
        """Return whether an entity of ours caused the last report of one of them, or of something it is made of."""
        return any(
            step.is_caused_by_us
            or (step.now and self._causes.is_caused_by_us(step.now.context))
            for step in map(self.last_step, self.composition.origins(entity_id))
        )

    def silent_since(self, moment: datetime) -> frozenset[str]:
        """Return those that have reported nothing since a moment, or longer."""
        return frozenset(each for each, at in self._silent.items() if at <= moment)

    @property
    def knows_causes(self) -> bool:
        """Return whether the cause of any transition is known, which outlasts `stop`."""
        return any(step.has_cause for step in self._steps.values())

    @callback
    def start(self) -> None:
        """Begin to track them."""
        self._state = written_state_of(self._hass, self._key)
        composition = self._composition = Composition.read(self._hass, self._key)
        self._steps = {
            each: step
            for each, step in self._steps.items()
            if self._is_unchanged(each, step)
        }
        self._tracking = async_track_state_change_filtered(
            self._hass, self._tracked(composition), self._changed
        )
        self._take_members(composition)
        self._listen_to_silent()

    @callback
    def stop(self) -> None:
        """Stop tracking them."""
        if self._tracking is not None:
            self._tracking.async_remove()
            self._tracking = None
        self._listen_to(frozenset())
        self._composition = None
        # Causes are kept: rules that change, or a hub that is loaded anew, make nothing clear.
        self._steps = {
            each: step for each, step in self._steps.items() if step.has_cause
        }

    @callback
    def look_again(self) -> bool:
        """Read what the entity itself reports and names now, whichever listener is called first.

        Return whether other entities of ours are among them than before.
        """
        known = self._composition
        if known is None:
            return False
        if known.entity_id is not None:
            self._note(known.entity_id)
        state = written_state_of(self._hass, self._key)
        if state is self._state and known is self.composition:
            return False
        self._state = state
        return self._compose()

    def _is_unchanged(self, entity_id: str, step: Step) -> bool:
        """Return whether an entity's state has not changed since it was last tracked."""
        now, then = self._hass.states.get(entity_id), step.now
        return bool(now and then and now.last_changed == then.last_changed)

    def _compose(self) -> bool:
        """Read what it is made of now, and return whether other entities of ours are among that."""
        before = self._composition
        now = self._composition = Composition.read(self._hass, self._key)
        if now == before:
            return False
        if self._tracking is not None:
            self._tracking.async_update_listeners(self._tracked(now))
        self._take_members(now)
        self._listen_to_silent()
        return before is None or now.ours != before.ours

    @careful
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        entity_id = event.data["entity_id"]
        note_added(self._hass, event.data["old_state"], event.data["new_state"])
        self._note(entity_id)
        own_entity_changed = False
        if None in (event.data["old_state"], event.data["new_state"]) or (
            self._names_others(entity_id)
        ):
            own_entity_changed = self._compose()
        self._listen_to_silent()
        self._on_change(own_entity_changed)

    def _note(self, entity_id: str) -> None:
        self._steps[entity_id] = self.last_step(entity_id)

    def _names_others(self, entity_id: str) -> bool:
        """Return whether a member may name others than before. A person may be why a zone does."""
        named = self._composition.named.get(entity_id) if self._composition else None
        return is_person(entity_id) or named != named_by(self._hass, entity_id)

    def _take_members(self, composition: Composition) -> None:
        """Note the states of new members, and forget those that are none any more."""
        self._steps = {
            each: self._steps.get(each) or self.last_step(each)
            for each in composition.named
        }

    def _listen_to_silent(self) -> None:
        """Listen to the reports of those that are silent: a report of the state they already had is no change."""
        self._listen_to(silent(self._hass, self.composition))

    def _listen_to(self, those: frozenset[str]) -> None:
        if self._silent.keys() == those:
            return
        now = dt_util.utcnow()
        self._silent = {each: self._silent.get(each, now) for each in those}
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None
        if those:
            self._stop_waiting = async_track_state_report_event(
                self._hass, those, self._reported
            )

    @careful
    def _reported(self, _event: Event[EventStateReportedData]) -> None:
        self._listen_to_silent()
        self._on_change(False)  # noqa: FBT003 - see the class

    def _tracked(self, composition: Composition) -> TrackStates:
        return TrackStates(
            all_states=False,
            entities={*composition.named} - {composition.entity_id},
            domains={PERSON} if any(map(is_zone, composition.named)) else set(),
        )
