"""Entities that the owner chose: how a dialog shows them, and how a share keeps them.

A share keeps what survives a rename. A dialog shows the entity id of now, or the last one of an entity that is gone.
"""

from collections.abc import Iterable
from typing import Any, override

from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import EntitySelector, EntitySelectorConfig

from .composition import Composition, ours_and_holders
from .core.text import escape_markdown
from .following import entity_id_of, key_of
from .undocumented import last_entity_id
from .words import Words


class ChosenEntitySelector(EntitySelector):
    """Does not offer what can't be taken, an entity of ours or made of one first of all; whoever asks says why."""

    @classmethod
    def within(
        cls, hass: HomeAssistant, *domains: str, multiple: bool = True
    ) -> ChosenEntitySelector:
        """Offer the entities of these domains, of all if there are none."""
        hidden = (
            each
            for each in ours_and_holders(hass)
            if not domains or split_entity_id(each)[0] in domains
        )
        return cls.without(hidden, *domains, multiple=multiple)

    @classmethod
    def without(
        cls, hidden: Iterable[str], *domains: str, multiple: bool = True
    ) -> ChosenEntitySelector:
        """Offer the entities of these domains, of all if there are none, but for some."""
        config = EntitySelectorConfig(
            exclude_entities=sorted(hidden), multiple=multiple
        )
        if domains:
            config["filter"] = {"domain": [*domains]}
        return cls(config)

    @override
    def __call__(self, data: Any) -> str | list[str]:
        return EntitySelector({**self.config, "exclude_entities": []})(data)


def is_there(hass: HomeAssistant, key: str) -> bool:
    """Say whether Home Assistant knows the entity that a key means."""
    entity_id = entity_id_of(hass, key)
    return entity_id is not None and (
        hass.states.get(entity_id) is not None
        or er.async_get(hass).async_get(entity_id) is not None
    )


def shown(hass: HomeAssistant, key: str) -> str:
    """Give the entity id of a key, the last one it had if it is gone."""
    if (entity_id := entity_id_of(hass, key)) is not None:
        return entity_id
    return last_entity_id(hass, key) or key


def kept(
    hass: HomeAssistant, entity_ids: Iterable[str], known: Iterable[str]
) -> list[str]:
    """Give the keys of what a dialog shows; `known` are those it began with, some perhaps of what is gone."""
    gone = {shown(hass, key): key for key in known if not is_there(hass, key)}
    keys = {
        entity_id: key_of(hass, entity_id)
        if is_there(hass, entity_id)
        else gone.get(entity_id, entity_id)
        for entity_id in entity_ids
    }
    return list(dict.fromkeys(keys.values()))


def name_of(hass: HomeAssistant, key: str) -> str:
    """Give what the owner calls an entity, also while it is away or gone."""
    entity_id = shown(hass, key)
    if (state := hass.states.get(entity_id)) is not None:
        return state.name
    entry = er.async_get(hass).async_get(entity_id)
    return (entry and (entry.name or entry.original_name)) or entity_id


def names(hass: HomeAssistant, keys: Iterable[str]) -> str:
    """Name entities in one line of Markdown."""
    return ", ".join(escape_markdown(name_of(hass, key)) for key in keys)


def told_gone(hass: HomeAssistant, words: Words, keys: Iterable[str]) -> str:
    """Say which of these entities are gone and what to do; nothing where all are there."""
    missing = [key for key in keys if not is_there(hass, key)]
    if not missing:
        return ""
    return words.say("chosen", "gone", entities=names(hass, missing))


def told_own(hass: HomeAssistant, words: Words, keys: Iterable[str]) -> str:
    """Say which of these entities are ours or made of one, in plain text; nothing where none is."""
    return " ".join(
        words.say(
            "own",
            "is" if ours == {entity_id_of(hass, key)} else "holds",
            entity=name_of(hass, key),
            own=", ".join(name_of(hass, each) for each in sorted(ours)),
        )
        for key in keys
        if (ours := Composition.read(hass, key).ours)
    )
