"""What an entity is made of: whom it speaks for (a group, a zone, a person), and what it is calculated from (a helper).

None of them says a word of those it has lost: a group is `not_home` while one of its people is unknown, a zone that
Home Assistant has lost somebody in counts one less, and a person is where a phone was before Home Assistant started.
And none of them says that what it is made of is an entity of ours.

What a template or an automation reads, nobody names: see own.py.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from weakref import WeakValueDictionary

from homeassistant.components.zone import DOMAIN as ZONE
from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
    valid_entity_id,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    TrackStates,
    async_track_state_change_filtered,
    async_track_state_report_event,
)
from homeassistant.loader import async_get_loaded_integration

from .following import entity_id_of, says_something, written_state_of
from .own import is_ours
from .remembered import is_remembered

PERSON: Final = "person"
HELPER: Final = "helper"
"""The type of integration whose entities are made of others."""
ATTR_DEVICE_TRACKERS: Final = "device_trackers"
ATTR_SOURCE: Final = "source"

type Step = tuple[State | None, State | None]
"""The state before, and the state after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What an entity names, by entity id: whom it speaks for, and what it is calculated from."""

    members: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()

    @property
    def both(self) -> frozenset[str]:
        """Return them together."""
        return self.members | self.sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What an entity is made of, through groups in groups and helpers of helpers too; itself included."""

    entity_id: str | None
    named: Mapping[str, Named]
    ours: frozenset[str]

    @classmethod
    def read(cls, hass: HomeAssistant, key: str) -> Self:
        """Walk through it as it is now."""
        entity_id = entity_id_of(hass, key)
        named: dict[str, Named] = {}
        asked = [entity_id] if entity_id else []
        while asked:
            if (each := asked.pop()) not in named:
                named[each] = _named_by(hass, each)
                asked += named[each].both
        ours = frozenset(each for each in named if is_ours(hass, each))
        return cls(entity_id=entity_id, named=named, ours=ours)

    @property
    def leaves(self) -> frozenset[str]:
        """Return those that it speaks for and that speak only for themselves."""
        spoken_for = self._reached(self.entity_id, lambda named: named.members)
        return frozenset(
            each for each in spoken_for if not self.named[each].members
        ) - {self.entity_id}

    def origins(self, entity_id: str | None) -> frozenset[str]:
        """Return what one of them is made of, itself included."""
        return self._reached(entity_id, lambda named: named.both)

    def _reached(
        self, entity_id: str | None, step: Callable[[Named], Iterable[str]]
    ) -> frozenset[str]:
        found: set[str] = set()
        asked = [entity_id] if entity_id in self.named else []
        while asked:
            if (each := asked.pop()) not in found and each is not None:
                found.add(each)
                asked += step(self.named[each])
        return frozenset(found)


def ours_and_holders(hass: HomeAssistant) -> frozenset[str]:
    """Return our own entities and all that are made of one, by entity id."""
    everybody = {*hass.states.async_entity_ids(), *er.async_get(hass).entities}
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for each in everybody:
        for named in _named_by(hass, each).both:
            holders[named].add(each)
    found: set[str] = set()
    asked = [each for each in everybody if is_ours(hass, each)]
    while asked:
        if (each := asked.pop()) not in found:
            found.add(each)
            asked += holders.get(each, ())
    return frozenset(found)


def silent(hass: HomeAssistant, composition: Composition) -> frozenset[str]:
    """Return the entity ids of those that say nothing now: the entity, or what it is made of."""
    return frozenset(
        each
        for each, named in composition.named.items()
        if not _speaks(hass, each, named)
    )


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

    def __init__(self, hass: HomeAssistant, key: str) -> None:
        """Follow nothing yet; see `SharedMembers`."""
        self._hass = hass
        self._key = key
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

    def last_step(self, entity_id: str) -> Step:
        """Return a member's last step. Its group may have heard of it before this did."""
        before, known = self._steps.get(entity_id, (None, None))
        now = self._hass.states.get(entity_id)
        return (before, now) if known is now else (known, now)

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
        """Take account of what the entity itself names now, whoever hears of that first."""
        state = written_state_of(self._hass, self._key)
        if self._composition is not None and state is not self._state:
            self._state = state
            self._compose()

    def _begin(self) -> None:
        self._state = written_state_of(self._hass, self._key)
        self._composition = Composition.read(self._hass, self._key)
        self._tracking = async_track_state_change_filtered(
            self._hass, self._tracked(self._composition), self._turned
        )
        self._meet(self._composition)

    def _end(self) -> None:
        self._tracking.async_remove()
        self._composition = None
        self._steps.clear()
        self._wait()

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
        before, now = event.data["old_state"], event.data["new_state"]
        self._steps[entity_id] = before, now
        if before is None or now is None or self._names_others(entity_id):
            self._compose()
        self._wait()
        for listener in tuple(self._listeners):
            if listener.on_turned is not None:
                listener.on_turned()

    def _names_others(self, entity_id: str) -> bool:
        """Return whether a member may name others than before. A person may be why a zone does."""
        named = self._composition.named.get(entity_id) if self._composition else None
        return _is_person(entity_id) or named != _named_by(self._hass, entity_id)

    def _meet(self, composition: Composition) -> None:
        """Note where members stand that no step is known of yet, and forget those that are none any more."""
        self._steps = {
            each: self._steps.get(each, (None, self._hass.states.get(each)))
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
            domains={PERSON} if any(map(_is_zone, composition.named)) else set(),
        )


class SharedMembers:
    """What each entity is made of that a share names, followed once for all shares."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know of none yet; each is forgotten with the last that asked for it."""
        self._hass = hass
        self._members: WeakValueDictionary[str, Members] = WeakValueDictionary()

    def of(self, key: str) -> Members:
        """Return those of one entity."""
        if (members := self._members.get(key)) is None:
            members = self._members[key] = Members(self._hass, key)
        return members


def _speaks(hass: HomeAssistant, entity_id: str, named: Named) -> bool:
    """Say whether an entity says something. The count of a zone says nothing where there is nobody to be counted."""
    state = hass.states.get(entity_id)
    if state is None or not says_something(state):
        return False
    speaks_for_others = bool(named.members - {entity_id})
    return speaks_for_others or not (_is_zone(entity_id) or is_remembered(hass, state))


def _named_by(hass: HomeAssistant, entity_id: str) -> Named:
    if _is_zone(entity_id):
        people = hass.states.async_all(PERSON)
        return Named(
            members=frozenset(
                each.entity_id
                for each in people
                if each.attributes.get(ATTR_DEVICE_TRACKERS)  # nobody counts the others
            )
        )
    state = hass.states.get(entity_id)
    return Named(
        members=frozenset(_members_said(state)) if state else frozenset(),
        sources=frozenset(
            [*(_sources_said(state) if state else ()), *_sources_kept(hass, entity_id)]
        ),
    )


def _members_said(state: State) -> Iterator[str]:
    if state.domain == PERSON:
        if isinstance(source := state.attributes.get(ATTR_SOURCE), str):
            yield source
        return
    named = state.attributes.get(ATTR_ENTITY_ID)
    if isinstance(named, list | tuple):
        # Whatever else stands there is somebody of whom nothing is known.
        yield from map(str, named)


def _sources_said(state: State) -> Iterator[str]:
    """Return what a helper says it is calculated from."""
    attributes = [ATTR_ENTITY_ID]
    if state.domain == Platform.SENSOR:
        attributes.append(ATTR_SOURCE)  # a media player has one too, which is no entity
    for attribute in attributes:
        named = state.attributes.get(attribute)
        if isinstance(named, str) and valid_entity_id(named):
            yield named


def _sources_kept(hass: HomeAssistant, entity_id: str) -> Iterator[str]:
    """Return what stands in the config entry of a helper, under its name of now."""
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None or entry.config_entry_id is None:
        return
    kept = hass.config_entries.async_get_entry(entry.config_entry_id)
    if kept is None or not _is_helper(hass, kept.domain):
        return
    for text in (*_texts(kept.data), *_texts(kept.options)):
        named = entity_id_of(hass, text)
        if named is not None and valid_entity_id(named):
            yield named


def _is_helper(hass: HomeAssistant, domain: str) -> bool:
    return (
        domain in hass.config.components  # else its entity says nothing either
        and async_get_loaded_integration(hass, domain).integration_type == HELPER
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _is_person(entity_id: str) -> bool:
    return entity_id.startswith(f"{PERSON}.")


def _is_zone(entity_id: str) -> bool:
    return entity_id.startswith(f"{ZONE}.")
