"""Begin and end of a hub: of its log and of the consent to it."""

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
from .unpairing import async_tell_unpaired

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

    Raises ConfigEntryAuthFailed where its keys are lost, and ConfigEntryNotReady while it is not known whether they
    are, or while a new log can't be begun.
    Consent begins with the pairing and at no other time: a log without consent means that the consent was lost, and the
    hub stays closed until its owner begins anew.
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
    await _async_record_pairing(entry, log, known, begun=begun)
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
    """Withdraw the consent to a hub that was removed, record who removed it, and end the pairing."""
    household.consent.forget(entry.entry_id)
    await household.consent.async_save()
    await household.settings_changes.async_end(entry, actor)
    try:
        await _async_end_pairing(hass, entry, household)
    finally:
        household.record.forget_log(entry.entry_id)
        try:
            await household.hub_keys.async_keep_only(None, *holders_of(entry))
        except KeysNotKept:
            _LOGGER.warning("The keys for %s could not be removed", entry.title)
        async_hide(hass, ISSUE_KEYS_LOST, entry)


async def _async_end_pairing(
    hass: HomeAssistant, entry: ConfigEntry, household: Household
) -> None:
    """Record the end of the pairing in the hub's log, and tell the hub."""
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
        await async_tell_unpaired(hass, entry, household, keys)


async def _async_keys_of(
    hass: HomeAssistant, entry: ConfigEntry, household: Household
) -> HubKeys:
    """Return the keys of a hub; where they are lost, the owner needs another invitation."""
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


async def _async_record_pairing(
    entry: ConfigEntry, log: Log, known: list[StoredEntry], *, begun: bool
) -> None:
    """Record the pairing, and each agreement that was accepted since, once."""
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
        if not _is_recorded(known, entry, "paired", receipt=paired.receipt):
            await log.append(paired, at=dt_util.utcnow())
        if not _is_recorded(
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


def _is_recorded(
    known: list[StoredEntry], entry: ConfigEntry, kind: str, **values: str
) -> bool:
    """Return whether this was recorded. Of an erased entry only the time shows it, which is after the acceptance."""
    accepted_at = parse_rfc3339(entry.data[CONF_ACCEPTED_AT])
    return any(
        each.at >= accepted_at
        if each.erased
        else values.items() <= each.content.items()
        for each in known
        if each.kind == kind
    )


def _show_lost_consent(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Show the repair that asks the owner to begin anew, while the hub is loaded."""
    entry.async_on_unload(partial(async_hide, hass, ISSUE_STORE_UNREADABLE, entry))
    async_show(hass, ISSUE_STORE_UNREADABLE, entry, hub=entry.title)
