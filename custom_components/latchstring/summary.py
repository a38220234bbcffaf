"""A share's rules in the owner's words, in a few lines."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from homeassistant.core import HomeAssistant

from .chosen import names
from .const import (
    CONF_ALARM_MINUTES,
    CONF_ALARMS,
    CONF_OPENINGS,
    CONF_SCHEDULE,
)
from .core.model import Opening
from .core.pairing import Purpose
from .limits import limits_set
from .nevers import never_keys
from .words import Words, bullets


def summary(
    hass: HomeAssistant,
    words: Words,
    rules: Mapping[str, Any],
    purposes: Iterable[Purpose],
) -> str:
    """Say when a camera may open, while what it never does, and to what its viewers are held."""
    return bullets(_lines(hass, words, rules, purposes))


def _lines(
    hass: HomeAssistant,
    words: Words,
    rules: Mapping[str, Any],
    purposes: Iterable[Purpose],
) -> Iterator[str]:
    entities = {
        Opening.SCHEDULE: [rules.get(CONF_SCHEDULE) or ""],
        Opening.ALARM: rules.get(CONF_ALARMS, ()),
    }
    for opening in map(Opening, rules[CONF_OPENINGS] or [Opening.OWNER]):
        yield words.say(
            "summary",
            opening,
            entities=names(hass, entities.get(opening, ())),
            minutes=str(rules.get(CONF_ALARM_MINUTES, "")),
        )
    if never := never_keys(rules):
        yield words.say("summary", "never", entities=names(hass, never))
    for limit, value in limits_set(rules, purposes):
        yield words.say("summary", limit, value=value)
