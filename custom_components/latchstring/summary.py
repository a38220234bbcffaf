"""A share's rules in the owner's words, in a few lines."""

from collections.abc import Iterator

from .chosen import names
from .composition import Composition
from .const import CONF_ALARM_MINUTES, CONF_ALARMS, CONF_ALERTS_ANYWAY, CONF_SCHEDULE
from .core.decision import mixes, standing_openings
from .core.model import Opening
from .limits import limits_set
from .nevers import never_keys
from .questions import Dialog
from .shares import chosen_openings
from .words import bullets


def summary(dialog: Dialog) -> str:
    """Return when a camera may open, while what it never does, and to what its viewers are held, as Markdown."""
    return bullets(_lines(dialog))


def _lines(dialog: Dialog) -> Iterator[str]:
    hass, words, rules = dialog.hass, dialog.words, dialog.rules
    entities = {
        Opening.SCHEDULE: [rules.get(CONF_SCHEDULE) or ""],
        Opening.ALARM: rules.get(CONF_ALARMS, ()),
    }
    chosen = chosen_openings(rules)
    standing = standing_openings(chosen) or {Opening.OWNER}
    for opening in (each for each in Opening if each in standing):
        yield words.say(
            "summary",
            opening,
            entities=names(hass, entities.get(opening, ())),
            minutes=str(rules.get(CONF_ALARM_MINUTES, "")),
        )
    if mixes(chosen):
        yield words.say("summary", "mixed")
    if never := never_keys(rules):
        yield words.say("summary", "never", entities=names(hass, never))
        if rules.get(CONF_ALERTS_ANYWAY):
            yield words.say("summary", "never_alerts")
    named = [key for opening in standing for key in entities.get(opening, ())]
    if own := [key for key in {*named, *never} if Composition.read(hass, key).ours]:
        yield words.say("summary", "own", entities=names(hass, sorted(own)))
    for limit, value in limits_set(rules, dialog.purposes):
        yield words.say("summary", limit, value=value)
