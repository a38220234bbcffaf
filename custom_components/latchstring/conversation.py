"""What is said between a hub and this home: how that is built for one hub."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .alarms import Alarms
from .answers import RequestAnswers
from .camera_list import CameraList
from .gate import HomePeer, Requests
from .succession import Succession

if TYPE_CHECKING:
    from .assembly import Controls, HubContext, HubLog, Inputs
    from .gate import Decisions, Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What is said between the hub and this home."""

    requests: Requests
    answers: RequestAnswers
    alarms: Alarms
    handler: HomePeer
    succession: Succession


def build_conversation(
    context: HubContext,
    inputs: Inputs,
    log: HubLog,
    decisions: Decisions,
    controls: Controls,
    gate: Gate,
) -> Conversation:
    """Build what the hub asks and is told, and what hears it."""
    requests = Requests(
        context.hass,
        hub=context.hub,
        decisions=decisions,
        gate=gate,
        ledger=log.ledger,
        send=context.client.send,
    )
    alarms = Alarms(
        openings=inputs.openings,
        shares=inputs.shares.now,
        is_open=lambda share_id: decisions.of(share_id).open,
        send=context.client.send,
    )
    return Conversation(
        requests=requests,
        answers=RequestAnswers(
            context.hass,
            latch=controls.latch,
            journal=controls.journal,
            openings=inputs.openings,
            decisions=decisions,
            requests=requests,
            gate=gate,
            shares=inputs.shares.now,
        ),
        alarms=alarms,
        handler=_build_handler(context, inputs, log, decisions, gate, requests, alarms),
        succession=Succession(
            context.hass,
            context.entry,
            household=context.household,
            on_agreement_changed=inputs.agreement.agreement_changed,
            on_unreached=inputs.agreement.hub_unreached,
            spawn=context.react.spawn,
        ),
    )


def _build_handler(
    context: HubContext,
    inputs: Inputs,
    log: HubLog,
    decisions: Decisions,
    gate: Gate,
    requests: Requests,
    alarms: Alarms,
) -> HomePeer:
    cameras = CameraList(context.entry, shares=inputs.shares.now, decisions=decisions)
    return HomePeer(
        context.hass,
        gate=gate,
        ledger=log.ledger,
        requests=requests,
        owner=inputs.agreement,
        cameras=cameras.now,
        send=context.client.send,
        tell_again=alarms.tell_again,
    )
