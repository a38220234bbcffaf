"""Following all that an entity is made of, once for all that ask for it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

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

from .composition import PERSON, Composition, is_person, is_zone, named_by, silent
from .following import entity_id_of, written_state_of

if TYPE_CHECKING:
    from .own import OwnContexts, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who is told of an entity's members; once, if they listen for several shares.

    `on_ours` is called when other entities of ours are among them than before, `on_turned` with each change of one of
    them, and `on_heard` when one that was silent, or the entity itself, says what it seemed to say before.
    """

    on_ours: Callable[[], None]
    on_turned: Callable[[], None] | None = None
    on_heard: Callable[[], None] | None = None


class Members:
    """Follows all that one entity is made of, while anybody listens; whoever joins them is followed from then on."""

    def __init__(self, hass: HomeAssistant, key: str, own: OwnContexts) -> None:
        """Follow nothing yet; see `SharedMembers`."""
        self._hass = hass
        self._key = key
        self._own = own
        self._listeners: Counter[Listener] = Counter()
        self._composition: Composition | None = None
        self._state: State | None = None
        self._steps: dict[str, Step] = {}
        self._silent: frozenset[str] = frozenset()
        self._stop_waiting: CALLBACK_TYPE | None = None

    @property
    def composition(self) -> Composition:
        """Return what the entity is made of now."""
        known = self._composition
        if known and known.entity_id == entity_id_of(self._hass, self._key):
            return known
        return Composition.read(self._hass, self._key)

    @property
    def holds_ours(self) -> bool:
        """Return whether the entity is one of ours or made of one."""
        return bool(self.composition.ours)

    @property
    def our_doing(self) -> frozenset[str]:
        """Return those that stand as they do because of an entity of ours."""
        composition = self.composition
        return frozenset(
            each
            for each in composition.origins(composition.entity_id)
            if self.last_step(each).is_our_doing
        )

    def last_step(self, entity_id: str | None) -> Step:
        """Return how one of them came to stand as it does. Its group may have heard of that before this did."""
        known = self._steps.get(entity_id) if entity_id else None
        now = self._hass.states.get(entity_id) if entity_id else None
        return known if known and known.now is now else self._own.step(known, now)

    def follows_ours(self, entity_id: str | None) -> bool:
        """Return whether one of them, or something it is made of, said its last word because of an entity of ours."""
        return any(
            step.is_our_doing or (step.now and self._own.led_to(step.now.context))
            for step in map(self.last_step, self.composition.origins(entity_id))
        )

    @callback
    def listen(self, listener: Listener) -> CALLBACK_TYPE:
        """Tell somebody. Return a callback to stop."""
        if not self._listeners:
            self._begin()
        self._listeners[listener] += 1
        self._wait()

        @callback
        def stop() -> None:
            self._listeners[listener] -= 1
            if not self._listeners[listener]:
                del self._listeners[listener]
            if not self._listeners:
                self._end()

        return stop

    @callback
    def look_again(self) -> None:
        """Take account of what the entity itself says and names now, whoever hears of that first."""
        known = self._composition
        if known is None:
            return
        if known.entity_id is not None:
            self._note(known.entity_id)
        state = written_state_of(self._hass, self._key)
        if state is not self._state or known is not self.composition:
            self._state = state
            self._compose()

    def _begin(self) -> None:
        self._state = written_state_of(self._hass, self._key)
        self._composition = Composition.read(self._hass, self._key)
        self._steps = {
            each: step for each, step in self._steps.items() if self._stands(each, step)
        }
        self._tracking = async_track_state_change_filtered(
            self._hass, self._tracked(self._composition), self._turned
        )
        self._meet(self._composition)

    def _end(self) -> None:
        self._tracking.async_remove()
        self._composition = None
        # What is our doing goes on: rules that change, or a hub that is loaded anew, make nothing clear.
        self._steps = {
            each: step for each, step in self._steps.items() if step.is_our_doing
        }
        self._wait()

    def _stands(self, entity_id: str, step: Step) -> bool:
        """Return whether an entity has not turned since it was last followed."""
        now, then = self._hass.states.get(entity_id), step.now
        return bool(now and then and now.last_changed == then.last_changed)

    def _compose(self) -> None:
        """See what it is made of now."""
        before = self._composition
        now = self._composition = Composition.read(self._hass, self._key)
        if now == before:
            return
        self._tracking.async_update_listeners(self._tracked(now))
        self._meet(now)
        self._wait()
        if before is None or now.ours != before.ours:
            for listener in tuple(self._listeners):
                listener.on_ours()

    @callback
    def _turned(self, event: Event[EventStateChangedData]) -> None:
        entity_id = event.data["entity_id"]
        try:
            self._note(entity_id)
            if None in (event.data["old_state"], event.data["new_state"]) or (
                self._names_others(entity_id)
            ):
                self._compose()
            self._wait()
        finally:
            for listener in tuple(self._listeners):
                if listener.on_turned is not None:
                    listener.on_turned()

    def _note(self, entity_id: str) -> None:
        self._steps[entity_id] = self.last_step(entity_id)

    def _names_others(self, entity_id: str) -> bool:
        """Return whether a member may name others than before. A person may be why a zone does."""
        named = self._composition.named.get(entity_id) if self._composition else None
        return is_person(entity_id) or named != named_by(self._hass, entity_id)

    def _meet(self, composition: Composition) -> None:
        """Note where members stand that no step is known of yet, and forget those that are none any more."""
        self._steps = {
            each: self._steps.get(each) or self.last_step(each)
            for each in composition.named
        }

    def _wait(self) -> None:
        """Listen to those that are silent: where they say again what stood there, that is no change."""
        before = self._silent
        is_awaited = any(each.on_heard is not None for each in self._listeners)
        self._silent = (
            silent(self._hass, self.composition) if is_awaited else frozenset()
        )
        if self._silent == before:
            return
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None
        if self._silent:
            self._stop_waiting = async_track_state_report_event(
                self._hass, self._silent, self._heard
            )

    @callback
    def _heard(self, _event: Event[EventStateReportedData]) -> None:
        self._wait()
        for listener in tuple(self._listeners):
            if listener.on_heard is not None:
                listener.on_heard()

    def _tracked(self, composition: Composition) -> TrackStates:
        return TrackStates(
            all_states=False,
            entities={*composition.named} - {composition.entity_id},
            domains={PERSON} if any(map(is_zone, composition.named)) else set(),
        )


class SharedMembers:
    """What each entity is made of that a share names, followed once for all shares."""

    def __init__(self, hass: HomeAssistant, own: OwnContexts) -> None:
        """Know of none yet; each is forgotten with the last that asked for it."""
        self._hass = hass
        self._own = own
        self._members: WeakValueDictionary[str, Members] = WeakValueDictionary()

    def of(self, key: str) -> Members:
        """Return those of one entity."""
        if (members := self._members.get(key)) is None:
            members = self._members[key] = Members(self._hass, key, self._own)
        return members
