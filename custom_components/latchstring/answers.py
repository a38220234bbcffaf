"""The owner's answers to requests: allow once, allow for a while, refuse."""

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .core.model import Approval, Block, Window
from .gate import Answered
from .openings import CAP
from .permission import async_actor
from .share_now import async_require_unblocked

if TYPE_CHECKING:
    from homeassistant.core import Context, HomeAssistant

    from .gate import Request
    from .runtime import HubRuntime

DEFAULT_LENGTH: Final = timedelta(minutes=15)
ONE_LOOK: Final = CAP


class Answer(StrEnum):
    """What a button says."""

    ALLOW_ONCE = "allow_once"
    ALLOW = "allow"
    REFUSE = "refuse"


def waiting_request(hass: HomeAssistant, request_id: str) -> tuple[HubRuntime, Request]:
    """Find the hub whose request this is, or raise ServiceValidationError."""
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        runtime: HubRuntime = entry.runtime_data
        if (request := runtime.requests.get(request_id)) is not None:
            return runtime, request
    raise _over()


async def async_answer(
    runtime: HubRuntime, request_id: str, answer: Answer, context: Context
) -> None:
    """Do what a button says. Raises what tells the owner why not."""
    match answer:
        case Answer.ALLOW_ONCE:
            await async_allow(runtime, request_id, context, length=ONE_LOOK, once=True)
        case Answer.ALLOW:
            await async_allow(runtime, request_id, context)
        case Answer.REFUSE:
            await async_refuse(runtime, request_id, context)


async def async_allow(
    runtime: HubRuntime,
    request_id: str,
    context: Context | None,
    *,
    length: timedelta = DEFAULT_LENGTH,
    once: bool = False,
) -> None:
    """Let one viewer in for a while, or for one look within it. Raises what tells the owner why not."""
    attempt = await runtime.latch.async_try(context)
    await _async_allowable(runtime, request_id)
    window = _from_now(length)
    entry_id = await runtime.latch.async_lift(
        attempt,
        runtime.journal.async_answered(
            request_id, attempt.actor, allowed=True, until=window.end
        ),
    )
    request = await _async_allowable(runtime, request_id)
    approval = Approval(
        request=request_id, viewer=request.viewer, window=window, once=once
    )
    runtime.openings.approve(request.share_id or "", approval)
    runtime.requests.granted(request_id)
    runtime.gate.tell(Answered(request=request, allowed=True, entry_id=entry_id))


async def async_refuse(
    runtime: HubRuntime, request_id: str, context: Context | None
) -> None:
    """Say no. The hub hears what it would hear if nobody had answered, and then."""
    request = _waiting(runtime, request_id)
    runtime.requests.refused(request_id)
    actor = await async_actor(runtime.hass, context)
    entry_id = await runtime.journal.async_refused(request_id, actor)
    runtime.gate.tell(Answered(request=request, allowed=False, entry_id=entry_id))


async def _async_allowable(runtime: HubRuntime, request_id: str) -> Request:
    """Give a request that a yes would let in. A hub that is told yes and then refused would know that a block holds."""
    request = _waiting(runtime, request_id)
    share = runtime.shares[request.share_id or ""]
    why = runtime.decisions.of(share.share_id, request.viewer).reason
    if isinstance(why, Block):
        await async_require_unblocked(runtime.hass, [(share, why)])
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
