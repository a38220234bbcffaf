"""The fix flows of one hub's repairs: those that mend what keeps it closed, and the one that shows details."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
import voluptuous as vol

from ...const import CONF_TYPED_HOST
from ...core.errors import PairingError, PairingProblem
from ...core.pairing import Discovery
from ...core.text import escape_markdown
from ...household.actors import acting_person
from ...household.household import HOUSEHOLD_KEY
from ...household.hub_keys import KeysLost
from ...localize import Sentences
from ...pairing.agreement import (
    HubAddress,
    accept,
    check_ingest,
    check_successor,
    is_paired_elsewhere,
    read_offer,
)
from ...pairing.lifecycle import async_begin_consent
from ...runtime.hub import LatchstringConfigEntry
from ...settings.hub import accepted_offer, kept_of_former
from ..agreement import ACCEPT_SCHEMA, CONF_ACCEPT, agreement_placeholders, differences
from ..hub_title import title_after


class HubFixFlow(RepairsFlow):
    """The fix flow of a repair of one hub."""

    def __init__(self, entry: LatchstringConfigEntry) -> None:
        self._entry = entry


class DetailsFlow(HubFixFlow):
    """Shows an administrator the details that the list of repairs leaves out. Their cause is mended elsewhere."""

    def __init__(self, entry: LatchstringConfigEntry, issue: str) -> None:
        super().__init__(entry)
        self._issue = issue

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show the details as they are now."""
        return self._show()

    async def async_step_details(
        self, _user_input: dict[str, Any]
    ) -> RepairsFlowResult:
        """Show the details again. A repair that is settled goes away without this."""
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


class AgreementChangedFlow(HubFixFlow):
    """Shows the agreement that the hub offers now. Until it is accepted the hub stays closed."""

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
        words = await Sentences.load(self.hass)
        changes = differences(words, accepted_offer(self._entry), self._offer)
        return self.async_show_form(
            step_id="confirm",
            data_schema=ACCEPT_SCHEMA,
            errors=errors,
            description_placeholders={
                **agreement_placeholders(words, self._offer),
                "changes": changes,
            },
            last_step=True,
        )

    async def async_step_confirm(self, user_input: dict[str, Any]) -> RepairsFlowResult:
        """Sign and store the new agreement, and reload the hub."""
        if not user_input[CONF_ACCEPT]:
            return await self._async_show_offer({CONF_ACCEPT: "not_accepted"})
        try:
            keys = self.hass.data[HOUSEHOLD_KEY].hub_keys.of(self._entry)
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


class StoreUnreadableFlow(HubFixFlow):
    """Replaces an unreadable consent to a hub by a new one, with every camera closed."""

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show what is lost and what is not."""
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={"hub": escape_markdown(self._entry.title)},
            last_step=True,
        )

    async def async_step_confirm(
        self, _user_input: dict[str, Any]
    ) -> RepairsFlowResult:
        """Begin with every camera closed, so that the switches work again."""
        await async_begin_consent(self._entry, self.hass.data[HOUSEHOLD_KEY])
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return self.async_create_entry(data={})
