"""The household: the record, the consent, the keys, and one connection to each camera, for all hubs of this home."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.signal_type import SignalType

from ..const import DOMAIN, ISSUE_RECORD, ISSUE_RESTORED
from ..core.entries import EpochCause
from ..failures import Failures
from ..issues import async_hide, async_show
from ..record import HOUSEHOLD, Callbacks, Head, NotRecorded, Record, RecordFault
from ..rules.entity_monitor import EntityMonitors
from ..tracking.camera_budget import CameraBudget
from ..tracking.camera_sources import CameraSources
from ..tracking.causes import CAUSES_KEY, Causes
from ..tracking.users import Users
from .clock import HouseholdClock
from .consent import Consent
from .display_queue import DisplayQueue
from .hub_keys import HubKeyStore
from .keys import HouseholdKeys
from .rollback import LogHeads
from .settings_changes import SettingsChanges

if TYPE_CHECKING:
    from datetime import timedelta

    from ..core.entries import Actor

_LOGGER = logging.getLogger(__name__)

SIGNAL_RECORDED: Final[SignalType[()]] = SignalType(f"{DOMAIN}_recorded")
"""Sent when there are new entries in the record."""

RECORD_FOLDER: Final = DOMAIN

UPDATING: Final = "Updating"

FAULT_ISSUES: Final[Mapping[RecordFault, str]] = {
    RecordFault.DISK_FULL: "record_disk_full",
    RecordFault.READ_ONLY: "record_read_only",
    RecordFault.LOCKED: "record_locked",
    RecordFault.CORRUPT: "record_corrupt",
    RecordFault.NEWER: "record_newer",
    RecordFault.IO_ERROR: "record_io_error",
}
"""The repair of each fault; a record that is being closed has none."""


class Household:
    """What all hubs share: opened once a start, before any hub, and closed with Home Assistant."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        known: tuple[Head, ...],
        consent: Consent,
        household_keys: HouseholdKeys,
        hub_keys: HubKeyStore,
    ) -> None:
        self.folder: Final = Path(hass.config.path(RECORD_FOLDER))
        self.clock = HouseholdClock(hass)
        self.record = Record(
            self.folder,
            known=known,
            reckon=self.clock.reckon,
            callbacks=Callbacks(
                on_health=self._on_health,
                on_newest=self.clock.note_newest,
                on_written=partial(async_dispatcher_send, hass, SIGNAL_RECORDED),
            ),
        )
        self.record.add_log(household_keys.log)
        self.log: Final = self.record.log(HOUSEHOLD)
        self.consent = consent
        self.hub_keys = hub_keys
        self.settings_changes = SettingsChanges(hass, self.record)
        self.cameras = CameraSources(hass, salt=household_keys.salt)
        self.camera_budget = CameraBudget()
        self.display_queue = DisplayQueue(hass)
        self.users = Users(hass, on_change=self.changed)
        causes = hass.data[CAUSES_KEY] = Causes(hass, self.users)
        self.entity_monitors = EntityMonitors(hass, causes)
        self._hass = hass
        self._household_keys = household_keys
        self._heads = LogHeads(hass)
        self._sizes: Mapping[str, int] = {}
        self._listeners: list[Callable[[], None]] = []
        self._failures = Failures(_LOGGER)
        self._undo = [causes.start(), self.users.start()]

    @classmethod
    async def async_open(cls, hass: HomeAssistant) -> Self:
        """Load consent and open the record. What fails leaves its side closed, with its reason, and is tried again."""
        household_keys = HouseholdKeys(hass)
        await household_keys.async_load()
        hub_keys = HubKeyStore(hass)
        await hub_keys.async_load()
        consent = Consent(hass)
        await consent.async_load()
        known = await LogHeads(hass).async_read()
        household = cls(
            hass,
            known=known,
            consent=consent,
            household_keys=household_keys,
            hub_keys=hub_keys,
        )
        await household.record.open()
        await household.users.async_read()
        household.update_restored_issue()
        household.update_record_issue()
        household.check_for_rollback()
        household.clock.update()
        return household

    @callback
    def agree_on_clock(self, lead: timedelta) -> None:
        """End the clock's doubt, if it still has the lead that another clock agreed with, and only that was missing."""
        was_doubted = self.clock.doubt is not None
        self.clock.agree(lead)
        if was_doubted:
            self.changed()

    async def async_confirm_clock(self, actor: Actor) -> None:
        """End the clock's doubt, because an administrator confirms it. Raises NotRecorded."""
        await self.clock.async_confirm(actor, self.log)
        self.changed()

    @callback
    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` whenever something that all hubs share changed. Return a callback to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def changed(self) -> None:
        """Call each hub, as something they share changed, such as the record's health. Each cuts before it displays."""
        for number, listener in enumerate(tuple(self._listeners)):
            what = f"hub {number} with the household"
            try:
                listener()
                self._failures.worked(UPDATING, what)
            except Exception:  # noqa: BLE001 - it is logged, and the other hubs are to be cut too
                self._failures.caught(UPDATING, what)

    @callback
    def _on_health(self, writable: bool) -> None:  # noqa: FBT001 - the record's callback
        """Close while nothing can be written, and write what waits for it when the record is writable again."""
        try:
            self.check_for_rollback()
        finally:
            self.changed()
        self.update_record_issue()
        if writable:
            self._hass.async_create_task(
                self.consent.async_save(), "latchstring consent"
            )
            self._hass.async_create_task(
                self.settings_changes.async_catch_up(), "latchstring changes"
            )

    @callback
    def check_for_rollback(self) -> None:
        """Close every camera if the record was rolled back: entries are gone, or it is another home's."""
        if self.record.rolled_back and not self.consent.restored:
            self.require_review()

    @callback
    def require_review(self) -> None:
        """Close every camera until the owner has reviewed the consent: this home does not know our newest head."""
        self.consent.restored = True
        self.changed()
        self.update_restored_issue()
        self._hass.async_create_task(self.consent.async_save(), "latchstring consent")

    @callback
    def foreign_head_found(self, log_id: str) -> None:
        """Require a review, as a hub has cosigned another log; not if this log was ended, which explains that."""
        log = self.record.log(log_id)
        if log.is_rolled_back or not log.is_closed:
            self.require_review()

    async def async_begin_epoch(self) -> None:
        """Begin the next epoch of the household's log, under another key, and drop the old key. Raises NotRecorded."""
        ended = await self.log.close_epoch(EpochCause.RESTORED)
        await self._household_keys.async_renew_log(epoch=ended.epoch + 1)
        self.record.add_log(self._household_keys.log)
        await self.log.begin_epoch(at=dt_util.utcnow())
        await self.settings_changes.async_forget()

    async def async_keep_heads(self) -> None:
        """Save the heads of all logs outside the record, if any log has grown since the last time."""
        if (sizes := self.record.sizes) == self._sizes:
            return
        with suppress(NotRecorded):
            await self._heads.async_write(await self.record.heads())
            self._sizes = sizes

    async def async_reviewed(self) -> None:
        """Let the consent count again, after its owner has reviewed it."""
        await self.consent.async_reviewed()
        self.update_restored_issue()
        self.changed()

    @callback
    def update_restored_issue(self) -> None:
        """Show or hide the repair that asks the owner to review what came out of a backup or a copy."""
        if self.consent.restored:
            async_show(self._hass, ISSUE_RESTORED)
        else:
            async_hide(self._hass, ISSUE_RESTORED)

    @callback
    def update_record_issue(self) -> None:
        """Show or hide the repair that says what keeps the record from being written."""
        fault = self.record.fault
        if (issue := fault and FAULT_ISSUES.get(fault)) is None:
            async_hide(self._hass, ISSUE_RECORD)
        else:
            async_show(self._hass, issue, folder=str(self.folder))

    async def async_close(self) -> None:
        """Close the cameras and the record, when no hub is left."""
        while self._undo:
            self._undo.pop()()
        await self.cameras.async_close()
        await self.async_keep_heads()
        await self.record.close()


HOUSEHOLD_KEY: Final[HassKey[Household]] = HassKey(DOMAIN)


async def async_hub_keys(hass: HomeAssistant) -> HubKeyStore:
    """Return the keys of all hubs, also before there is a household: it begins with the first hub."""
    if (household := hass.data.get(HOUSEHOLD_KEY)) is not None:
        return household.hub_keys
    hub_keys = HubKeyStore(hass)
    await hub_keys.async_load()
    return hub_keys
