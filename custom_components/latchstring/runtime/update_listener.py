"""The update listener of a loaded hub's config entry: for its title, its options, and its subentries."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..core.model import Block
from ..household.actors import acting_person

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from ..core.model import Share
    from ..gate import Decisions, Gate
    from .display import HubDisplay
    from .parts import HubContext, Inputs


class UpdateListener:
    """Applies changes of the shares of a loaded hub, touching no other share's sessions."""

    def __init__(
        self,
        context: HubContext,
        inputs: Inputs,
        decisions: Decisions,
        gate: Gate,
        display: HubDisplay,
    ) -> None:
        self._hass = context.hass
        self._entry = context.entry
        self._household = context.household
        self._reactions = context.reactions
        self._shares = inputs.shares
        self._openings = inputs.openings
        self._decisions = decisions
        self._gate = gate
        self._display = display
        self._title = context.entry.title
        self._on_share_added: list[Callable[[Share], None]] = []

    @callback
    def on_share_added(self, listener: Callable[[Share], None]) -> None:
        """Call `listener` for every share added from now on."""
        self._on_share_added.append(listener)

    async def async_updated(self, _hass: HomeAssistant, _entry: ConfigEntry) -> None:
        """Apply changes of the entry, its options and subentries at once, then record who changed them."""
        is_renamed, self._title = self._entry.title != self._title, self._entry.title
        try:
            before = self._shares.now()
            self._reactions.facts_changed(self._shares.read())
        except Exception:
            # The settings of now could not be applied, and those of before count no more.
            self._decisions.stop()
            self._gate.cut_all(Block.FAILED)
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
            raise
        after = self._shares.now()
        writing = self._hass.async_create_task(
            self._household.settings_changes.async_compare(
                self._entry, acting_person()
            ),
            "latchstring changes",
        )
        if is_renamed:
            self._reactions.facts_changed()
        for share_id in before.keys() - after.keys():
            await self._async_forget(share_id)
        for share_id in after.keys() - before.keys():
            for listener in self._on_share_added:
                listener(after[share_id])
        await writing

    async def _async_forget(self, share_id: str) -> None:
        """Drop the consent to a share that was removed, and all that opened it."""
        self._openings.close([share_id])
        self._display.forget(share_id)
        consent = self._household.consent
        if (hub := consent.hub(self._entry.entry_id)) is not None:
            consent.put(self._entry.entry_id, hub.without_share(share_id))
            await consent.async_save()
