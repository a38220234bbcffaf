"""Rekeying: a hub goes on under new keys, once its log is over.

The hub has to be told first. Of the two ways to wait for that, going on under the old keys and staying closed, the
first is worse: a copy of this home has them too, and nobody could tell which of both opens.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_COUNTERSIGNATURE,
    CONF_RECEIPT,
    CONF_SUCCESSION,
    DOMAIN,
    ISSUE_KEYS_UNTOLD,
)
from ..core.entries import Actor, EpochCause, KeysChanged
from ..core.errors import PairingError, PairingProblem
from ..core.receipt import LogEnd, log_origin, pins
from ..household.hub_keys import KeysLost, KeysNotKept, holders_of
from ..hub.keys import HubKeys
from ..hub.pairing import Predecessor
from ..hub.timing import AttemptTiming, Backoff
from ..internals import async_unloaded
from ..issues import async_hide, async_show
from ..record import Head, NotRecorded
from ..settings.hub import accepted_offer, home_id_of, is_proven, log_of
from .agreement import HubAddress, accept, read_offer

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from ..core.pairing import Discovery, Invitation
    from ..household.household import Household

RENEWED: Final = (CONF_RECEIPT, CONF_COUNTERSIGNATURE, CONF_SUCCESSION)
"""The data of an entry that is renewed. What was accepted, when and by whom, stays as it was."""

KEYS_UNKNOWN: Final = frozenset(
    {PairingProblem.HOME_UNKNOWN, PairingProblem.RECEIPT_INVALID}
)
"""The problems of a hub that does not know the old keys: it has forgotten them, or moved to another address."""

OLD_KEYS_KEPT: Final = timedelta(minutes=1)
"""How long old keys are kept: an entry is on disk a second after it changed, and only then names the new ones."""


class Rekeying:
    """Tells one hub of this home's new keys, as often as it takes."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        *,
        household: Household,
        on_agreement_changed: Callable[[Discovery], None],
        on_unreached: Callable[[PairingProblem], None],
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        """`spawn` starts a task that ends with the config entry."""
        self._hass = hass
        self._entry = entry
        self._household = household
        self._on_agreement_changed = on_agreement_changed
        self._on_unreached = on_unreached
        self._spawn = spawn

    @property
    def is_due(self) -> bool:
        """Return whether the hub's log is over, and the owner has reviewed the consent."""
        restored = self._household.consent.restored
        return (
            not restored and self._household.record.log(self._entry.entry_id).is_closed
        )

    @callback
    def start(self) -> None:
        """Start telling the hub; the entry is reloaded once it has signed."""
        self._spawn(self._run(), "latchstring rekeying")

    @callback
    def hide_issue(self) -> None:
        """Hide the repair: the hub has signed, or the entry is unloaded."""
        async_hide(self._hass, ISSUE_KEYS_UNTOLD, self._entry)

    async def _run(self) -> None:
        backoff = Backoff(AttemptTiming())
        while not await self._async_try():
            self._show()
            await asyncio.sleep(backoff.next())
        self.hide_issue()

    async def _async_try(self) -> bool:
        """Return whether there is nothing left to try."""
        try:
            accepted = await self._async_tell()
        except PairingError as error:
            self._on_unreached(error.problem)
            if error.problem is not PairingProblem.HOME_UNKNOWN:
                return False
            self._entry.async_start_reauth(self._hass)
            return True
        except NotRecorded, KeysNotKept:
            return False
        renewed = {name: accepted[name] for name in RENEWED}
        self._hass.config_entries.async_update_entry(
            self._entry, data={**self._entry.data, **renewed}
        )
        self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return True

    async def _async_tell(self) -> dict[str, Any]:
        """Have the hub sign for the new keys: the same ones each time, as an answer may have been lost."""
        address = HubAddress.paired(self._entry)
        offer = await read_offer(address)
        if pins(offer) != pins(accepted_offer(self._entry)):
            self._on_agreement_changed(offer)
            raise PairingError(PairingProblem.AGREEMENT_CHANGED)
        keys, predecessor = await async_next_keys(
            self._entry, self._household, offer.hub_id, EpochCause.RESTORED
        )
        return await accept(
            address,
            offer,
            keys,
            accepted_by=None,  # who accepted it is not RENEWED
            invitation=None,
            predecessor=predecessor,
        )

    def _show(self) -> None:
        async_show(self._hass, ISSUE_KEYS_UNTOLD, self._entry, hub=self._entry.title)


async def async_end_log(
    entry: ConfigEntry, household: Household, cause: EpochCause
) -> tuple[HubKeys | None, Head]:
    """End the hub log, and return the keys it ends with, None if they are lost.

    Raises NotRecorded, KeysUnreadable.
    """
    keys: HubKeys | None = None
    await household.hub_keys.async_load()
    with suppress(KeysLost):
        keys = household.hub_keys.of(entry)
    # Keys that are used for nothing else, as those of this log are lost.
    household.record.add_log(log_of(entry, keys or HubKeys.generate()))
    return keys, await household.record.log(entry.entry_id).close_epoch(cause)


async def async_end_logs(
    hass: HomeAssistant, household: Household, cause: EpochCause
) -> None:
    """End the log of every hub, and delete keys that no hub has signed for yet: a copy of this home may have them.

    Raises NotRecorded, KeysNotKept, KeysUnreadable.
    """
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    await household.hub_keys.async_keep_named({home_id_of(each) for each in entries})
    for entry in entries:
        await async_end_log(entry, household, cause)


async def async_next_keys(
    entry: ConfigEntry, household: Household, hub_id: str, cause: EpochCause
) -> tuple[HubKeys, Predecessor | None]:
    """End the hub log, and return the keys to go on with: the same ones each time, until they count.

    They are stored before the hub is told, and an answer may have been lost. They are for the hub of this id alone: who
    invites may be another one than the owner takes it for, and two hubs never see the same home.
    Raises NotRecorded, KeysNotKept.
    """
    old, ended = await async_end_log(entry, household, cause)
    new = await household.hub_keys.async_next(
        hub_id, epoch=ended.epoch + 1, instead_of=entry
    )
    if old is None:
        return new, None
    return new, Predecessor(keys=old, ended=_log_end(old, ended))


async def async_pair_anew(
    entry: ConfigEntry,
    household: Household,
    hub: HubAddress,
    offer: Discovery,
    *,
    accepted_by: str | None,
    invitation: Invitation,
) -> dict[str, Any]:
    """Have a paired hub sign for new keys, so that nobody can connect to it by the old ones any more.

    The invitation is for a hub that does not know the old keys, or that is not proven to be the same: to another hub
    the old keys would show which home this is. Raises PairingError, NotRecorded, KeysNotKept.
    """
    keys, predecessor = await async_next_keys(
        entry, household, offer.hub_id, EpochCause.KEYS_CHANGED
    )
    if predecessor is not None and is_proven(entry, offer):
        try:
            return await accept(
                hub,
                offer,
                keys,
                accepted_by=accepted_by,
                invitation=None,
                predecessor=predecessor,
            )
        except PairingError as error:
            if error.problem not in KEYS_UNKNOWN:
                raise
    return await accept(
        hub, offer, keys, accepted_by=accepted_by, invitation=invitation
    )


async def async_change_keys(
    hass: HomeAssistant, entry: ConfigEntry, household: Household, actor: Actor
) -> None:
    """Cut what runs by a hub's keys, and have it sign for new ones, however long that takes.

    Raises KeysLost, KeysUnreadable, NotRecorded, and UnknownEntry where the hub was removed meanwhile.
    """
    await household.hub_keys.async_load()
    household.hub_keys.of(entry)
    async with async_unloaded(hass, entry):
        await household.log.append(
            KeysChanged(actor=actor, hub=entry.entry_id),
            at=dt_util.utcnow(),
        )
        await async_end_log(entry, household, EpochCause.KEYS_CHANGED)


@callback
def async_delete_old_keys_later(
    hass: HomeAssistant, entry: ConfigEntry, household: Household
) -> CALLBACK_TYPE:
    """Delete the keys before those that count, as soon as the entry that names those is on disk for sure."""

    async def forget(_now: datetime) -> None:
        if household.record.log(entry.entry_id).is_closed:
            return  # the hub has yet to be told of others
        with suppress(KeysNotKept):
            await household.hub_keys.async_keep_only(
                home_id_of(entry), *holders_of(entry)
            )

    return async_call_later(
        hass, OLD_KEYS_KEPT, HassJob(forget, cancel_on_shutdown=True)
    )


def _log_end(keys: HubKeys, ended: Head) -> LogEnd:
    """Return the end of the log that the hub knows; the record may have another one in its place."""
    origin = log_origin(keys.log.public_key())
    if ended.origin != origin:
        return LogEnd(origin=origin, size=0, root=None)
    return LogEnd(origin=origin, size=ended.size, root=ended.root)
