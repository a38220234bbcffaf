"""Migration of a hub's config entry: for each version, the steps to the next one.

An entry of a newer version stays closed. One that could not be migrated is left as it was, and is tried again.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from homeassistant.exceptions import ConfigEntryNotReady
from jwt.exceptions import InvalidKeyError

from ..const import DOMAIN
from ..household.household import HOUSEHOLD_KEY
from ..household.hub_keys import KeysNotKept
from ..hub.keys import HubKeys
from ..tracking.phone_registrations import migrated_phones

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

VERSION: Final = 2

type MigrationStep = Callable[
    [HomeAssistant, ConfigEntry], Awaitable[Mapping[str, Any]]
]
"""Returns the changes of an entry: its data, or its options."""


async def async_migrate(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Migrate an entry to the current version; return whether it has that. Raises ConfigEntryNotReady to try again."""
    while entry.version in STEPS:
        changes: dict[str, Any] = {}
        for step in STEPS[entry.version]:
            changes |= await step(hass, entry)
        hass.config_entries.async_update_entry(
            entry, version=entry.version + 1, **changes
        )
    return entry.version == VERSION


async def _move_keys(hass: HomeAssistant, entry: ConfigEntry) -> Mapping[str, Any]:
    """Move the hub's keys to their own store, before they leave the entry. Keys that do not parse are lost."""
    data = dict(entry.data)
    # Besides InvalidKeyError: whatever else than keys may be stored there.
    with suppress(InvalidKeyError, KeyError, TypeError, ValueError):
        keys = HubKeys.from_data(data.pop("keys"))
        try:
            await hass.data[HOUSEHOLD_KEY].hub_keys.async_keep(entry.entry_id, keys)
        except KeysNotKept as err:
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN, translation_key="keys_not_kept"
            ) from err
    return {"data": data}


async def _find_phones(hass: HomeAssistant, entry: ConfigEntry) -> Mapping[str, Any]:
    """Store the registration of each phone, which stays when the phone is renamed."""
    return {"options": migrated_phones(hass, entry.options)}


STEPS: Final[Mapping[int, tuple[MigrationStep, ...]]] = {1: (_move_keys, _find_phones)}
