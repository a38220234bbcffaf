"""What hassfest asks of icons.json, and that each icon exists and is an entity's."""

from collections.abc import Iterator
from functools import cache
import json
from pathlib import Path
from typing import Any, Final

from homeassistant.const import Platform
import voluptuous as vol

from .integration import Complaints, Integration, Rule
from .word_rules import KEY

ICON: Final = vol.Match(r"^mdi:[a-z0-9-]+$")
STATES: Final = {KEY: ICON}
SHAPE: Final = vol.Schema(
    {
        "entity": {
            vol.Any(*Platform): {
                KEY: {
                    "default": ICON,
                    "state": STATES,
                    "state_attributes": {KEY: {"default": ICON, "state": STATES}},
                }
            }
        },
        "services": {KEY: {vol.Required("service"): ICON}},
    }
)


@cache
def _drawn() -> frozenset[str]:
    """Give the icons that the frontend brings."""
    # As heavy as a page; only this needs it.
    import hass_frontend  # noqa: PLC0415 - as said above

    listed = Path(hass_frontend.where()) / "static" / "mdi" / "iconList.json"
    return frozenset(icon["name"] for icon in json.loads(listed.read_text()))


def icons_have_their_shape(integration: Integration) -> Complaints:
    """Complain of a key nobody looks up, and of what is no `mdi:` icon."""
    try:
        SHAPE(integration.icons)
    except vol.MultipleInvalid as error:
        yield from (str(one) for one in error.errors)
    except vol.Invalid as error:
        yield str(error)


def icons_are_drawn(integration: Integration) -> Complaints:
    """Complain of a name under which the frontend has no picture."""
    for icon in sorted(set(_named(integration.icons))):
        if icon.removeprefix("mdi:") not in _drawn():
            yield f"there is no {icon}"


def _named(icons: dict[str, Any]) -> Iterator[str]:
    for value in icons.values():
        if isinstance(value, dict):
            yield from _named(value)
        else:
            yield value


def icons_and_words_name_the_same_entities(integration: Integration) -> Complaints:
    """Complain of an entity without an icon, and of an icon without an entity."""
    named = _entities(integration.words)
    drawn = _entities(integration.icons)
    for platform, key in sorted(named - drawn):
        yield f"{platform} {key} has no icon"
    for platform, key in sorted(drawn - named):
        yield f"{platform} {key} has an icon and no name"


def _entities(section: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (platform, key)
        for platform, entities in section.get("entity", {}).items()
        for key in entities
    }


RULES: tuple[Rule, ...] = (
    icons_have_their_shape,
    icons_are_drawn,
    icons_and_words_name_the_same_entities,
)
