"""The action `change_keys` of one hub."""

from typing import Final

from homeassistant.config_entries import UnknownEntry
from homeassistant.core import ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..const import ATTR_HUB, DOMAIN
from ..household.actors import async_actor
from ..household.household import HOUSEHOLD_KEY
from ..household.hub_keys import KeysLost, KeysUnreadable
from ..pairing.rekeying import async_change_keys
from ..record import NotRecorded

CHANGE_KEYS_SCHEMA: Final = vol.Schema({vol.Required(ATTR_HUB): cv.string})


async def async_change_keys_of_hub(call: ServiceCall) -> None:
    """Change the keys for a hub, so that a copy of the old ones is of no use."""
    entry = call.hass.config_entries.async_get_entry(call.data[ATTR_HUB])
    if entry is None or entry.domain != DOMAIN:
        raise _invalid("hub_not_paired")
    household = call.hass.data[HOUSEHOLD_KEY]
    if household.consent.restored:
        raise _invalid("review_first")
    try:
        await async_change_keys(
            call.hass, entry, household, await async_actor(call.hass, call.context)
        )
    except UnknownEntry as err:
        raise _invalid("hub_not_paired") from err
    except KeysLost as err:
        raise _invalid("keys_lost") from err
    except KeysUnreadable as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="keys_unread"
        ) from err
    except NotRecorded as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="record_unwritable"
        ) from err


def _invalid(key: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key)
