"""Asking for entities: what a dialog offers, and why it does not take others."""

from collections.abc import Iterable
from typing import Any, override

from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers.selector import EntitySelector, EntitySelectorConfig

from ..localize import Sentences
from ..tracking.composition import Composition, ours_and_holders
from ..tracking.reference import entity_id_of, is_there, name_of, names_of


class ChosenEntitySelector(EntitySelector):
    """Hides what can't be taken, such as an entity of ours, but accepts it, so that the dialog can say why not."""

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


def told_gone(hass: HomeAssistant, words: Sentences, keys: Iterable[str]) -> str:
    """Return which of these entities are gone and what to do, in Markdown; empty where all are there."""
    missing = [key for key in keys if not is_there(hass, key)]
    if not missing:
        return ""
    return words.say("chosen", "gone", entities=names_of(hass, missing))


def told_own(hass: HomeAssistant, words: Sentences, keys: Iterable[str]) -> str:
    """Return which of these entities are ours or made of one, in plain text; empty where none is."""
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
