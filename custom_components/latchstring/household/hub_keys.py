"""The keys by which each hub knows this home, in one private store.

The receipt in a hub's config entry names the keys that count. So keys can be kept before anybody is told of them: once
a hub has signed for them they are here, whatever happens before its entry says so too.
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


class KeysUnread(KeysNotKept):
    """The store can't be read, so that nobody knows whether the keys are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Keys, and whose they are: a config entry's, by its id, or still only the hub's that they are for, by its.

    A hub's are told to that hub and to no other, until they count; an entry's have counted, and are told to nobody.
    """

    keys: HubKeys
    holder: str


class HubKeyStore:
    """What is lost here is made anew by nobody: the hub stays closed until its owner comes with another invitation."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Hold nothing yet; see `async_load`."""
        self._hass = hass
        self._store = _store(hass)
        self._held: Mapping[str, Held] = {}
        self._saving = asyncio.Lock()
        self._is_readable = False

    async def async_load(self) -> None:
        """Read the store, unless that was done. What is missing or does not parse is held by nobody."""
        async with self._saving:
            await self._async_read()

    async def _async_read(self) -> None:
        if self._is_readable:
            return
        with suppress(HomeAssistantError, OSError):
            self._held = _parsed(await self._store.async_load())
            self._is_readable = True

    def of(self, entry: ConfigEntry) -> HubKeys:
        """Return the keys by which a hub knows this home. Raises KeysLost, and KeysUnread."""
        if not self._is_readable:
            raise KeysUnread
        if (held := self._held.get(home_id_of(entry))) is None:
            raise KeysLost
        return held.keys

    async def async_next(
        self, hub_id: str, *, epoch: int, instead_of: ConfigEntry | None = None
    ) -> HubKeys:
        """Return what a hub is to be told next, kept by now: the same ones until they count. Raises KeysNotKept.

        `instead_of` is the pairing that goes on under them; those that count for it now are never told again.
        """
        pending = self._pending(hub_id)
        keys = replace(pending or HubKeys.generate(), epoch=epoch)
        held = Held(keys=keys, holder=hub_id)
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
        """Keep keys beside all others. Raises KeysNotKept."""
        held = Held(keys=keys, holder=holder)
        await self._async_save(lambda kept: {**kept, keys.home_id: held})

    async def async_keep_only(self, home_id: str | None, *holders: str) -> None:
        """Throw away what these held beside one home; the first of them holds that from now on. Raises KeysNotKept."""
        await self._async_save(
            lambda kept: {
                name: replace(each, holder=holders[0]) if name == home_id else each
                for name, each in kept.items()
                if name == home_id or each.holder not in holders
            }
        )

    async def async_keep_named(self, home_ids: Collection[str]) -> None:
        """Throw away what no hub is known to have been told of. Raises KeysNotKept."""
        await self._async_save(
            lambda kept: {name: each for name, each in kept.items() if name in home_ids}
        )

    async def _async_save(
        self, change: Callable[[Mapping[str, Held]], Mapping[str, Held]]
    ) -> None:
        """Hold what is changed once it can be read again: `Store` logs a failed write and goes on."""
        async with self._saving:
            await self._async_read()
            if not self._is_readable:
                raise KeysUnread
            if (held := change(self._held)) == self._held:
                return
            wanted = _stored(held)
            await self._store.async_save(wanted)
            if not await self._async_is_kept(wanted):
                raise KeysNotKept
            self._held = held

    async def _async_is_kept(self, wanted: Mapping[str, Any]) -> bool:
        try:
            return await _store(self._hass).async_load() == wanted
        except HomeAssistantError, OSError:
            return False


def _claimed(kept: Mapping[str, Held], entry: ConfigEntry | None) -> Mapping[str, Held]:
    """Return what is kept, with the keys that count for an entry as its own."""
    if entry is None or (held := kept.get(home_id_of(entry))) is None:
        return kept
    return {**kept, home_id_of(entry): replace(held, holder=entry.entry_id)}


def holders_of(entry: ConfigEntry) -> tuple[str, str]:
    """Return by what names keys are held for a hub: its entry's, and its own for those that did not count yet."""
    return entry.entry_id, entry.unique_id or ""


def _store(hass: HomeAssistant) -> Store[dict[str, Any]]:
    return Store(hass, STORE_VERSION, HUBS_KEY, private=True, atomic_writes=True)


def _stored(held: Mapping[str, Held]) -> dict[str, Any]:
    return {
        CONF_HOMES: {
            home_id: {CONF_HOLDER: each.holder, **each.keys.to_data()}
            for home_id, each in held.items()
        }
    }


def _parsed(stored: Any) -> dict[str, Held]:
    """Read the keys of each home by themselves: where they do not parse, that hub alone is closed."""
    held: dict[str, Held] = {}
    homes = stored.get(CONF_HOMES) if isinstance(stored, dict) else None
    for home_id, each in (homes if isinstance(homes, dict) else {}).items():
        with suppress(KeyError, TypeError, ValueError, AttributeError, InvalidKeyError):
            keys = HubKeys.from_data(each)
            if keys.home_id == home_id:
                held[home_id] = Held(keys=keys, holder=str(each[CONF_HOLDER]))
    return held
