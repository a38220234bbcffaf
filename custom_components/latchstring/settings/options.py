"""A hub's options: their defaults and their limits."""

from collections.abc import Mapping
from typing import Any, Final

from ..const import (
    CONF_AUTOMATIONS_MAY_OPEN,
    CONF_NOTIFY,
    CONF_OPENERS,
    CONF_PUSH_WORDS,
    CONF_SHARE_NOW_MINUTES,
)

FULL: Final = "full"
NEUTRAL: Final = "neutral"
"""The words of messages to phones."""

DEFAULT_PEOPLE: Final[Mapping[str, Any]] = {
    CONF_NOTIFY: [],
    CONF_PUSH_WORDS: FULL,
    CONF_OPENERS: [],
    CONF_AUTOMATIONS_MAY_OPEN: False,
    CONF_SHARE_NOW_MINUTES: 15,
}
"""Nobody but admins opens, until the owner says so."""

FEWEST_DAYS: Final = 30
MOST_DAYS: Final = 3650
"""For how long a record can be kept, where not for ever."""


def names_nobody(options: Mapping[str, Any]) -> bool:
    """Return whether messages to phones name nobody, because they pass through others' servers."""
    return options.get(CONF_PUSH_WORDS) == NEUTRAL
