"""The parts that exchange messages with one hub: how they are built."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..controls.request_answers import RequestAnswers
from ..gate import HubMessageHandler, Requests
from ..pairing.rekeying import Rekeying
from .camera_list import CameraList
from .reports.alarms import AlarmReports
from .reports.pictures import PictureReports

if TYPE_CHECKING:
    from ..gate import Decisions, Gate
    from .parts import Controls, HubContext, HubLog, Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolParts:
    """The parts that exchange messages with the hub."""

    requests: Requests
    answers: RequestAnswers
    alarms: AlarmReports
    pictures: PictureReports
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
    pictures = _build_pictures(context, inputs, controls, gate)

    def send_again() -> None:
        alarms.send_again()
        pictures.send_again()

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
        pictures=pictures,
        handler=_build_handler(
            context, inputs, log, decisions, gate, requests, send_again
        ),
        rekeying=Rekeying(
            context.hass,
            context.entry,
            household=context.household,
            on_agreement_changed=inputs.agreement.agreement_changed,
            on_unreached=inputs.agreement.hub_unreached,
            spawn=context.reactions.spawn,
        ),
    )


def _build_pictures(
    context: HubContext, inputs: Inputs, controls: Controls, gate: Gate
) -> PictureReports:
    return PictureReports(
        context.hass,
        gate=gate,
        shares=inputs.shares.now,
        source=controls.sharing.source,
        send=context.client.send,
        on_change=partial(context.reactions.mark, ()),
    )


def _build_handler(
    context: HubContext,
    inputs: Inputs,
    log: HubLog,
    decisions: Decisions,
    gate: Gate,
    requests: Requests,
    send_again: Callable[[], None],
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
        send_again=send_again,
    )
