"""The summary of a share's rules that its dialog shows."""

from collections.abc import Iterator, Sequence
from itertools import chain

from ..const import (
    CONF_ALARM_MINUTES,
    CONF_ALARMS,
    CONF_ALERTS_ANYWAY,
    CONF_SCHEDULE,
    CONF_STAYS_CONNECTED,
)
from ..core.decision import mixes, openings_in_force
from ..core.model import Opening
from ..localize import bullets
from ..settings.shares import stored_openings
from ..tracking.composition import Composition
from ..tracking.reference import names_of
from .questions import Dialog, Values
from .rules.limits import stricter_limits
from .rules.never import never_keys


def summary(dialog: Dialog) -> str:
    """Return when a camera may open, when it never does, its limits, and whether it stays connected, as Markdown."""
    parts = (
        _opening_lines,
        _never_lines,
        _own_lines,
        _limit_lines,
        _connection_lines,
    )
    return bullets(line for part in parts for line in part(dialog))


def _entities_by_opening(rules: Values) -> dict[Opening, Sequence[str]]:
    """Return each opening in force with the entities that trigger it."""
    entities: dict[Opening, Sequence[str]] = {
        Opening.SCHEDULE: [rules.get(CONF_SCHEDULE) or ""],
        Opening.ALARM: rules.get(CONF_ALARMS, ()),
    }
    in_force = openings_in_force(stored_openings(rules)) or {Opening.OWNER}
    return {each: entities.get(each, ()) for each in Opening if each in in_force}


def _opening_lines(dialog: Dialog) -> Iterator[str]:
    for opening, entities in _entities_by_opening(dialog.rules).items():
        yield dialog.words.say(
            "summary",
            opening,
            entities=names_of(dialog.hass, entities),
            minutes=str(dialog.rules.get(CONF_ALARM_MINUTES, "")),
        )
    if mixes(stored_openings(dialog.rules)):
        yield dialog.words.say("summary", "mixed")


def _never_lines(dialog: Dialog) -> Iterator[str]:
    if never := never_keys(dialog.rules):
        entities = names_of(dialog.hass, never)
        yield dialog.words.say("summary", "never", entities=entities)
        if dialog.rules.get(CONF_ALERTS_ANYWAY):
            yield dialog.words.say("summary", "never_alerts")


def _own_lines(dialog: Dialog) -> Iterator[str]:
    """Yield which entities are ours or made of ours: those open nothing, and under "never" keep the camera closed."""
    entities_named = {
        *chain(*_entities_by_opening(dialog.rules).values(), never_keys(dialog.rules))
    }
    own = [key for key in entities_named if Composition.read(dialog.hass, key).ours]
    if own:
        entities = names_of(dialog.hass, sorted(own))
        yield dialog.words.say("summary", "own", entities=entities)


def _limit_lines(dialog: Dialog) -> Iterator[str]:
    for limit, value in stricter_limits(dialog.rules, dialog.purposes):
        yield dialog.words.say("summary", limit, value=value)


def _connection_lines(dialog: Dialog) -> Iterator[str]:
    if dialog.rules.get(CONF_STAYS_CONNECTED):
        yield dialog.words.say("summary", "stays_connected")
