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

from .asking import whole_number
from .const import (
    CONF_AUTOMATIONS_MAY_OPEN,
    CONF_NOTIFY,
    CONF_OPENERS,
    CONF_SHARE_NOW_MINUTES,
)
from .openings import CAP_MINUTES
from .words import Words

NOTIFY: Final = "notify"
PHONE_PREFIX: Final = "mobile_app_"

DEFAULT_PEOPLE: Final[Mapping[str, Any]] = {
    CONF_NOTIFY: [],
    CONF_OPENERS: [],
    CONF_AUTOMATIONS_MAY_OPEN: False,
    CONF_SHARE_NOW_MINUTES: 15,
}
"""Nobody but admins opens, until the owner says so."""


async def people_schema(hass: HomeAssistant, chosen: Mapping[str, Any]) -> vol.Schema:
    """Give the questions, filled in with what is chosen already."""
    people = {**DEFAULT_PEOPLE, **chosen}
    offered = {
        CONF_NOTIFY: _phones(hass, people[CONF_NOTIFY]),
        CONF_OPENERS: await _users(hass, people[CONF_OPENERS]),
    }
    several = {
        vol.Optional(key, default=_still_offered(people[key], options)): _several(
            options
        )
        for key, options in offered.items()
    }
    automations = vol.Required(
        CONF_AUTOMATIONS_MAY_OPEN, default=people[CONF_AUTOMATIONS_MAY_OPEN]
    )
    minutes = vol.Required(
        CONF_SHARE_NOW_MINUTES, default=people[CONF_SHARE_NOW_MINUTES]
    )
    return vol.Schema(
        {
            **several,
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
        "phones": _phones(hass, people[CONF_NOTIFY]),
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


def _services(hass: HomeAssistant) -> list[str]:
    services = hass.services.async_services_for_domain(NOTIFY)
    return sorted(name for name in services if name.startswith(PHONE_PREFIX))


def _phones(hass: HomeAssistant, chosen: list[str]) -> list[SelectOptionDict]:
    """Give the phones there are, and those chosen that are away for the moment."""
    names = dict.fromkeys([*_services(hass), *chosen])
    return [
        SelectOptionDict(
            value=name, label=name.removeprefix(PHONE_PREFIX).replace("_", " ")
        )
        for name in names
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
