"""The fix flows of the home's repairs: after a restore, of a doubtful clock, and of a damaged record."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ...const import DOMAIN
from ...controls.sharing import async_close_unloaded
from ...core.clock import Doubt
from ...core.entries import Actor, EpochCause
from ...core.model import Share
from ...household.actors import acting_person
from ...household.clock import HouseholdClock
from ...household.household import HOUSEHOLD_KEY
from ...household.hub_keys import KeysNotKept
from ...pairing.rekeying import async_end_logs
from ...record import NotRecorded
from ...runtime.hub import LatchstringConfigEntry
from ...settings.shares import shares_of

CONF_KEEP: Final = "keep"


class RestoredFlow(RepairsFlow):
    """Shows what a restored backup or a copy had switched on, and keeps what the owner still wants."""

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """List the cameras that were switched on; those that are not chosen are switched off."""
        return self._show()

    def _show(self, errors: dict[str, str] | None = None) -> RepairsFlowResult:
        options = [
            SelectOptionDict(value=value, label=f"{share.label} ({entry.title})")
            for value, (entry, share) in self._switched_on().items()
        ]
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_KEEP, default=[]): SelectSelector(
                        SelectSelectorConfig(options=options, multiple=True)
                    )
                }
            ),
            errors=errors,
            last_step=True,
        )

    async def async_step_confirm(self, user_input: dict[str, Any]) -> RepairsFlowResult:
        """Change the keys, as another copy may have the old ones; close what was not chosen, then end the review.

        A hub's cameras stay closed until it knows this home by its new keys; see pairing/rekeying.py.
        """
        household = self.hass.data[HOUSEHOLD_KEY]
        try:
            await household.async_begin_epoch()
            await async_end_logs(self.hass, household, EpochCause.RESTORED)
        except NotRecorded, KeysNotKept:
            return self._show({"base": "record_unwritable"})
        actor = acting_person()
        for value, (entry, share) in self._switched_on().items():
            if value not in user_input[CONF_KEEP]:
                await self._async_close(entry, share, actor)
        await household.async_reviewed()
        return self.async_create_entry(data={})

    async def _async_close(
        self, entry: LatchstringConfigEntry, share: Share, actor: Actor
    ) -> None:
        """Switch a camera off, also if its hub is not loaded and would open it when loaded again."""
        if entry.state is ConfigEntryState.LOADED:
            sharing = entry.runtime_data.sharing
            sharing.close(share)
            await sharing.async_keep_closed(share, actor)
            return
        household = self.hass.data[HOUSEHOLD_KEY]
        await async_close_unloaded(household, entry, share, actor)

    def _switched_on(self) -> dict[str, tuple[LatchstringConfigEntry, Share]]:
        """Return the cameras of all hubs whose switch is on, by their value in the form."""
        consent = self.hass.data[HOUSEHOLD_KEY].consent
        return {
            f"{entry.entry_id} {share.share_id}": (entry, share)
            for entry in self.hass.config_entries.async_entries(
                DOMAIN, include_ignore=False
            )
            if (hub := consent.hub(entry.entry_id)) is not None
            for share in shares_of(entry).values()
            if hub.share(share.share_id).sharing
        }


class ClockFlow(RepairsFlow):
    """Confirms the clock on the word of an administrator."""

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show the clock's time and that of the newest entry of the record."""
        if self._clock.doubt is Doubt.TOO_EARLY:
            return self.async_abort(reason=Doubt.TOO_EARLY)
        return self._show()

    @property
    def _clock(self) -> HouseholdClock:
        return self.hass.data[HOUSEHOLD_KEY].clock

    def _show(self, errors: dict[str, str] | None = None) -> RepairsFlowResult:
        newest = self._clock.newest
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={
                "clock": _day_and_time(dt_util.utcnow()),
                "newest": _day_and_time(newest) if newest else "-",
            },
            errors=errors,
            last_step=True,
        )

    async def async_step_confirm(
        self, _user_input: dict[str, Any]
    ) -> RepairsFlowResult:
        """Record who confirms the clock; then cameras may open by their rules again."""
        if self._clock.doubt is Doubt.TOO_EARLY:
            return self.async_abort(reason=Doubt.TOO_EARLY)
        household = self.hass.data[HOUSEHOLD_KEY]
        try:
            await household.async_confirm_clock(acting_person())
        except NotRecorded:
            return self._show({"base": "record_unwritable"})
        return self.async_create_entry(data={})


def _day_and_time(at: datetime) -> str:
    """Return a moment as the clock of this home shows it, with its zone."""
    return dt_util.as_local(at).strftime("%Y-%m-%d %H:%M:%S %Z")


class RecordCorruptFlow(RepairsFlow):
    """Moves a damaged record aside, and begins another."""

    _aside: Path

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show where the damaged record will be kept; it is never deleted."""
        moment = dt_util.now().strftime("%Y-%m-%d %H-%M-%S")
        self._aside = self.hass.data[HOUSEHOLD_KEY].folder / f"damaged {moment}"
        return self._show()

    def _show(self, errors: dict[str, str] | None = None) -> RepairsFlowResult:
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={"aside": str(self._aside)},
            errors=errors,
            last_step=True,
        )

    async def async_step_confirm(
        self, _user_input: dict[str, Any]
    ) -> RepairsFlowResult:
        """Begin another record. Its owner then reviews that it lacks all entries before."""
        record = self.hass.data[HOUSEHOLD_KEY].record
        await record.set_aside(self._aside)
        if not record.writable:
            return self._show({"base": "record_unwritable"})
        return self.async_create_entry(data={})
