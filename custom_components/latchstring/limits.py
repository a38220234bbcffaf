"""What a viewer who is let in is held to: the questions, and what is kept of the answers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .asking import whole_number
from .const import (
    CONF_CASE_REQUIRED,
    CONF_LIMITS,
    CONF_MINUTES,
    CONF_PURPOSES,
    CONF_SESSIONS_A_DAY,
    CONF_VIEWERS,
)
from .core.model import Limits
from .core.pairing import Purpose
from .core.text import escape_markdown

USUAL: Final = Limits()
MOST_SESSIONS_A_DAY: Final = 1000


def limits_schema(purposes: Iterable[Purpose]) -> vol.Schema:
    """Ask, with the purposes that the hub's agreement names."""
    options = [
        SelectOptionDict(value=each.purpose, label=each.label) for each in purposes
    ]
    return vol.Schema(
        {
            vol.Required(CONF_VIEWERS): whole_number(1, USUAL.viewers),
            vol.Required(CONF_MINUTES): whole_number(1, USUAL.minutes, "min"),
            vol.Optional(CONF_SESSIONS_A_DAY): whole_number(1, MOST_SESSIONS_A_DAY),
            vol.Required(CONF_CASE_REQUIRED): BooleanSelector(),
            vol.Optional(CONF_PURPOSES): SelectSelector(
                SelectSelectorConfig(
                    options=options, multiple=True, mode=SelectSelectorMode.LIST
                )
            ),
        }
    )


def limits_shown(
    rules: Mapping[str, Any], purposes: Iterable[Purpose]
) -> dict[str, Any]:
    """Give what is chosen, without purposes that the agreement no longer names."""
    limits = rules.get(CONF_LIMITS) or {}
    accepted = limits.get(CONF_PURPOSES)
    return {
        CONF_VIEWERS: limits.get(CONF_VIEWERS, USUAL.viewers),
        CONF_MINUTES: limits.get(CONF_MINUTES, USUAL.minutes),
        CONF_SESSIONS_A_DAY: limits.get(CONF_SESSIONS_A_DAY),
        CONF_CASE_REQUIRED: limits.get(CONF_CASE_REQUIRED, USUAL.case_required),
        CONF_PURPOSES: [
            each.purpose
            for each in purposes
            if accepted is None or each.purpose in accepted
        ],
    }


def limits_from(
    answers: Mapping[str, Any], purposes: Iterable[Purpose]
) -> dict[str, Any]:
    """Keep the answers. All purposes are kept as all there are, not as a list of those of today."""
    are_all = set(answers[CONF_PURPOSES]) == {each.purpose for each in purposes}
    return {
        CONF_LIMITS: {
            **answers,
            CONF_SESSIONS_A_DAY: answers.get(CONF_SESSIONS_A_DAY),
            CONF_PURPOSES: None if are_all else list(answers[CONF_PURPOSES]),
        }
    }


def limits_set(
    rules: Mapping[str, Any], purposes: Iterable[Purpose]
) -> Iterator[tuple[str, str]]:
    """Give each limit that holds viewers to more than they always are, with its value as Markdown."""
    limits = rules.get(CONF_LIMITS) or {}
    for limit, usual in asdict(USUAL).items():
        if (value := limits.get(limit, usual)) != usual:
            yield (
                limit,
                _named(value, purposes) if limit == CONF_PURPOSES else str(value),
            )


def _named(accepted: Iterable[str], purposes: Iterable[Purpose]) -> str:
    """Name purposes as the agreement does; one that it no longer names, by its key."""
    labels = {each.purpose: each.label for each in purposes}
    return ", ".join(escape_markdown(labels.get(each, each)) for each in accepted)
