"""The steps that pair with a hub: its invitation, its agreement, and the signatures of both sides."""

from abc import ABC
from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ..const import (
    CONF_LABEL,
    CONF_OPENINGS,
    CONF_PLACE,
    DOMAIN,
    PROTOCOL_PAGE,
    SUBENTRY_SHARE,
)
from ..core.errors import PairingError, PairingProblem
from ..core.model import Opening
from ..core.pairing import Invitation, parse_invitation
from ..core.receipt import pins
from ..core.text import escape_markdown
from ..household.actors import acting_person
from ..household.household import HOUSEHOLD_KEY, async_hub_keys
from ..household.hub_keys import KeysNotKept
from ..internals import async_unloaded
from ..localize import Sentences
from ..pairing.agreement import HubAddress, accept, is_paired_elsewhere, read_offer
from ..pairing.rekeying import async_pair_anew
from ..record import NotRecorded
from ..settings.hub import accepted_offer, kept_of_former
from ..settings.options import DEFAULT_PEOPLE
from .agreement import (
    ACCEPT_SCHEMA,
    CONF_ACCEPT,
    agreement_placeholders,
    key_placeholders,
)
from .camera_check import share_data
from .cameras import CamerasFlow
from .hub_title import namesake, namesake_note, title_after, title_of
from .options import people_placeholders, people_schema

CONF_LINK: Final = "link"
CONF_SAME_HUB: Final = "same_hub"

LINK_STEPS: Final = {
    SOURCE_USER: "user",
    SOURCE_REAUTH: "reauth_confirm",
    SOURCE_RECONFIGURE: "pair_again",
}
"""The step in which each kind of flow asks for the invitation."""

LINK_PROBLEMS: Final = frozenset(
    {PairingProblem.INVITATION_UNKNOWN, PairingProblem.INVITATION_USED}
)

LINK_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_LINK): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL, autocomplete="off")
        )
    }
)
OTHER_KEY_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_SAME_HUB, default=False): BooleanSelector()}
)
NEW_SHARE_RULES: Final = {CONF_PLACE: None, CONF_OPENINGS: [Opening.ALWAYS]}
"""The rules of a camera that is listed while pairing, until its owner changes them."""


class PairingFlow(CamerasFlow, ABC):
    """Asks everything first. The last submit has both sides sign, and stores the result in the same step."""

    _link: str | None = None
    _invitation: Invitation
    _people: Mapping[str, Any] | None = None

    async def _async_take_link(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        if user_input is None:
            return self._ask_for_link()
        self._link = user_input[CONF_LINK]
        try:
            return await self._async_read_invitation(self._link)
        except PairingError as error:
            return self._ask_for_link(error.problem)

    def _ask_for_link(self, error: str | None = None) -> ConfigFlowResult:
        entry = self._paired_entry()
        return self.async_show_form(
            step_id=LINK_STEPS[self.context["source"]],
            data_schema=self.add_suggested_values_to_schema(
                LINK_SCHEMA, {CONF_LINK: self._link}
            ),
            errors={CONF_LINK: error} if error else {},
            description_placeholders={
                "protocol_page": PROTOCOL_PAGE,
                "hub": escape_markdown(entry.title) if entry else "",
            },
            last_step=False,
        )

    async def _async_read_invitation(self, link: str) -> ConfigFlowResult:
        """Check whose invitation it is before anything is asked of the hub."""
        self._invitation = parse_invitation(link.strip())
        entry = self._paired_entry()
        if entry is None:
            await self.async_set_unique_id(self._invitation.hub_id)
            self._abort_if_unique_id_configured()
        elif is_paired_elsewhere(self.hass, entry, self._invitation.hub_id):
            return self._ask_for_link("other_hub")
        self._discovery = await read_offer(HubAddress.invited(self._invitation))
        if entry is not None and self._discovery.hub_id != accepted_offer(entry).hub_id:
            return await self.async_step_other_key()
        return await self.async_step_agreement()

    async def async_step_other_key(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether a hub known by another key is the same one: only the owner can know."""
        errors = {}
        if user_input is not None:
            if user_input[CONF_SAME_HUB]:
                return await self.async_step_agreement()
            errors = {CONF_SAME_HUB: "not_confirmed"}
        entry = self._paired_entry()
        assert entry is not None  # noqa: S101 - the link of a new hub does not lead here
        return self.async_show_form(
            step_id="other_key",
            data_schema=OTHER_KEY_SCHEMA,
            errors=errors,
            description_placeholders=key_placeholders(
                await Sentences.load(self.hass),
                accepted_offer(entry),
                self._discovery,
            ),
            last_step=False,
        )

    def _paired_entry(self) -> ConfigEntry | None:
        """Return the config entry of the hub that is paired again; None: the hub is new."""
        if self.source == SOURCE_REAUTH:
            return self._get_reauth_entry()
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return None

    async def async_step_agreement(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the agreement. Accepting pairs, once everything else is answered too."""
        if user_input is None:
            return await self._async_show_agreement()
        if not user_input[CONF_ACCEPT]:
            return await self._async_show_agreement({CONF_ACCEPT: "not_accepted"})
        if self._is_last_step:
            return await self._async_pair()
        return await self.async_step_cameras()

    @property
    def _is_last_step(self) -> bool:
        """Return whether only the agreement is left to ask: the rest was answered, or the config entry has it."""
        return self.source != SOURCE_USER or self._people is not None

    async def _async_show_agreement(
        self, errors: dict[str, str] | None = None
    ) -> ConfigFlowResult:
        words = await Sentences.load(self.hass)
        is_new = self.source == SOURCE_USER
        return self.async_show_form(
            step_id="agreement",
            data_schema=ACCEPT_SCHEMA,
            errors=errors,
            description_placeholders={
                **agreement_placeholders(words, self._discovery),
                "namesake": namesake_note(
                    words,
                    self._discovery,
                    namesake(self.hass, self._discovery, self._paired_entry()),
                ),
                "afterwards": words.say("accepting", "new" if is_new else "again"),
            },
            last_step=self._is_last_step,
        )

    async def _async_not_paired(self, problem: PairingProblem) -> ConfigFlowResult:
        """Return to the step in which the owner can solve the problem."""
        if problem in LINK_PROBLEMS:
            return self._ask_for_link(problem)
        if problem is PairingProblem.AGREEMENT_CHANGED:
            try:
                self._discovery = await read_offer(HubAddress.invited(self._invitation))
            except PairingError as error:
                problem = error.problem
        return await self._async_show_agreement({"base": problem})

    async def _async_pair(self) -> ConfigFlowResult:
        """Have both sides sign, and store that. A failure leaves nothing behind, or is tried again."""
        entry = self._paired_entry()
        try:
            if entry is None:
                return await self._async_pair_first()
            return await self._async_pair_anew(entry)
        except PairingError as error:
            return await self._async_not_paired(error.problem)
        except NotRecorded:
            return await self._async_show_agreement({"base": "record_unwritable"})
        except KeysNotKept:
            return await self._async_show_agreement({"base": "keys_not_kept"})

    async def _async_pair_first(self) -> ConfigFlowResult:
        self._abort_if_unique_id_configured()
        secrets = await async_hub_keys(self.hass)
        hub = HubAddress.invited(self._invitation)
        # Of each hub its own: another one must not see the same home.
        keys = await secrets.async_next(self._invitation.hub_id, epoch=0)
        accepted = await accept(
            hub,
            self._discovery,
            keys,
            accepted_by=acting_person().user_id,
            invitation=self._invitation,
        )
        return self.async_create_entry(
            title=title_of(self.hass, self._discovery),
            data=accepted,
            options=self._people,
            subentries=[
                {
                    "data": share_data(camera, {**NEW_SHARE_RULES, CONF_LABEL: label}),
                    "subentry_type": SUBENTRY_SHARE,
                    "title": label,
                    "unique_id": camera.camera,
                }
                for camera, label in self._listed
            ],
        )

    async def _async_pair_anew(self, entry: ConfigEntry) -> ConfigFlowResult:
        """Change the keys for a hub that still offers what was accepted; otherwise change nothing.

        Sessions under the old keys are cut first: their ends belong into the log epoch that ends with those keys. If
        that epoch is closed and nothing shows that the hub knows the new keys, the hub is told until it does, and stays
        closed until then, which a repair says.
        """
        hub = HubAddress.invited(self._invitation)
        if pins(await read_offer(hub)) != pins(self._discovery):
            raise PairingError(PairingProblem.AGREEMENT_CHANGED)
        household = self.hass.data[HOUSEHOLD_KEY]
        actor = acting_person()
        async with async_unloaded(self.hass, entry):
            accepted = await async_pair_anew(
                entry,
                household,
                hub,
                self._discovery,
                accepted_by=actor.user_id,
                invitation=self._invitation,
            )
            result = self.async_update_and_abort(
                entry,
                unique_id=self._discovery.hub_id,
                title=title_after(self.hass, entry, self._discovery),
                data_updates=accepted | kept_of_former(entry, self._discovery),
                reason="paired_again",
            )
            # Nothing listens to the entry now, and later nobody could say who it was.
            await household.settings_changes.async_compare(entry, actor)
        self._end_other_questions(entry)
        return result

    @callback
    def _end_other_questions(self, entry: ConfigEntry) -> None:
        """Abort the reauth flows of a hub that was just paired again in this dialog."""
        flows = self.hass.config_entries.flow
        for flow in flows.async_progress_by_handler(
            DOMAIN, match_context={"entry_id": entry.entry_id, "source": SOURCE_REAUTH}
        ):
            if flow["flow_id"] != self.flow_id:
                flows.async_abort(flow["flow_id"])

    @override
    async def async_step_people(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask who is notified of viewers and who may open. Then both sides sign."""
        if user_input is None:
            return self.async_show_form(
                step_id="people",
                data_schema=await people_schema(self.hass, DEFAULT_PEOPLE),
                description_placeholders=await people_placeholders(
                    self.hass, DEFAULT_PEOPLE
                ),
                last_step=True,
            )
        self._people = user_input
        return await self._async_pair()
