"""Who hears of viewers, and who may open: the questions a hub's options ask."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .asking import choice, whole_number
from .const import (
    CONF_AUTOMATIONS_MAY_OPEN,
    CONF_NOTIFY,
    CONF_OPENERS,
    CONF_PUSH_WORDS,
    CONF_SHARE_NOW_MINUTES,
)
from .openings import CAP_MINUTES
from .registrations import Phone, phone_name, phone_of, phones
from .words import Words

FULL: Final = "full"
NEUTRAL: Final = "neutral"

DEFAULT_PEOPLE: Final[Mapping[str, Any]] = {
    CONF_NOTIFY: [],
    CONF_PUSH_WORDS: FULL,
    CONF_OPENERS: [],
    CONF_AUTOMATIONS_MAY_OPEN: False,
    CONF_SHARE_NOW_MINUTES: 15,
}
"""Nobody but admins opens, until the owner says so."""


def names_nobody(options: Mapping[str, Any]) -> bool:
    """Return whether phones are told in words that could be anybody's, because they pass through others' servers."""
    return options.get(CONF_PUSH_WORDS) == NEUTRAL


async def people_schema(hass: HomeAssistant, chosen: Mapping[str, Any]) -> vol.Schema:
    """Give the questions, filled in with what is chosen already."""
    people = {**DEFAULT_PEOPLE, **chosen}
    said = await Words.load(hass)

    def several(key: str, options: list[SelectOptionDict]) -> dict[vol.Marker, Any]:
        chosen = _still_offered(people[key], options)
        return {vol.Optional(key, default=chosen): _several(options)}

    words = vol.Required(CONF_PUSH_WORDS, default=people[CONF_PUSH_WORDS])
    automations = vol.Required(
        CONF_AUTOMATIONS_MAY_OPEN, default=people[CONF_AUTOMATIONS_MAY_OPEN]
    )
    minutes = vol.Required(
        CONF_SHARE_NOW_MINUTES, default=people[CONF_SHARE_NOW_MINUTES]
    )
    return vol.Schema(
        {
            **several(CONF_NOTIFY, _phones(hass, people[CONF_NOTIFY], said)),
            words: choice([FULL, NEUTRAL], CONF_PUSH_WORDS),
            **several(CONF_OPENERS, await _users(hass, people[CONF_OPENERS])),
            automations: BooleanSelector(),
            minutes: whole_number(1, CAP_MINUTES, "min"),
        }
    )


def _still_offered(chosen: list[str], options: list[SelectOptionDict]) -> list[str]:
    values = {option["value"] for option in options}
    return [value for value in chosen if value in values]


async def people_placeholders(
    hass: HomeAssistant, chosen: Mapping[str, Any]
) -> dict[str, str]:
    """Say so where there is no phone or nobody to choose."""
    words = await Words.load(hass)
    people = {**DEFAULT_PEOPLE, **chosen}
    offered = {
        "phones": _phones(hass, people[CONF_NOTIFY], words),
        "users": await _users(hass, people[CONF_OPENERS]),
    }
    return {
        f"no_{kind}": "" if options else words.say("missing", kind)
        for kind, options in offered.items()
    }


def _several(options: list[SelectOptionDict]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=options, multiple=True, mode=SelectSelectorMode.LIST
        )
    )


def called(phone: Phone, words: Words) -> str:
    """Return what a phone is called, also where nobody knows that any more."""
    return phone.name or words.say("phone", "nameless")


def _phones(
    hass: HomeAssistant, chosen: list[str], words: Words
) -> list[SelectOptionDict]:
    """Give the phones there are, and those chosen that are there no more."""
    names = {each.entry_id: phone_name(each) for each in phones(hass)}
    gone = {
        key: called(phone_of(hass, key), words) for key in chosen if key not in names
    }
    return [
        SelectOptionDict(value=key, label=name) for key, name in (names | gone).items()
    ]


async def _users(hass: HomeAssistant, chosen: list[str]) -> list[SelectOptionDict]:
    """Give whom the owner can name: admins may anyway, and stay named if they were."""
    return [
        SelectOptionDict(value=user.id, label=user.name or user.id)
        for user in await hass.auth.async_get_users()
        if not user.system_generated
        and user.is_active
        and (not user.is_admin or user.id in chosen)
    ]
