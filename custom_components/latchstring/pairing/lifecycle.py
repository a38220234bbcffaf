"""The first and the last of a hub: where its log and the consent to it begin, and where they end."""

from functools import partial
import logging
from typing import TYPE_CHECKING

from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_ACCEPTED_AT,
    CONF_COUNTERSIGNATURE,
    CONF_HUB_SUCCESSIONS,
    CONF_RECEIPT,
    CONF_SUCCESSION,
    DOMAIN,
    ISSUE_KEYS_LOST,
    ISSUE_STORE_UNREADABLE,
)
from ..core.canonical import parse_rfc3339
from ..core.entries import AgreementAccepted, Paired, Unpaired
from ..core.pairing import agreement_document
from ..household.consent import HubConsent
from ..household.hub_keys import KeysLost, KeysNotKept, KeysUnreadable, holders_of
from ..issues import async_hide, async_show
from ..record import NotRecorded, RecordUnreadable, StoredEntry
from ..settings.hub import accepted_offer, keys_of, log_of
from .unpairing import async_part

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from ..core.entries import Actor
    from ..household.household import Household
    from ..hub.keys import HubKeys
    from ..record import Log

_LOGGER = logging.getLogger(__name__)


async def async_begin(
    hass: HomeAssistant, entry: ConfigEntry, household: Household
) -> bool:
    """Begin a hub's consent and log, or go on with them; return whether they began.

    Raises ConfigEntryAuthFailed where its keys are lost, and ConfigEntryNotReady while nobody knows whether they
    are, or while a new log can't be begun.
    Consent begins with the pairing and at no other time: a log that has begun without one means that it was lost, and
    the hub stays closed until its owner has said so anew.
    """
    household.record.add_log(
        log_of(entry, await _async_keys_of(hass, entry, household))
    )
    household.check_for_rollback()
    log = household.record.log(entry.entry_id)
    try:
        known = await log.entries(kinds=("paired", "agreement_accepted"))
    except RecordUnreadable as err:
        if household.consent.hub(entry.entry_id) is None:
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN, translation_key="record_unwritable"
            ) from err
        return False
    begun = bool(known) or log.is_closed
    if not begun and household.consent.hub(entry.entry_id) is None:
        await async_begin_consent(entry, household)
    await _async_write_down(entry, log, known, begun=begun)
    if household.consent.hub(entry.entry_id) is None:
        _show_lost_consent(hass, entry)
    return not begun


async def async_begin_consent(entry: ConfigEntry, household: Household) -> None:
    """Begin with every camera closed."""
    household.consent.put(entry.entry_id, HubConsent(sharing=True))
    await household.consent.async_save()


async def async_end(
    hass: HomeAssistant, entry: ConfigEntry, household: Household, actor: Actor
) -> None:
    """Withdraw the consent to a hub that was removed, and write down who did that and, in its log, that it is over."""
    household.consent.forget(entry.entry_id)
    await household.consent.async_save()
    await household.settings_changes.async_end(entry, actor)
    try:
        await _async_say_goodbye(hass, entry, household)
    finally:
        household.record.forget_log(entry.entry_id)
        try:
            await household.hub_keys.async_keep_only(None, *holders_of(entry))
        except KeysNotKept:
            _LOGGER.warning("The keys for %s could not be removed", entry.title)
        async_hide(hass, ISSUE_KEYS_LOST, entry)


async def _async_say_goodbye(
    hass: HomeAssistant, entry: ConfigEntry, household: Household
) -> None:
    """Write down in a hub's log that it is over, and tell the hub."""
    await household.hub_keys.async_load()
    try:
        keys = household.hub_keys.of(entry)
        household.record.add_log(log_of(entry, keys))
        await household.record.log(entry.entry_id).append(
            Unpaired(hub_id=accepted_offer(entry).hub_id),
            at=dt_util.utcnow(),
        )
    except (NotRecorded, KeysLost, KeysUnreadable) as err:
        _LOGGER.warning("The removal of %s could not be recorded: %s", entry.title, err)
    else:
        await async_part(hass, entry, household, keys)


async def _async_keys_of(
    hass: HomeAssistant, entry: ConfigEntry, household: Household
) -> HubKeys:
    """Return the keys of a hub; where they are lost, only another invitation leads back to it."""
    await household.hub_keys.async_load()
    try:
        keys = household.hub_keys.of(entry)
    except KeysUnreadable as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="keys_unread"
        ) from err
    except KeysLost as err:
        async_show(hass, ISSUE_KEYS_LOST, entry, hub=entry.title)
        raise ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key="keys_lost"
        ) from err
    async_hide(hass, ISSUE_KEYS_LOST, entry)
    return keys


async def _async_write_down(
    entry: ConfigEntry, log: Log, known: list[StoredEntry], *, begun: bool
) -> None:
    """Write down the pairing, and each agreement that was accepted since, once."""
    accepted = accepted_offer(entry)
    paired = Paired(
        hub_id=accepted.hub_id,
        name=accepted.name,
        keys=keys_of(accepted),
        receipt=entry.data[CONF_RECEIPT],
        countersignature=entry.data[CONF_COUNTERSIGNATURE],
        succession=entry.data[CONF_SUCCESSION],
        hub_successions=tuple(entry.data.get(CONF_HUB_SUCCESSIONS, ())) or None,
    )
    agreement = AgreementAccepted(
        version=accepted.agreement.version, agreement=accepted.agreement.sha256
    )
    try:
        if not _stands(known, entry, "paired", receipt=paired.receipt):
            await log.append(paired, at=dt_util.utcnow())
        if not _stands(
            known, entry, "agreement_accepted", agreement=agreement.agreement
        ):
            await log.keep_agreement(
                agreement.agreement, agreement_document(accepted.agreement)
            )
            await log.append(agreement, at=dt_util.utcnow())
    except NotRecorded as err:
        if not begun:
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN, translation_key="record_unwritable"
            ) from err


def _stands(
    known: list[StoredEntry], entry: ConfigEntry, kind: str, **said: str
) -> bool:
    """Return whether this was written down; what is erased tells by its time, which is after it was accepted."""
    accepted_at = parse_rfc3339(entry.data[CONF_ACCEPTED_AT])
    return any(
        each.at >= accepted_at if each.erased else said.items() <= each.content.items()
        for each in known
        if each.kind == kind
    )


def _show_lost_consent(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Ask the owner to begin anew, as long as the hub is there to begin with."""
    entry.async_on_unload(partial(async_hide, hass, ISSUE_STORE_UNREADABLE, entry))
    async_show(hass, ISSUE_STORE_UNREADABLE, entry, hub=entry.title)
