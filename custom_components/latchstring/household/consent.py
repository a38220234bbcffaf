"""The owner's consent: what is switched on, and for which source, in one private store.

Memory changes first and the disk follows, so that closing never waits. A store that cannot be written when something
closes is removed: a missing store reads as closed after the next start, an old one would read as open.

A backup brings old consent back. So the store is marked while a backup is made, and counts its saves; the count is
kept once more where no backup reaches (`rollback.py`). A store that is marked, or has another count than is kept there,
is `restored`, and nothing opens by it before its owner has reviewed it.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from .rollback import SaveCounter
from .stores import async_is_on_disk

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

STORE_VERSION: Final = 1
CONSENT_KEY: Final = f"{DOMAIN}.consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareConsent:
    """The position of one camera's sharing switch, and the fingerprint of the source it was switched on for."""

    sharing: bool = False
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubConsent:
    """The position of a hub's sharing switch, and of its cameras' by share id."""

    sharing: bool = False
    shares: dict[str, ShareConsent] = field(default_factory=dict)

    def share(self, share_id: str) -> ShareConsent:
        """Return a share's consent; a share nobody has switched is closed."""
        return self.shares.get(share_id, ShareConsent())

    def with_share(self, share_id: str, consent: ShareConsent) -> HubConsent:
        """Return this consent with another position of one share."""
        return replace(self, shares={**self.shares, share_id: consent})

    def without_share(self, share_id: str) -> HubConsent:
        """Return this consent without one share."""
        return replace(
            self,
            shares={
                key: value for key, value in self.shares.items() if key != share_id
            },
        )


class Consent:
    """The consent to every hub, by config entry id. Before `async_load` every hub is unknown, which reads as closed."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._store = _store(hass)
        self._save_counter = SaveCounter(hass)
        self._hubs: dict[str, HubConsent] = {}
        self._saves = 0
        self._in_backup = False
        self._saving = asyncio.Lock()
        self.restored = False

    async def async_load(self) -> None:
        """Load the store. What is missing, can't be read or does not parse stays unknown."""
        stored: object = None
        with suppress(HomeAssistantError, OSError):
            stored = await self._store.async_load()
        if not isinstance(stored, dict):
            return
        self._hubs = _parsed(stored.get("hubs"))
        known = await self._save_counter.async_read()
        saves = stored.get("savings")
        self._saves = saves if isinstance(saves, int) else known or 0
        self.restored = bool(
            stored.get("in_backup")
            or stored.get("restored")
            or saves != self._saves
            or known not in (saves, saves - 1)
        )

    async def async_reviewed(self) -> None:
        """Note that the owner has reviewed the consent: it counts again."""
        self.restored = False
        await self.async_save()

    async def async_mark_backup(self, *, running: bool) -> None:
        """Mark the store while a backup is made, so that a copy of it is told apart."""
        self._in_backup = running
        await self.async_save()

    def hub(self, entry_id: str) -> HubConsent | None:
        """Return the consent to a hub, or None when nothing could be loaded about it."""
        return self._hubs.get(entry_id)

    def put(self, entry_id: str, consent: HubConsent) -> None:
        """Change the consent in memory, at once. `async_save` must follow."""
        self._hubs[entry_id] = consent

    def forget(self, entry_id: str) -> None:
        """Drop a removed hub. `async_save` must follow."""
        self._hubs.pop(entry_id, None)

    async def async_save(self) -> bool:
        """Save what memory holds; return whether it is on disk. If not, no old store is left to be read."""
        async with self._saving:
            self._saves += 1
            wanted = {
                "hubs": _stored(self._hubs),
                "savings": self._saves,
                "in_backup": self._in_backup,
                "restored": self.restored,
            }
            await self._store.async_save(wanted)
            await self._save_counter.async_write(self._saves)
            if self._hass.is_stopping:
                return True
            if await async_is_on_disk(_store(self._hass), wanted):
                return True
            # Where even this fails, the save counter is ahead of what is left: it reads as `restored`.
            with suppress(OSError):
                await self._store.async_remove()
            return False


def _store(hass: HomeAssistant) -> Store[dict[str, Any]]:
    return Store(hass, STORE_VERSION, CONSENT_KEY, private=True, atomic_writes=True)


def _stored(hubs: dict[str, HubConsent]) -> dict[str, Any]:
    return {
        entry_id: {
            "sharing": hub.sharing,
            "shares": {
                key: {"sharing": share.sharing, "source": share.source}
                for key, share in hub.shares.items()
            },
        }
        for entry_id, hub in hubs.items()
    }


def _parsed(stored: object) -> dict[str, HubConsent]:
    """Read each hub by itself: one that does not parse is left out, so that it alone is closed."""
    hubs: dict[str, HubConsent] = {}
    if not isinstance(stored, dict):
        return hubs
    for entry_id, hub in stored.items():
        try:
            hubs[entry_id] = HubConsent(
                sharing=hub["sharing"] is True,
                shares={
                    key: ShareConsent(
                        sharing=share["sharing"] is True, source=share["source"]
                    )
                    for key, share in hub["shares"].items()
                },
            )
        except KeyError, TypeError, AttributeError:
            continue
    return hubs
