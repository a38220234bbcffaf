"""What an entity's state is derived from: its members (a group, a zone, a person), or its sources (a helper).

Their state does not show that a source is unknown: a group is `not_home` while one of its people is unknown, a zone
that Home Assistant has lost somebody in counts one less, and a person is where a phone was before Home Assistant
started. Nor does it show that one of the sources is an entity of ours.

What a template or an automation reads is not known: `causes.py` follows what it leads to.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, Self

from homeassistant.components.zone import DOMAIN as ZONE
from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import (
    HomeAssistant,
    State,
    split_entity_id,
    valid_entity_id,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.loader import async_get_loaded_integration

from .own_entities import is_ours
from .reference import entity_id_of
from .restored import is_restored
from .states import is_report

PERSON: Final = "person"
HELPER: Final = "helper"
"""The type of integration whose entities are made of others."""
ATTR_DEVICE_TRACKERS: Final = "device_trackers"
ATTR_SOURCE: Final = "source"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEntity:
    """What an entity names, by entity id: its members, and what it is calculated from.

    `mentioned` is what else stands in its config entry: perhaps it is calculated from that.
    """

    members: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    mentioned: frozenset[str] = frozenset()

    @property
    def made_of(self) -> frozenset[str]:
        """Return what it is known to be made of."""
        return self.members | self.sources

    @property
    def all(self) -> frozenset[str]:
        """Return all entities that it names."""
        return self.made_of | self.mentioned


type KeptBy = Callable[[str | None], NamedEntity]
"""Returns what a config entry names, by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What an entity is made of, through groups in groups and helpers of helpers too; itself included."""

    entity_id: str | None
    named: Mapping[str, NamedEntity]
    ours: frozenset[str]

    @classmethod
    def read(cls, hass: HomeAssistant, key: str) -> Self:
        """Return what the entity that a key means is made of as it is now."""
        entity_id = entity_id_of(hass, key)
        named: dict[str, NamedEntity] = {}
        asked = [entity_id] if entity_id else []
        while asked:
            if (each := asked.pop()) not in named:
                named[each] = named_by(hass, each)
                asked += named[each].all
        ours = frozenset(each for each in named if is_ours(hass, each))
        return cls(entity_id=entity_id, named=named, ours=ours)

    @property
    def leaves(self) -> frozenset[str]:
        """Return its members that have no members themselves."""
        spoken_for = self._reached(self.entity_id, lambda named: named.members)
        return frozenset(
            each for each in spoken_for if not self.named[each].members
        ) - {self.entity_id}

    def origins(self, entity_id: str | None) -> frozenset[str]:
        """Return what one of them is made of, itself included."""
        return self._reached(entity_id, lambda named: named.made_of)

    def _reached(
        self, entity_id: str | None, step: Callable[[NamedEntity], Iterable[str]]
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
    read_once = cache(partial(_kept, hass))  # hundreds of entities may share an entry
    for each in everybody:
        for named in _named_by(hass, each, read_once).all:
            holders[named].add(each)
    found: set[str] = set()
    asked = [each for each in everybody if is_ours(hass, each)]
    while asked:
        if (each := asked.pop()) not in found:
            found.add(each)
            asked += holders.get(each, ())
    return frozenset(found)


def silent(hass: HomeAssistant, composition: Composition) -> frozenset[str]:
    """Return the entity ids of those that report nothing now: the entity, or what it is made of."""
    return frozenset(
        each
        for each in composition.origins(composition.entity_id)
        if not _is_reporting(hass, each, composition.named[each])
    )


def _is_reporting(hass: HomeAssistant, entity_id: str, named: NamedEntity) -> bool:
    """Return whether an entity reports something. A zone's count does not where there is nobody to be counted."""
    state = hass.states.get(entity_id)
    if state is None or not is_report(state):
        return False
    has_members = bool(named.members - {entity_id})
    return has_members or not (is_zone(entity_id) or is_restored(hass, state))


def named_by(hass: HomeAssistant, entity_id: str) -> NamedEntity:
    """Return what one entity names by itself."""
    return _named_by(hass, entity_id, partial(_kept, hass))


def _named_by(hass: HomeAssistant, entity_id: str, kept_by: KeptBy) -> NamedEntity:
    if is_zone(entity_id):
        people = hass.states.async_all(PERSON)
        return NamedEntity(
            members=frozenset(
                each.entity_id
                for each in people
                if each.attributes.get(ATTR_DEVICE_TRACKERS)  # nobody counts the others
            )
        )
    state = hass.states.get(entity_id)
    reported = frozenset(_reported_sources(state)) if state else frozenset()
    kept = kept_by(_config_entry_of(hass, entity_id))
    return NamedEntity(
        members=frozenset(_reported_members(state)) if state else frozenset(),
        sources=reported | kept.sources,
        mentioned=kept.mentioned,
    )


def _reported_members(state: State) -> Iterator[str]:
    if state.domain == PERSON:
        if isinstance(source := state.attributes.get(ATTR_SOURCE), str):
            yield source
        return
    named = state.attributes.get(ATTR_ENTITY_ID)
    if isinstance(named, list | tuple):
        # Anything else in the list counts as a member of which nothing is known.
        yield from map(str, named)


def _reported_sources(state: State) -> Iterator[str]:
    """Yield the entities that a helper's attributes name as its sources."""
    attributes = [ATTR_ENTITY_ID]
    if state.domain == Platform.SENSOR:
        attributes.append(ATTR_SOURCE)  # a media player has one too, which is no entity
    for attribute in attributes:
        named = state.attributes.get(attribute)
        if isinstance(named, str) and valid_entity_id(named):
            yield named


def _config_entry_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the id of an entity's config entry; none for an entity of ours."""
    entry = er.async_get(hass).async_get(entity_id)
    if entry is None or is_ours(hass, entity_id):
        return None
    return entry.config_entry_id


def _kept(hass: HomeAssistant, entry_id: str | None) -> NamedEntity:
    """Return what a config entry names, under its name of now: that is what a helper is calculated from."""
    entry = hass.config_entries.async_get_entry(entry_id) if entry_id else None
    if entry is None:
        return NamedEntity()
    parts = [each.data for each in entry.subentries.values()]
    named = frozenset(
        each
        for text in _texts([entry.data, entry.options, *parts])
        if (each := entity_id_of(hass, text)) and _may_be_there(hass, each)
    )
    if _is_helper(hass, entry.domain):
        return NamedEntity(sources=named)
    return NamedEntity(mentioned=named)


def _may_be_there(hass: HomeAssistant, text: str) -> bool:
    """Return whether a text can be the id of an entity. A helper may be called `v1.2`, which is none."""
    return valid_entity_id(text) and split_entity_id(text)[0] in hass.config.components


def _is_helper(hass: HomeAssistant, domain: str) -> bool:
    return (
        domain in hass.config.components  # else its entity reports nothing either
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


def is_person(entity_id: str) -> bool:
    """Return whether this is the id of a person."""
    return entity_id.startswith(f"{PERSON}.")


def is_zone(entity_id: str) -> bool:
    """Return whether this is the id of a zone."""
    return entity_id.startswith(f"{ZONE}.")
