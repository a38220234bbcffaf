"""The owner's answers to requests: allow once, allow for a while, refuse."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.const import Platform
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..core.model import Approval, Block, Window
from ..gate import Answered
from ..household.actors import async_actor
from ..rules.timed_openings import CAP
from ..tracking.own_entities import own_entity_id
from .permissions import async_require_access
from .share_now import async_require_unblocked

if TYPE_CHECKING:
    from homeassistant.core import Context, HomeAssistant

    from ..core.model import Share
    from ..gate import Decisions, Gate, Request, Requests
    from ..rules.timed_openings import TimedOpenings
    from .guard import OpeningGuard
    from .household_log import HouseholdLogWriter


class Answer(StrEnum):
    """The answer of a button, the one that allows least first."""

    REFUSE = "refuse"
    ALLOW_ONCE = "allow_once"
    ALLOW = "allow"


class RequestAnswers:
    """Takes the owner's answers to the requests of one hub. Each may be given once, while its request waits."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        guard: OpeningGuard,
        household_log: HouseholdLogWriter,
        openings: TimedOpenings,
        decisions: Decisions,
        requests: Requests,
        gate: Gate,
        shares: Callable[[], Mapping[str, Share]],
    ) -> None:
        """`shares` returns the hub's shares of now."""
        self._hass = hass
        self._guard = guard
        self._household_log = household_log
        self._openings = openings
        self._decisions = decisions
        self._requests = requests
        self._gate = gate
        self._shares = shares

    async def async_answer(
        self, request_id: str, answer: Answer, context: Context
    ) -> None:
        """Apply the answer of a button. Raises HomeAssistantError with the reason why not."""
        match answer:
            case Answer.ALLOW_ONCE:
                await self.async_allow(request_id, context, once=True)
            case Answer.ALLOW:
                await self.async_allow(request_id, context)
            case Answer.REFUSE:
                await self.async_refuse(request_id, context)

    async def async_allow(
        self,
        request_id: str,
        context: Context,
        *,
        length: timedelta | None = None,
        once: bool = False,
    ) -> None:
        """Let one viewer in for `length`, by default as long as was asked, or for one look within it.

        Raises HomeAssistantError with the reason why not.
        """
        await self._async_require_control(request_id, context)
        attempt = await self._guard.async_begin(context)
        request = await self._async_allowable(request_id)
        window = _from_now(length or timedelta(minutes=request.minutes))
        entry_id = await self._guard.async_require_recorded(
            attempt,
            self._household_log.async_answered(
                request_id, attempt.actor, allowed=True, until=window.end
            ),
        )
        # It may have been answered, be over or be kept out by now: writing takes its time.
        request = await self._async_allowable(request_id)
        self._let_in(request, window, once=once)
        self._gate.notify(Answered(request=request, allowed=True, entry_id=entry_id))

    async def async_refuse(self, request_id: str, context: Context) -> None:
        """Refuse, which everybody may do who may switch the camera's sharing off.

        The hub is sent the same, and at the same time, as if nobody had answered.
        """
        await self._async_require_control(request_id, context)
        request = self._waiting(request_id)
        self._requests.refused(request_id)
        actor = await async_actor(self._hass, context)
        entry_id = await self._household_log.async_refused(request_id, actor)
        self._gate.notify(Answered(request=request, allowed=False, entry_id=entry_id))

    async def _async_require_control(self, request_id: str, context: Context) -> None:
        """Raise Unauthorized unless the caller may switch the sharing of the camera that is asked for."""
        share_id = self._waiting(request_id).share_id or ""
        entity_id = own_entity_id(self._hass, Platform.SWITCH, share_id, "sharing")
        await async_require_access(self._hass, context, [entity_id], POLICY_CONTROL)

    def _let_in(self, request: Request, window: Window, *, once: bool) -> None:
        approval = Approval(
            request=request.request_id,
            viewer=request.viewer,
            wish=request.wish,
            window=window,
            once=once,
        )
        self._openings.approve(request.share_id or "", approval)
        self._requests.granted(request.request_id)

    async def _async_allowable(self, request_id: str) -> Request:
        """Return a request whose viewer would be let in if it was allowed now, or raise ServiceValidationError."""
        # A hub that is granted a request and then refused the session would learn what keeps its viewer out.
        request = self._waiting(request_id)
        share = self._shares()[request.share_id or ""]
        why = self._decisions.of(share.share_id, request.asker).reason
        if isinstance(why, Block):
            await async_require_unblocked(self._hass, [(share, why)])
        if not self._gate.admission.within_limits(share, request.wish):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="request_beyond_limits",
                translation_placeholders={"camera": share.label},
            )
        return request

    def _waiting(self, request_id: str) -> Request:
        if (request := self._requests.get(request_id)) is None:
            raise request_over()
        return request


def request_over() -> ServiceValidationError:
    """Return the error of a request that cannot be answered any more."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key="request_over"
    )


def _from_now(length: timedelta) -> Window:
    now = dt_util.utcnow()
    return Window(start=now, end=now + min(length, CAP))
