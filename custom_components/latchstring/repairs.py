"""What keeps a hub closed until its owner has said so anew, and what of a repair only administrators read."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .actors import acting_person
from .agreement import (
    HubAddress,
    accept,
    check_ingest,
    check_successor,
    is_paired_elsewhere,
    read_offer,
)
from .beginning import async_begin_consent
from .clock import HouseholdClock
from .const import (
    CONF_ENTRY_ID,
    CONF_REQUEST,
    CONF_TYPED_HOST,
    DOMAIN,
    ISSUE_AGREEMENT_CHANGED,
    ISSUE_CLOCK,
    ISSUE_RECORD,
    ISSUE_RESTORED,
    ISSUE_STORE_UNREADABLE,
)
from .core.clock import Doubt
from .core.errors import PairingError, PairingProblem
from .core.model import Share
from .core.pairing import Discovery
from .core.record import Actor, EpochCause
from .core.text import escape_markdown
from .household import HOUSEHOLD_KEY, Household
from .hub_secrets import KeysLost, KeysNotKept
from .journal import Journal
from .naming import title_after
from .paired import accepted_offer, home_id_of, hub_of, kept_of_former
from .record import NotRecorded
from .request_flow import RequestFlow
from .runtime import LatchstringConfigEntry
from .shares import shares_of
from .succession import async_end_log
from .terms import described, differences
from .words import Words

CONF_ACCEPT: Final = "accept"
CONF_KEEP: Final = "keep"
ACCEPT_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_ACCEPT, default=False): BooleanSelector()}
)


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: Mapping[str, Any] | None,
) -> RepairsFlow:
    """Begin to mend what an issue of one hub, or of the whole household, is about."""
    if issue_id in HOUSEHOLD_FLOWS:
        return HOUSEHOLD_FLOWS[issue_id]()
    entry_id = (data or {}).get(CONF_ENTRY_ID, "")
    if request_id := (data or {}).get(CONF_REQUEST):
        return RequestFlow(entry_id, request_id)
    if (entry := hass.config_entries.async_get_entry(entry_id)) is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="hub_unknown"
        )
    issue = issue_id.removesuffix(f"_{entry_id}")
    if issue in FIX_FLOWS:
        return FIX_FLOWS[issue](entry)
    return DetailsFlow(entry, issue)


class _FixFlow(RepairsFlow):
    """Mends something about one hub."""

    def __init__(self, entry: LatchstringConfigEntry) -> None:
        self._entry = entry


class DetailsFlow(_FixFlow):
    """Shows an administrator what the list of repairs names to nobody. What it is about is mended elsewhere."""

    def __init__(self, entry: LatchstringConfigEntry, issue: str) -> None:
        """Show the details of this issue of the hub."""
        super().__init__(entry)
        self._issue = issue

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show them as they are now."""
        return self._show()

    async def async_step_details(
        self, _user_input: dict[str, Any]
    ) -> RepairsFlowResult:
        """Look again. What is settled goes away without this."""
        return self._show({"base": "still_so"})

    def _show(self, errors: dict[str, str] | None = None) -> RepairsFlowResult:
        is_loaded = self._entry.state is ConfigEntryState.LOADED
        details = (
            self._entry.runtime_data.issue_details(self._issue) if is_loaded else None
        )
        if details is None:
            return self.async_abort(reason="settled")
        return self.async_show_form(
            step_id="details",
            data_schema=vol.Schema({}),
            description_placeholders=dict(details),
            errors=errors,
            last_step=True,
        )


class AgreementChangedFlow(_FixFlow):
    """Shows what the hub offers now. Not accepting leaves it closed."""

    _offer: Discovery

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Read the agreement again: it may have changed once more, or back."""
        return await self._async_offer()

    async def _async_offer(
        self, errors: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        try:
            self._offer = await read_offer(HubAddress.paired(self._entry))
            check_successor(self._entry, self._offer)
            check_ingest(self._offer, self._entry.data[CONF_TYPED_HOST])
        except PairingError as error:
            return self.async_abort(reason=error.problem)
        if is_paired_elsewhere(self.hass, self._entry, self._offer.hub_id):
            return self.async_abort(reason="other_hub")
        return await self._async_show_offer(errors)

    async def _async_show_offer(
        self, errors: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        words = await Words.load(self.hass)
        changes = differences(words, accepted_offer(self._entry), self._offer)
        return self.async_show_form(
            step_id="confirm",
            data_schema=ACCEPT_SCHEMA,
            errors=errors,
            description_placeholders={
                **described(words, self._offer),
                "changes": changes,
            },
            last_step=True,
        )

    async def async_step_confirm(self, user_input: dict[str, Any]) -> RepairsFlowResult:
        """Sign, keep, and begin anew with what was accepted."""
        if not user_input[CONF_ACCEPT]:
            return await self._async_show_offer({CONF_ACCEPT: "not_accepted"})
        try:
            keys = self.hass.data[HOUSEHOLD_KEY].keys.of(self._entry)
            accepted = await accept(
                HubAddress.paired(self._entry),
                self._offer,
                keys,
                accepted_by=acting_person().user_id,
                invitation=None,
            )
        except KeysLost:
            return await self._async_not_accepted(PairingProblem.HOME_UNKNOWN)
        except PairingError as error:
            return await self._async_not_accepted(error.problem)
        self.hass.config_entries.async_update_entry(
            self._entry,
            unique_id=self._offer.hub_id,
            title=title_after(self.hass, self._entry, self._offer),
            data={**accepted, **kept_of_former(self._entry, self._offer)},
        )
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return self.async_create_entry(data={})

    async def _async_not_accepted(self, problem: PairingProblem) -> RepairsFlowResult:
        if problem is PairingProblem.HOME_UNKNOWN:
            self._entry.async_start_reauth(self.hass)
            return self.async_abort(reason=problem)
        if problem is PairingProblem.AGREEMENT_CHANGED:
            return await self._async_offer({"base": problem})
        return await self._async_show_offer({"base": problem})


class StoreUnreadableFlow(_FixFlow):
    """Begins the consent to a hub anew, with every camera of it closed."""

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Say what is lost and what is not."""
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={"hub": escape_markdown(self._entry.title)},
            last_step=True,
        )

    async def async_step_confirm(
        self, _user_input: dict[str, Any]
    ) -> RepairsFlowResult:
        """Begin with nothing open, so that the switches work again."""
        await async_begin_consent(self._entry, self.hass.data[HOUSEHOLD_KEY])
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return self.async_create_entry(data={})


class RestoredFlow(RepairsFlow):
    """Shows what came back with a backup or a copy, and keeps what the owner still wants."""

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """List the cameras that were open then; none of them is kept unless it is chosen."""
        return self._show()

    def _show(self, errors: dict[str, str] | None = None) -> RepairsFlowResult:
        options = [
            SelectOptionDict(value=value, label=f"{share.label} ({entry.title})")
            for value, (entry, share) in self._open_then().items()
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
        """Leave the old keys to whatever copy there is, close all that was not chosen, then let the rest count again.

        A hub's cameras stay closed until it knows this home by its new keys; see succession.py.
        """
        household = self.hass.data[HOUSEHOLD_KEY]
        try:
            await household.async_begin_epoch()
            await self._async_end_logs(household)
        except NotRecorded, KeysNotKept:
            return self._show({"base": "record_unwritable"})
        actor = acting_person()
        for value, (entry, share) in self._open_then().items():
            if value not in user_input[CONF_KEEP]:
                await self._async_close(entry, share, actor)
        await household.async_reviewed()
        return self.async_create_entry(data={})

    async def _async_close(
        self, entry: LatchstringConfigEntry, share: Share, actor: Actor
    ) -> None:
        """Switch a camera off, also where its hub is not loaded and could come back with it."""
        if entry.state is ConfigEntryState.LOADED:
            sharing = entry.runtime_data.sharing
            sharing.close(share)
            await sharing.async_keep_closed(share, actor)
            return
        household = self.hass.data[HOUSEHOLD_KEY]
        if (hub := household.consent.hub(entry.entry_id)) is not None:
            household.consent.put(entry.entry_id, hub.without_share(share.share_id))
        journal = Journal(household.record, hub=hub_of(entry))
        await journal.async_switched_off("sharing", share, actor=actor)

    async def _async_end_logs(self, household: Household) -> None:
        """End each log; a copy may hold, too, what a hub was to be told next."""
        entries = self.hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        await household.keys.async_keep_named({home_id_of(each) for each in entries})
        for entry in entries:
            await async_end_log(entry, household, EpochCause.RESTORED)

    def _open_then(self) -> dict[str, tuple[LatchstringConfigEntry, Share]]:
        """Give the cameras whose switch is on, of every hub there is, by a name for the form."""
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
    """Believes the clock because an administrator says that it is right."""

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show what the clock says, and what the record does."""
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
        """Write down who says so; then the clock counts, and cameras open as they are set."""
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
    """Keeps a record that is damaged beyond mending, and begins another."""

    _aside: Path

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Say where the damaged one will lie; it is never deleted."""
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
        """Begin another record. That it lacks all there was is then reviewed by its owner."""
        record = self.hass.data[HOUSEHOLD_KEY].record
        await record.set_aside(self._aside)
        if not record.writable:
            return self._show({"base": "record_unwritable"})
        return self.async_create_entry(data={})


HOUSEHOLD_FLOWS: Final[Mapping[str, type[RepairsFlow]]] = {
    ISSUE_RESTORED: RestoredFlow,
    ISSUE_RECORD: RecordCorruptFlow,
    ISSUE_CLOCK: ClockFlow,
}
FIX_FLOWS: Final[Mapping[str, type[_FixFlow]]] = {
    ISSUE_AGREEMENT_CHANGED: AgreementChangedFlow,
    ISSUE_STORE_UNREADABLE: StoreUnreadableFlow,
}
