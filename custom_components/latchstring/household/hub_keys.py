"""The keys by which each hub knows this home, in one private store.

The receipt in a hub's config entry names the keys that count. So keys can be stored before any hub is sent them: once a
hub has signed for them they are here, whatever happens before its entry names them.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from jwt.exceptions import InvalidKeyError

from ..const import DOMAIN
from ..hub.keys import HubKeys
from ..settings.hub import home_id_of
from .stores import async_is_on_disk

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

STORE_VERSION: Final = 1
HUBS_KEY: Final = f"{DOMAIN}.hubs"
CONF_HOLDER: Final = "holder"
CONF_HOMES: Final = "homes"


class KeysLost(Exception):
    """The keys by which a hub knows this home are not here."""


class KeysNotKept(Exception):
    """The keys are not on disk, so that nothing may rely on them."""


class KeysUnreadable(KeysNotKept):
    """The store can't be read, so that nobody knows whether the keys are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKeys:
    """Keys, and their holder: the id of a config entry, or still the id of the hub that they are for.

    A hub's are sent to that hub and to no other, until they count; an entry's have counted, and are sent to nobody.
    """

    keys: HubKeys
    holder: str


class HubKeyStore:
    """The keys of all hubs. Lost ones are not replaced: the hub stays closed until its owner has another invitation."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._store = _store(hass)
        self._held: Mapping[str, HeldKeys] = {}
        self._saving = asyncio.Lock()
        self._is_readable = False

    async def async_load(self) -> None:
        """Load the store, unless that was done. What is missing or does not parse counts as lost."""
        async with self._saving:
            await self._async_read()

    async def _async_read(self) -> None:
        if self._is_readable:
            return
        with suppress(HomeAssistantError, OSError):
            self._held = _parsed(await self._store.async_load())
            self._is_readable = True

    def of(self, entry: ConfigEntry) -> HubKeys:
        """Return the keys by which a hub knows this home. Raises KeysLost, and KeysUnreadable."""
        if not self._is_readable:
            raise KeysUnreadable
        if (held := self._held.get(home_id_of(entry))) is None:
            raise KeysLost
        return held.keys

    async def async_next(
        self, hub_id: str, *, epoch: int, instead_of: ConfigEntry | None = None
    ) -> HubKeys:
        """Return the next keys to send a hub, stored by now: the same ones until they count. Raises KeysNotKept.

        `instead_of` is the pairing that goes on under them; those that count for it now are never sent again.
        """
        pending = self._pending(hub_id)
        keys = replace(pending or HubKeys.generate(), epoch=epoch)
        held = HeldKeys(keys=keys, holder=hub_id)
        await self._async_save(
            lambda kept: {**_claimed(kept, instead_of), keys.home_id: held}
        )
        return keys

    def _pending(self, hub_id: str) -> HubKeys | None:
        """Return the keys that a hub may have signed for, though no entry names them: its answer may have been lost."""
        entries = self._hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        named = set(map(home_id_of, entries))
        return next(
            (
                held.keys
                for home_id, held in self._held.items()
                if held.holder == hub_id and home_id not in named
            ),
            None,
        )

    async def async_keep(self, holder: str, keys: HubKeys) -> None:
        """Store keys beside all others. Raises KeysNotKept."""
        held = HeldKeys(keys=keys, holder=holder)
        await self._async_save(lambda kept: {**kept, keys.home_id: held})

    async def async_keep_only(self, home_id: str | None, *holders: str) -> None:
        """Delete what these hold but for one home; the first of them holds that from now on. Raises KeysNotKept."""
        await self._async_save(
            lambda kept: {
                name: replace(each, holder=holders[0]) if name == home_id else each
                for name, each in kept.items()
                if name == home_id or each.holder not in holders
            }
        )

    async def async_keep_named(self, home_ids: Collection[str]) -> None:
        """Delete all keys but those of these homes, which config entries name. Raises KeysNotKept."""
        await self._async_save(
            lambda kept: {name: each for name, each in kept.items() if name in home_ids}
        )

    async def _async_save(
        self, change: Callable[[Mapping[str, HeldKeys]], Mapping[str, HeldKeys]]
    ) -> None:
        """Apply a change once it is on disk."""
        async with self._saving:
            await self._async_read()
            if not self._is_readable:
                raise KeysUnreadable
            if (held := change(self._held)) == self._held:
                return
            wanted = _stored(held)
            await self._store.async_save(wanted)
            if not await async_is_on_disk(_store(self._hass), wanted):
                raise KeysNotKept
            self._held = held


def _claimed(
    kept: Mapping[str, HeldKeys], entry: ConfigEntry | None
) -> Mapping[str, HeldKeys]:
    """Return the stored keys, where those that count for an entry are held by it."""
    if entry is None or (held := kept.get(home_id_of(entry))) is None:
        return kept
    return {**kept, home_id_of(entry): replace(held, holder=entry.entry_id)}


def holders_of(entry: ConfigEntry) -> tuple[str, str]:
    """Return the holders of a hub's keys: its entry, and the hub itself for keys that do not count yet."""
    return entry.entry_id, entry.unique_id or ""


def _store(hass: HomeAssistant) -> Store[dict[str, Any]]:
    return Store(hass, STORE_VERSION, HUBS_KEY, private=True, atomic_writes=True)


def _stored(held: Mapping[str, HeldKeys]) -> dict[str, Any]:
    return {
        CONF_HOMES: {
            home_id: {CONF_HOLDER: each.holder, **each.keys.to_data()}
            for home_id, each in held.items()
        }
    }


def _parsed(stored: Any) -> dict[str, HeldKeys]:
    """Return the keys of each home: where they do not parse, that hub alone is closed."""
    held: dict[str, HeldKeys] = {}
    homes = stored.get(CONF_HOMES) if isinstance(stored, dict) else None
    for home_id, each in (homes if isinstance(homes, dict) else {}).items():
        with suppress(KeyError, TypeError, ValueError, AttributeError, InvalidKeyError):
            keys = HubKeys.from_data(each)
            if keys.home_id == home_id:
                held[home_id] = HeldKeys(keys=keys, holder=str(each[CONF_HOLDER]))
    return held
