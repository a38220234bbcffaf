"""The parts that display one hub, and its timers: how they are built."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .clock import HubClock
from .display import HubDisplay
from .hub_issues import (
    HubIssues,
    camera_issues,
    place_issues,
    record_issues,
    rule_issues,
    unheard_issues,
    witness_issues,
)
from .warm_connections import WarmConnections

if TYPE_CHECKING:
    from ..controls.sharing import Sharing
    from ..gate import Decisions, Gate
    from .parts import Controls, HubContext, HubLog, Inputs
    from .protocol_parts import ProtocolParts


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayParts:
    """The parts that display the hub."""

    issues: HubIssues
    clock: HubClock
    display: HubDisplay
    warm: WarmConnections


def build_display_parts(
    context: HubContext,
    inputs: Inputs,
    log: HubLog,
    decisions: Decisions,
    controls: Controls,
    gate: Gate,
    protocol_parts: ProtocolParts,
) -> DisplayParts:
    """Build the parts that display the hub, to the owner and to the hub."""
    issues = _build_issues(context, inputs, log, controls.sharing)
    warm = WarmConnections(inputs.shares, decisions, controls.sharing)
    clock = HubClock(
        context.hass,
        household=context.household,
        client=context.client,
        gate=gate,
        hub_log=log.hub_log,
        on_tick=context.reactions.time_changed,
        on_change=context.reactions.facts_changed,
    )
    display = HubDisplay(
        context.entry.entry_id,
        shares=inputs.shares.now,
        decisions=decisions,
        gate=gate,
        household_log=controls.household_log,
        keep_connected=warm.update,
        then=(
            protocol_parts.handler.send_cameras,
            protocol_parts.alarms.update,
            protocol_parts.pictures.update,
            issues.update,
        ),
        change_at=clock.change_at,
    )
    return DisplayParts(issues=issues, clock=clock, display=display, warm=warm)


def _build_issues(
    context: HubContext, inputs: Inputs, log: HubLog, sharing: Sharing
) -> HubIssues:
    """Build the repair issues of the hub."""
    hass, entry = context.hass, context.entry
    shares, rules = inputs.shares, inputs.rules
    return HubIssues(
        hass,
        entry,
        lambda: place_issues(entry, inputs.agreement.problem),
        lambda: witness_issues(entry, log.witness),
        lambda: record_issues(
            entry,
            sessions=log.hub_log.today.total(),
            requests=log.hub_log.asked_today,
        ),
        lambda: rule_issues(
            hass,
            entry,
            shares.now().values(),
            lambda share_id: rules.of(share_id).own_entities,
        ),
        lambda: camera_issues(
            hass, entry, shares.now().values(), sharing.is_of_another_source
        ),
        lambda: unheard_issues(
            hass,
            entry,
            shares.now().values(),
            lambda share_id, since: rules.of(share_id).silent_since(since),
        ),
    )
