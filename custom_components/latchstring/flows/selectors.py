"""The selectors that more than one dialog asks with."""

from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol


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
    """Return the selector of one or several options, whose words are translated."""
    return SelectSelector(
        SelectSelectorConfig(
            options=options,
            translation_key=translation_key,
            multiple=several,
            mode=SelectSelectorMode.LIST,
        )
    )
