"""The parts of one hub that decide, and how they are built: each from those before it."""

import asyncio
from collections.abc import Collection, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from homeassistant.util.ssl import get_default_context

from ..controls.guard import OpeningGuard
from ..controls.household_log import HouseholdLogWriter
from ..controls.permissions import openers_of
from ..controls.share_now import ShareNow
from ..controls.sharing import Sharing
from ..gate import Decisions, Gate, GateCallbacks, HubLogWriter, Listeners, Witness
from ..rules.monitor import RuleMonitor
from ..rules.timed_openings import TimedOpenings
from ..settings.hub import hub_of
from .agreement_watch import AgreementWatch
from .facts import ShareFacts
from .hub_client import HubClient
from .presence import Presence
from .session_use import SessionUse
from .share_list import ShareList

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from ..core.model import Hub
    from ..household.household import Household


class Reactions(Protocol):
    """Callbacks of the parts. None of them is called before all parts are built."""

    def facts_changed(self, share_ids: Collection[str] | None = None) -> None:
        """Decide anew about these shares (None: about all), and have them displayed."""

    def cut(self, share_ids: Collection[str]) -> None:
        """Cut these shares, as a change could not be processed."""

    def presence_changed(self, owner_id: str) -> None:
        """Decide anew, as an entity of a share or the hub was added or removed."""

    def witness_changed(self) -> None:
        """Display the hub, as its cosignatures changed."""

    def time_changed(self) -> None:
        """Decide anew about every share, as time alone may have changed a fact."""

    def mark(self, share_ids: Collection[str]) -> None:
        """Queue these shares for display, and the hub."""

    def show_at_once(self, share_id: str) -> None:
        """Display a share at once, if it is queued."""

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Start a task that ends with the config entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubContext:
    """What there is before any part of a hub that decides or displays."""

    hass: HomeAssistant
    entry: ConfigEntry
    household: Household
    hub: Hub
    client: HubClient
    reactions: Reactions


def build_context(
    hass: HomeAssistant, entry: ConfigEntry, household: Household, reactions: Reactions
) -> HubContext:
    """Build the hub's client, unconnected."""
    return HubContext(
        hass=hass,
        entry=entry,
        household=household,
        hub=hub_of(entry),
        client=HubClient(entry, household, spawn=reactions.spawn),
        reactions=reactions,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The parts that know the facts which the owner, the home and the hub change."""

    presence: Presence
    openings: TimedOpenings
    rules: RuleMonitor
    shares: ShareList
    agreement: AgreementWatch


def build_inputs(context: HubContext) -> Inputs:
    """Build the parts that know the facts."""

    def may_open(user_id: str) -> bool:
        return context.household.users.may_open(user_id, openers_of(context.entry))

    openings = TimedOpenings(context.hass, on_change=context.reactions.facts_changed)
    rules = RuleMonitor(
        cameras=context.household.cameras,
        entity_monitors=context.household.entity_monitors,
        openings=openings,
        may_open=may_open,
        on_change=context.reactions.facts_changed,
        on_failed=context.reactions.cut,
        on_picture=context.reactions.mark,
    )
    return Inputs(
        presence=Presence(context.reactions.presence_changed),
        openings=openings,
        rules=rules,
        shares=ShareList(context.entry, rules),
        agreement=AgreementWatch(
            context.hass,
            context.entry,
            spawn=context.reactions.spawn,
            on_change=context.reactions.facts_changed,
            on_reached=context.client.agree_on_clock,
            on_state_changed=partial(context.reactions.mark, ()),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLog:
    """The hub's log, its witness, and the listeners to the gate's events."""

    listeners: Listeners
    witness: Witness
    hub_log: HubLogWriter


def build_log(context: HubContext) -> HubLog:
    """Build the writer of the hub's log, and its witness."""
    record, clock = context.household.record, context.household.clock
    listeners = Listeners()
    witness = Witness(
        record.log(context.hub.log),
        hub=context.hub,
        send=context.client.send,
        on_change=context.reactions.witness_changed,
        on_foreign_head=partial(context.household.foreign_head_found, context.hub.log),
    )
    hub_log = HubLogWriter(
        context.hass,
        record=record,
        hub=context.hub,
        witness=witness,
        send=context.client.send,
        now=lambda: clock.now,
        on_recorded=listeners.notify,
    )
    return HubLog(listeners=listeners, witness=witness, hub_log=hub_log)


def build_decisions(context: HubContext, inputs: Inputs, log: HubLog) -> Decisions:
    """Build the decisions about the shares, by their facts."""
    facts = ShareFacts(
        context.household,
        hub=context.hub,
        shares=inputs.shares.now,
        presence=inputs.presence,
        openings=inputs.openings,
        rules=inputs.rules,
        agreement=inputs.agreement,
        hub_log=log.hub_log,
    )
    return Decisions(
        shares=inputs.shares.now,
        facts=facts.of,
        admission_block=lambda: log.witness.admission_block,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What people open and close with."""

    household_log: HouseholdLogWriter
    guard: OpeningGuard
    sharing: Sharing
    share_now: ShareNow


def build_controls(
    context: HubContext, inputs: Inputs, decisions: Decisions
) -> Controls:
    """Build what people open and close with."""
    household_log = HouseholdLogWriter(context.household.log, hub=context.hub)
    guard = OpeningGuard(context.hass, context.entry)
    return Controls(
        household_log=household_log,
        guard=guard,
        sharing=Sharing(
            context.hass,
            context.entry,
            household=context.household,
            household_log=household_log,
            guard=guard,
            openings=inputs.openings,
            on_change=context.reactions.facts_changed,
        ),
        share_now=ShareNow(
            context.hass,
            context.entry,
            guard=guard,
            household_log=household_log,
            openings=inputs.openings,
            shares=inputs.shares.now,
            decision=decisions.of,
        ),
    )


def build_gate(
    context: HubContext,
    inputs: Inputs,
    log: HubLog,
    decisions: Decisions,
    controls: Controls,
) -> Gate:
    """Build the gate."""
    use = SessionUse(
        context.entry.entry_id,
        shares=inputs.shares,
        openings=inputs.openings,
        budget=context.household.camera_budget,
        on_left=context.reactions.mark,
    )
    return Gate(
        context.hass,
        hub=context.hub,
        decisions=decisions,
        hub_log=log.hub_log,
        listeners=log.listeners,
        callbacks=GateCallbacks(
            shares=inputs.shares.now,
            source=controls.sharing.source,
            ingest=context.client.async_ingest,
            has_room=use.has_room,
            show=context.reactions.show_at_once,
            admitted=use.admitted,
            left=use.left,
        ),
        ssl=get_default_context(),
    )
