"""The owner's answers to requests: allow once, allow for a while, refuse."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .core.model import Approval, Window
from .gate import Answered
from .openings import CAP
from .permission import async_actor

if TYPE_CHECKING:
    from homeassistant.core import Context

    from .gate import Request
    from .runtime import HubRuntime

DEFAULT_LENGTH: Final = timedelta(minutes=15)


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
    _waiting(runtime, request_id)
    window = _from_now(length)
    entry_id = await runtime.latch.async_lift(
        attempt,
        runtime.journal.async_answered(
            request_id, attempt.actor, allowed=True, until=window.end
        ),
    )
    request = _waiting(runtime, request_id)
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


def _waiting(runtime: HubRuntime, request_id: str) -> Request:
    if (request := runtime.requests.get(request_id)) is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="request_over"
        )
    return request


def _from_now(length: timedelta) -> Window:
    now = dt_util.utcnow()
    return Window(start=now, end=now + min(length, CAP))
