"""The owner's answers to requests: allow once, allow for a while, refuse."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.const import Platform
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from .actors import async_actor
from .const import DOMAIN
from .core.model import Approval, Block, Window
from .gate import Answered
from .openings import CAP
from .own import own_entity_id
from .permission import async_require_access
from .share_now import async_require_unblocked

if TYPE_CHECKING:
    from homeassistant.core import Context

    from .gate import Request
    from .runtime import HubRuntime


class Answer(StrEnum):
    """What a button says, what lets in least first."""

    REFUSE = "refuse"
    ALLOW_ONCE = "allow_once"
    ALLOW = "allow"


def waiting_request(
    hubs: Iterable[HubRuntime], request_id: str
) -> tuple[HubRuntime, Request]:
    """Find the one of these hubs whose request this is, or raise ServiceValidationError.

    Hubs choose the ids of their requests, so two may have chosen one: then nobody can say whose is meant.
    """
    found = [
        (runtime, request)
        for runtime in hubs
        if (request := runtime.requests.get(request_id)) is not None
    ]
    if not found:
        raise _over()
    if len(found) > 1:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="request_ambiguous"
        )
    return found[0]


async def async_require_control(
    runtime: HubRuntime, request: Request, context: Context
) -> None:
    """Raise Unauthorized unless somebody may switch the sharing of the camera that a request asks for."""
    entity_id = own_entity_id(
        runtime.hass, Platform.SWITCH, request.share_id or "", "sharing"
    )
    await async_require_access(runtime.hass, context, [entity_id], POLICY_CONTROL)


async def async_answer(
    runtime: HubRuntime, request_id: str, answer: Answer, context: Context
) -> None:
    """Do what a button says. Raises what tells the owner why not."""
    match answer:
        case Answer.ALLOW_ONCE:
            await async_allow(runtime, request_id, context, once=True)
        case Answer.ALLOW:
            await async_allow(runtime, request_id, context)
        case Answer.REFUSE:
            await async_refuse(runtime, request_id, context)


async def async_allow(
    runtime: HubRuntime,
    request_id: str,
    context: Context,
    *,
    length: timedelta | None = None,
    once: bool = False,
) -> None:
    """Let one viewer in for what was asked, or for one look within it. Raises what tells the owner why not.

    `length` None: for as long as was asked.
    """
    await async_require_control(runtime, _waiting(runtime, request_id), context)
    attempt = await runtime.latch.async_try(context)
    request = await _async_allowable(runtime, request_id)
    window = _from_now(length or timedelta(minutes=request.minutes))
    entry_id = await runtime.latch.async_lift(
        attempt,
        runtime.journal.async_answered(
            request_id, attempt.actor, allowed=True, until=window.end
        ),
    )
    request = await _async_allowable(runtime, request_id)
    approval = Approval(
        request=request_id,
        viewer=request.viewer,
        wish=request.wish,
        window=window,
        once=once,
    )
    runtime.openings.approve(request.share_id or "", approval)
    runtime.requests.granted(request_id)
    runtime.gate.tell(Answered(request=request, allowed=True, entry_id=entry_id))


async def async_refuse(runtime: HubRuntime, request_id: str, context: Context) -> None:
    """Say no: whoever may switch the camera's sharing off may. The hub hears what it would of no answer, and then."""
    await async_require_control(runtime, _waiting(runtime, request_id), context)
    request = _waiting(runtime, request_id)
    runtime.requests.refused(request_id)
    actor = await async_actor(runtime.hass, context)
    entry_id = await runtime.journal.async_refused(request_id, actor)
    runtime.gate.tell(Answered(request=request, allowed=False, entry_id=entry_id))


async def _async_allowable(runtime: HubRuntime, request_id: str) -> Request:
    """Give a request that a yes would let in. A hub that is told yes and then refused would know what keeps it out."""
    request = _waiting(runtime, request_id)
    share = runtime.shares[request.share_id or ""]
    why = runtime.decisions.of(share.share_id, request.asker).reason
    if isinstance(why, Block):
        await async_require_unblocked(runtime.hass, [(share, why)])
    if not runtime.gate.admission.within_limits(share, request.wish):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="request_beyond_limits",
            translation_placeholders={"camera": share.label},
        )
    return request


def _waiting(runtime: HubRuntime, request_id: str) -> Request:
    if (request := runtime.requests.get(request_id)) is None:
        raise _over()
    return request


def _over() -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key="request_over"
    )


def _from_now(length: timedelta) -> Window:
    now = dt_util.utcnow()
    return Window(start=now, end=now + min(length, CAP))
