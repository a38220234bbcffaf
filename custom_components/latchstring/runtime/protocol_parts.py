"""The parts that exchange messages with one hub: how they are built."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..controls.request_answers import RequestAnswers
from ..gate import HubMessageHandler, Requests
from ..pairing.rekeying import Rekeying
from .alarm_reports import AlarmReports
from .camera_list import CameraList

if TYPE_CHECKING:
    from ..gate import Decisions, Gate
    from .parts import Controls, HubContext, HubLog, Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolParts:
    """The parts that exchange messages with the hub."""

    requests: Requests
    answers: RequestAnswers
    alarms: AlarmReports
    handler: HubMessageHandler
    rekeying: Rekeying


def build_protocol_parts(
    context: HubContext,
    inputs: Inputs,
    log: HubLog,
    decisions: Decisions,
    controls: Controls,
    gate: Gate,
) -> ProtocolParts:
    """Build the parts that exchange messages with the hub."""
    requests = Requests(
        context.hass,
        hub=context.hub,
        decisions=decisions,
        gate=gate,
        hub_log=log.hub_log,
        send=context.client.send,
    )
    alarms = AlarmReports(
        openings=inputs.openings,
        shares=inputs.shares.now,
        is_open=lambda share_id: decisions.of(share_id).open,
        send=context.client.send,
    )
    return ProtocolParts(
        requests=requests,
        answers=RequestAnswers(
            context.hass,
            guard=controls.guard,
            household_log=controls.household_log,
            openings=inputs.openings,
            decisions=decisions,
            requests=requests,
            gate=gate,
            shares=inputs.shares.now,
        ),
        alarms=alarms,
        handler=_build_handler(context, inputs, log, decisions, gate, requests, alarms),
        rekeying=Rekeying(
            context.hass,
            context.entry,
            household=context.household,
            on_agreement_changed=inputs.agreement.agreement_changed,
            on_unreached=inputs.agreement.hub_unreached,
            spawn=context.reactions.spawn,
        ),
    )


def _build_handler(
    context: HubContext,
    inputs: Inputs,
    log: HubLog,
    decisions: Decisions,
    gate: Gate,
    requests: Requests,
    alarms: AlarmReports,
) -> HubMessageHandler:
    cameras = CameraList(context.entry, shares=inputs.shares.now, decisions=decisions)
    return HubMessageHandler(
        context.hass,
        gate=gate,
        hub_log=log.hub_log,
        requests=requests,
        listener=inputs.agreement,
        cameras=cameras.now,
        send=context.client.send,
        send_again=alarms.send_again,
    )
