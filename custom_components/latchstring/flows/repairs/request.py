"""The fix flow of one viewer's request, which is listed among the repairs until it is answered.

The dialog has the same request from beginning to end. What is allowed is what was shown, however many other requests
came meanwhile.
"""

from typing import TYPE_CHECKING, Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ...controls.request_answers import Answer
from ...core.text import escape_markdown
from ...household.actors import acting_person
from ...localize import Sentences
from ...runtime.loaded import loaded_hubs, waiting_request

if TYPE_CHECKING:
    from ...gate import Request
    from ...runtime.hub import HubRuntime


class RequestFlow(RepairsFlow):
    """Shows who asks for what, and answers the request. Closing the dialog answers nothing."""

    def __init__(self, entry_id: str, request_id: str) -> None:
        self._entry_id = entry_id
        self._request_id = request_id

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show the request, and offer the answers."""
        try:
            runtime, request = self._waiting()
        except ServiceValidationError as err:
            return self.async_abort(reason=str(err.translation_key))
        words = await Sentences.load(self.hass)
        share = runtime.shares.get(request.share_id or "")
        placeholders = {
            "viewer": str(request.viewer),
            "camera": share.label if share else "",
            "hub": runtime.entry.title,
            "purpose": request.purpose,
            "case": request.wish.case or words.say("request", "no_case"),
        }
        return self.async_show_menu(
            step_id="init",
            menu_options=[*map(str, Answer)],
            description_placeholders={
                **{name: escape_markdown(text) for name, text in placeholders.items()},
                "minutes": str(request.minutes),
                "until": words.clock(request.answer_by, seconds=True),
            },
        )

    async def async_step_allow_once(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Let the viewer in for one look."""
        return await self._async_answer(Answer.ALLOW_ONCE)

    async def async_step_allow(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Let the viewer in for a while."""
        return await self._async_answer(Answer.ALLOW)

    async def async_step_refuse(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Refuse."""
        return await self._async_answer(Answer.REFUSE)

    def _waiting(self) -> tuple[HubRuntime, Request]:
        """Return the request and its hub; raise ServiceValidationError if it is no longer pending."""
        hubs = loaded_hubs(self.hass)
        of_entry = [each for each in hubs if each.entry.entry_id == self._entry_id]
        return waiting_request(of_entry, self._request_id)

    async def _async_answer(self, answer: Answer) -> RepairsFlowResult:
        """Answer as the user of the browser, or abort with the reason why that did not count."""
        if (user_id := acting_person().user_id) is None:
            return self.async_abort(reason="may_not_open_user")
        try:
            runtime, request = self._waiting()
            await runtime.answers.async_answer(
                request.request_id, answer, Context(user_id=user_id)
            )
        except HomeAssistantError as err:
            placeholders = err.translation_placeholders or {}
            return self.async_abort(
                reason=str(err.translation_key),
                description_placeholders={
                    name: escape_markdown(text) for name, text in placeholders.items()
                },
            )
        # Home Assistant would call the other ending a repair; the issue is gone by now.
        return self.async_abort(
            reason="refused" if answer is Answer.REFUSE else "allowed",
            description_placeholders={"viewer": escape_markdown(str(request.viewer))},
        )
