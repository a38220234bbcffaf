"""The runtime of one hub, while its config entry is loaded: its shares, its gate and its connection."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from functools import partial
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..core.model import Block
from ..failures import Failures
from .display_parts import build_display_parts
from .parts import (
    build_context,
    build_controls,
    build_decisions,
    build_gate,
    build_inputs,
    build_log,
)
from .protocol_parts import build_protocol_parts
from .update_listener import UpdateListener

if TYPE_CHECKING:
    from datetime import datetime

    from ..core.model import Share
    from ..gate import Ending
    from ..household.household import Household
    from .hub_issues import Issues

DECIDING_ANEW: Final = "Deciding anew for"

_LOGGER = logging.getLogger(__name__)

type LatchstringConfigEntry = ConfigEntry[HubRuntime]


class HubRuntime:
    """One paired hub, from the loading of its entry to the unloading."""

    def __init__(
        self, hass: HomeAssistant, entry: LatchstringConfigEntry, household: Household
    ) -> None:
        """Build everything closed and unconnected; see `listen` and `start`."""
        self.hass = hass
        self.entry = entry
        self.household = household
        self._failures = Failures(_LOGGER)
        self._undo: list[CALLBACK_TYPE] = []
        self._is_running = False
        self._is_in_doubt = False

        context = build_context(hass, entry, household, reactions=self)
        self.hub = context.hub
        self._client = context.client
        self._inputs = inputs = build_inputs(context)
        self.presence = inputs.presence
        self.openings = inputs.openings
        self._log = log = build_log(context)
        self.witness = log.witness
        self._last_admission_block = self.witness.admission_block
        self.decisions = build_decisions(context, inputs, log)
        controls = build_controls(context, inputs, self.decisions)
        self._household_log = controls.household_log
        self._guard = controls.guard
        self.sharing = controls.sharing
        self.share_now = controls.share_now
        self.gate = build_gate(context, inputs, log, self.decisions, controls)
        self._protocol_parts = build_protocol_parts(
            context, inputs, log, self.decisions, controls, self.gate
        )
        self.requests = self._protocol_parts.requests
        self.answers = self._protocol_parts.answers
        self._display_parts = build_display_parts(
            context,
            inputs,
            log,
            self.decisions,
            controls,
            self.gate,
            self._protocol_parts,
        )
        self.display = self._display_parts.display
        self._updates = UpdateListener(
            context, inputs, self.decisions, self.gate, self.display
        )
        self._is_rekeying = self._protocol_parts.rekeying.is_due

    @property
    def shares(self) -> Mapping[str, Share]:
        """Return the shares as they were last read, by id."""
        return self._inputs.shares.now()

    @property
    def connected(self) -> bool:
        """Return whether the hub is connected."""
        return self._inputs.agreement.connected

    @callback
    def listen(self) -> None:
        """Read the shares, once all listeners to changes are there. `stop_listening` must follow."""
        self._undo = [
            self.household.subscribe(self._household_changed),
            self.gate.subscribe(self.display.on_event),
            self.gate.subscribe(self._protocol_parts.pictures.on_event),
            self.entry.add_update_listener(self._updates.async_updated),
        ]
        self._inputs.shares.read()

    @callback
    def stop_listening(self) -> None:
        """Stop listening."""
        while self._undo:
            self._undo.pop()()
        self._inputs.rules.stop()

    async def async_close_client(self) -> None:
        """Close the HTTP session for the hub, which is there before anything is connected."""
        await self._client.async_close()

    async def async_catch_up(self) -> None:
        """End the sessions that a crash left open, as far as the record can be read."""
        await self._log.hub_log.async_catch_up()

    @callback
    def start(self) -> None:
        """Display the hub, and connect. The entities are there by now, and the record was read."""
        if self.hass.is_stopping:
            return
        self._is_running = True
        self._undo.append(self._display_parts.clock.start())
        self.facts_changed()
        if self._is_rekeying:
            # A copy of this home may still connect by the old keys: this one does not any more.
            self._protocol_parts.rekeying.start()
        else:
            self._client.start(self._protocol_parts.handler)

    async def async_stop(self, how: Ending) -> None:
        """Cut everything first, then record the ends, send them to the hub, and disconnect."""
        try:
            self.decisions.stop()
            self._guard.void()
            self._is_running = False
            self.household.display_queue.forget(self.display)
            self._display_parts.warm.stop()
        finally:
            await self.gate.async_stop(how)
        self._household_log.note_stopped(self.shares.values(), why=how)
        self.openings.stop()
        self._protocol_parts.alarms.stop()
        self._protocol_parts.pictures.stop()
        self._display_parts.issues.stop()
        self.stop_listening()
        await self._client.async_disconnect()
        await self.async_close_client()
        self._protocol_parts.handler.stop()
        await self._log.hub_log.async_settled()
        self._protocol_parts.rekeying.hide_issue()
        self._inputs.agreement.hide_issue()

    @callback
    def facts_changed(self, share_ids: Collection[str] | None = None) -> None:
        """Cut what may go on no longer, as a fact of these shares (None: of all) changed, and have them displayed."""
        self._decide_by(self.gate.reconsider, share_ids)

    def _decide_by(
        self,
        decide: Callable[[Collection[str]], None],
        share_ids: Collection[str] | None = None,
    ) -> None:
        concerned = share_ids
        if concerned is None:
            concerned = dict.fromkeys((*self.shares, *self.gate.unrecorded))
        try:
            decide(concerned)
            self._failures.worked(DECIDING_ANEW, self.entry.title)
        except Exception:  # noqa: BLE001 - whatever it is, cutting is the safe side, and it is logged
            self._failures.caught(DECIDING_ANEW, self.entry.title)
            self.gate.cut(concerned, Block.FAILED)
        finally:
            self.mark(concerned)

    @callback
    def cut(self, share_ids: Collection[str]) -> None:
        """Cut these shares without a decision: a change could not be processed."""
        try:
            self.gate.cut(share_ids, Block.FAILED)
        finally:
            self.mark(share_ids)

    @callback
    def mark(self, share_ids: Collection[str]) -> None:
        """Queue these shares for display, and the hub. Before `start` each entity displays itself when it is added."""
        if self._is_running:
            self.household.display_queue.mark(self.display, share_ids)

    @callback
    def show_at_once(self, share_id: str) -> None:
        """Display a share at once, if it is queued."""
        self.household.display_queue.show_now(self.display, share_id)

    @callback
    def presence_changed(self, owner_id: str) -> None:
        """Decide anew, as an entity of a share or the hub was added or removed."""
        self.facts_changed(None if owner_id == self.entry.entry_id else [owner_id])

    @callback
    def witness_changed(self) -> None:
        """Display the hub, and decide anew if its cosignatures admit new viewers or do so no more."""
        before, self._last_admission_block = (
            self._last_admission_block,
            self.witness.admission_block,
        )
        if before != self._last_admission_block:
            self.facts_changed()
        self.mark(())

    @callback
    def time_changed(self) -> None:
        """Decide anew about every share, as time alone may have changed a fact."""
        self._last_admission_block = self.witness.admission_block
        was_in_doubt, self._is_in_doubt = (
            self._is_in_doubt,
            self.household.clock.doubt is not None,
        )
        is_by_time = not (was_in_doubt or self._is_in_doubt)
        self._decide_by(partial(self.gate.reconsider, is_by_time=is_by_time))

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Start a task that ends with the config entry."""
        return self.entry.async_create_background_task(self.hass, work, name)

    def never_while(self, share_id: str) -> frozenset[str]:
        """Return the keys of the "never while" entities that keep a share closed now."""
        return self._inputs.rules.of(share_id).never_while

    def own_entities(self, share_id: str) -> frozenset[str]:
        """Return the keys of entities that a share's rules name to no effect, because they are ours or made of ours."""
        return self._inputs.rules.of(share_id).own_entities

    def no_picture(self, share: Share) -> str | None:
        """Return why no picture comes from a share's camera, as far as it is known."""
        return self.household.cameras.no_picture(share.camera)

    def unchanged_since(self, share: Share) -> datetime | None:
        """Return since when the image of a share's camera has been the same; None: it moves, or nobody watches it."""
        stream = self.household.cameras.stream(share.camera)
        still = stream.stillness.still if stream else None
        return still.since if still else None

    @callback
    def add_issue_source(self, source: Callable[[], Issues]) -> Callable[[], None]:
        """Show the issues of one more source in Repairs, and return a callback that updates all of them."""
        self._display_parts.issues.add_source(source)
        return self._display_parts.issues.update

    def issue_details(self, issue: str) -> Mapping[str, str] | None:
        """Return the placeholders of a repair's dialog, for administrators; None where that is settled."""
        return self._display_parts.issues.details(issue)

    @callback
    def on_share_added(self, listener: Callable[[Share], None]) -> None:
        """Call `listener` for every share added from now on."""
        self._updates.on_share_added(listener)

    @callback
    def _household_changed(self) -> None:
        """Decide anew, as the record's health changed or this home was restored, and try again what failed before."""
        self.facts_changed()
        if self._protocol_parts.rekeying.is_due and not self._is_rekeying:
            self._is_rekeying = True
            self.hass.config_entries.async_schedule_reload(self.entry.entry_id)
        if not self._log.hub_log.has_caught_up:
            self.spawn(self._async_catch_up(), "latchstring record")

    async def _async_catch_up(self) -> None:
        await self.async_catch_up()
        self._log.hub_log.offer_first_checkpoint()
        self.facts_changed()
