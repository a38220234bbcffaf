"""The phones there are, each by its registration with Home Assistant's app, which stays when the phone is renamed.

An action that sends to a phone is called by the phone's name. Where two phones have one name, Home Assistant sends to
whichever registered last, so that action is nobody's: it could be a stranger's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, Platform
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import slugify

from ..const import CONF_NOTIFY

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from ..localize import Sentences

NOTIFY: Final = "notify"
MOBILE_APP: Final = "mobile_app"
PHONE_PREFIX: Final = f"{MOBILE_APP}_"
DEVICE_NAME: Final = "device_name"
"""Where a registration keeps what the phone is called now."""

APPLE: Final = "Apple"
"""The manufacturer of the phones that ask to be unlocked before they answer."""


class PhoneProblem(StrEnum):
    """Why a phone gets no messages, or not all."""

    GONE = "gone"
    AWAY = "away"
    NAMESAKE = "namesake"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One phone as it can be reached now.

    `action` sends to it and to no other phone, with buttons; `entity_id` does too, but takes nothing but words. A phone
    that is gone may have no `name` any more.
    """

    key: str
    name: str | None
    action: str | None = None
    entity_id: str | None = None
    problem: PhoneProblem | None = None
    is_unlocked_to_answer: bool = False

    @property
    def is_reached(self) -> bool:
        """Return whether there is any way to send it a message."""
        return self.action is not None or self.entity_id is not None

    def label(self, words: Sentences) -> str:
        """Return its name, or the words for a phone whose name is not known any more."""
        return self.name or words.say("phone", "nameless")


def phones(hass: HomeAssistant) -> list[ConfigEntry]:
    """Return the registrations of all phones, by name."""
    return sorted(hass.config_entries.async_entries(MOBILE_APP), key=phone_name)


def phone_name(registration: ConfigEntry) -> str:
    """Return the name of a phone."""
    return str(registration.data.get(DEVICE_NAME, registration.title))


def phone_of(hass: HomeAssistant, key: str) -> Phone:
    """Return the phone of a key: of its registration's id, or of a name, which older versions stored."""
    registration = _registration(hass, key)
    if registration is None:
        name = key.removeprefix(PHONE_PREFIX).replace("_", " ")
        return Phone(
            key=key,
            name=name if key.startswith(PHONE_PREFIX) else None,
            problem=PhoneProblem.GONE,
        )
    phone = Phone(
        key=key,
        name=phone_name(registration),
        is_unlocked_to_answer=_is_unlocked_to_answer(hass, registration),
    )
    action = action_name(registration)
    if len(_called(hass, action)) > 1:
        entity_id = _entity_of(hass, registration)
        return replace(phone, entity_id=entity_id, problem=PhoneProblem.NAMESAKE)
    is_loaded = registration.state is ConfigEntryState.LOADED
    if action and is_loaded and hass.services.has_service(NOTIFY, action):
        return replace(phone, action=action)
    return replace(phone, problem=PhoneProblem.AWAY)


def action_name(registration: ConfigEntry) -> str | None:
    """Return the name of the action that sends to a phone, which Home Assistant makes of the phone's name."""
    name = registration.data.get(DEVICE_NAME)
    return slugify(f"{PHONE_PREFIX}{name}") if name else None


def migrated_phones(hass: HomeAssistant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options that name phones by registration, which an earlier version named by their action.

    A name that is nobody's, or of two phones, is kept as it is: its phone counts as gone, which a repair says.
    """
    return {
        **options,
        CONF_NOTIFY: [
            found[0].entry_id if len(found := _called(hass, name)) == 1 else name
            for name in options.get(CONF_NOTIFY, ())
        ],
    }


def _registration(hass: HomeAssistant, key: str) -> ConfigEntry | None:
    entry = hass.config_entries.async_get_entry(key)
    return entry if entry is not None and entry.domain == MOBILE_APP else None


def _called(hass: HomeAssistant, action: str | None) -> list[ConfigEntry]:
    """Return the phones that an action of this name may send to, also those that are not set up now."""
    return [each for each in phones(hass) if action_name(each) == action]


def _entity_of(hass: HomeAssistant, registration: ConfigEntry) -> str | None:
    """Return the entity that sends words to this phone."""
    entities = er.async_entries_for_config_entry(
        er.async_get(hass), registration.entry_id
    )
    return next(
        (
            each.entity_id
            for each in entities
            if each.domain == Platform.NOTIFY and _is_there(hass, each.entity_id)
        ),
        None,
    )


def _is_there(hass: HomeAssistant, entity_id: str) -> bool:
    state = hass.states.get(entity_id)
    return state is not None and state.state != STATE_UNAVAILABLE


def _is_unlocked_to_answer(hass: HomeAssistant, registration: ConfigEntry) -> bool:
    """Return whether a phone is unlocked before a button on its lock screen counts."""
    devices = dr.async_entries_for_config_entry(
        dr.async_get(hass), registration.entry_id
    )
    return bool(devices) and all(each.manufacturer == APPLE for each in devices)
