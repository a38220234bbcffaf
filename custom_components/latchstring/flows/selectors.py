"""The selectors that more than one dialog uses."""

from collections.abc import Iterable
from typing import Any, override

from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..tracking.composition import ours_and_holders


def whole_number(smallest: int, largest: int, unit: str | None = None) -> vol.All:
    """Return the selector of a number without a fraction."""
    config = NumberSelectorConfig(
        min=smallest, max=largest, step=1, mode=NumberSelectorMode.BOX
    )
    if unit:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


def choice(
    options: list[str], translation_key: str, *, several: bool = False
) -> SelectSelector:
    """Return the selector of one or several options with translated labels."""
    return SelectSelector(
        SelectSelectorConfig(
            options=options,
            translation_key=translation_key,
            multiple=several,
            mode=SelectSelectorMode.LIST,
        )
    )


def several_of(options: list[SelectOptionDict]) -> SelectSelector:
    """Return the selector of any of some options that have labels of their own."""
    return SelectSelector(
        SelectSelectorConfig(
            options=options, multiple=True, mode=SelectSelectorMode.LIST
        )
    )


class LenientEntitySelector(EntitySelector):
    """Hides entities that cannot be chosen, such as our own, but accepts them, so that the dialog can say why not."""

    @classmethod
    def of_domains(
        cls, hass: HomeAssistant, *domains: str, multiple: bool = True
    ) -> LenientEntitySelector:
        """Offer the entities of these domains, or of all if there are none, without ours and those made of ours."""
        hidden = (
            each
            for each in ours_and_holders(hass)
            if not domains or split_entity_id(each)[0] in domains
        )
        return cls.excluding(hidden, *domains, multiple=multiple)

    @classmethod
    def excluding(
        cls, hidden: Iterable[str], *domains: str, multiple: bool = True
    ) -> LenientEntitySelector:
        """Offer the entities of these domains, or of all if there are none, without the `hidden` ones."""
        config = EntitySelectorConfig(
            exclude_entities=sorted(hidden), multiple=multiple
        )
        if domains:
            config["filter"] = {"domain": [*domains]}
        return cls(config)

    @override
    def __call__(self, data: Any) -> str | list[str]:
        return EntitySelector({**self.config, "exclude_entities": []})(data)
