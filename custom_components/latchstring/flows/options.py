"""A hub's options flow: who is notified of viewers, who may open, how long the record is kept."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
)
import voluptuous as vol

from ..const import (
    CONF_AUTOMATIONS_MAY_OPEN,
    CONF_KEEP_DAYS,
    CONF_NOTIFY,
    CONF_OPENERS,
    CONF_PUSH_WORDS,
    CONF_SHARE_NOW_MINUTES,
)
from ..localize import Sentences
from ..rules.timed_openings import CAP_MINUTES
from ..settings.options import DEFAULT_PEOPLE, FEWEST_DAYS, FULL, MOST_DAYS, NEUTRAL
from ..tracking.phone_registrations import phone_name, phone_of, phones
from .selectors import choice, several_of, whole_number


async def people_schema(hass: HomeAssistant, chosen: Mapping[str, Any]) -> vol.Schema:
    """Return the form's fields, filled in with the current options."""
    people = {**DEFAULT_PEOPLE, **chosen}
    sentences = await Sentences.load(hass)

    def several(key: str, options: list[SelectOptionDict]) -> dict[vol.Marker, Any]:
        chosen = _available(people[key], options)
        return {vol.Optional(key, default=chosen): several_of(options)}

    words = vol.Required(CONF_PUSH_WORDS, default=people[CONF_PUSH_WORDS])
    automations = vol.Required(
        CONF_AUTOMATIONS_MAY_OPEN, default=people[CONF_AUTOMATIONS_MAY_OPEN]
    )
    minutes = vol.Required(
        CONF_SHARE_NOW_MINUTES, default=people[CONF_SHARE_NOW_MINUTES]
    )
    return vol.Schema(
        {
            **several(CONF_NOTIFY, _phones(hass, people[CONF_NOTIFY], sentences)),
            words: choice([FULL, NEUTRAL], CONF_PUSH_WORDS),
            **several(CONF_OPENERS, await _users(hass, people[CONF_OPENERS])),
            automations: BooleanSelector(),
            minutes: whole_number(1, CAP_MINUTES, "min"),
        }
    )


def keep_days_field(options: Mapping[str, Any]) -> dict[vol.Optional, Any]:
    """Return the field for how many days the record is kept; empty: for ever."""
    chosen = {"suggested_value": options.get(CONF_KEEP_DAYS)}
    field = vol.Optional(CONF_KEEP_DAYS, description=chosen)
    return {field: whole_number(FEWEST_DAYS, MOST_DAYS, "d")}


def _available(chosen: list[str], options: list[SelectOptionDict]) -> list[str]:
    values = {option["value"] for option in options}
    return [value for value in chosen if value in values]


async def people_placeholders(
    hass: HomeAssistant, chosen: Mapping[str, Any]
) -> dict[str, str]:
    """Return the placeholders that say that there is no phone or no user to choose."""
    words = await Sentences.load(hass)
    people = {**DEFAULT_PEOPLE, **chosen}
    offered = {
        "phones": _phones(hass, people[CONF_NOTIFY], words),
        "users": await _users(hass, people[CONF_OPENERS]),
    }
    return {
        f"no_{kind}": "" if options else words.say("missing", kind)
        for kind, options in offered.items()
    }


def _phones(
    hass: HomeAssistant, chosen: list[str], words: Sentences
) -> list[SelectOptionDict]:
    """Return the registered phones, and those chosen that are no longer registered."""
    names = {each.entry_id: phone_name(each) for each in phones(hass)}
    gone = {key: phone_of(hass, key).label(words) for key in chosen if key not in names}
    return [
        SelectOptionDict(value=key, label=name) for key, name in (names | gone).items()
    ]


async def _users(hass: HomeAssistant, chosen: list[str]) -> list[SelectOptionDict]:
    """Return the users that can be chosen: admins may open anyway, and stay chosen if they were."""
    return [
        SelectOptionDict(value=user.id, label=user.name or user.id)
        for user in await hass.auth.async_get_users()
        if not user.system_generated
        and user.is_active
        and (not user.is_admin or user.id in chosen)
    ]


class HubOptionsFlow(OptionsFlow):
    """Changes the options of one hub. Update listeners apply them without a reload."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask who is notified of viewers, who may open, and how long the record is kept."""
        options = self.config_entry.options
        if user_input is not None:
            return self.async_create_entry(
                data={**options, CONF_KEEP_DAYS: None, **user_input}
            )
        people = await people_schema(self.hass, options)
        return self.async_show_form(
            step_id="init",
            data_schema=people.extend(keep_days_field(options)),
            description_placeholders=await people_placeholders(self.hass, options),
            last_step=True,
        )
