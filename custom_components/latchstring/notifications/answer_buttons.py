"""The buttons of a notification that answer a request.

Any registered phone can fire any event, so an answer counts only by a nonce that was sent to a phone and was not used
yet, within the request's time, and from a user who may open. A phone that may answer while locked, or whose messages
name nobody, gets only the buttons to refuse and to open the app.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import logging
import secrets
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import CALLBACK_TYPE, Event, callback
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..controls.request_answers import Answer
from ..localize import Sentences
from ..settings.options import names_nobody

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import Context, HomeAssistant

    from ..gate import Request
    from ..tracking.phone_registrations import Phone

_LOGGER = logging.getLogger(__name__)

EVENT_NOTIFICATION_ACTION: Final = "mobile_app_notification_action"

REPAIRS_PAGE: Final = "/config/repairs"
"""Where administrators answer; other users are redirected to their own first page."""

TAP_ACTION: Final = {"url": REPAIRS_PAGE, "clickAction": REPAIRS_PAGE}
"""What a tap on the message opens, for iPhones and for other phones."""

type AsyncAnswer = Callable[[str, Answer, Context], Awaitable[None]]
"""Answers the request of this id. Raises HomeAssistantError with the reason if that does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button on one phone, for one request."""

    request_id: str
    answer: Answer


class AnswerButtons:
    """The current buttons of one hub's requests, by their nonce."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        words: Sentences,
        async_answer: AsyncAnswer,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._words = words
        self._async_answer = async_answer
        self._buttons: dict[str, Button] = {}

    @callback
    def listen(self) -> CALLBACK_TYPE:
        """Listen to answers. Return a callback to stop."""
        return self._hass.bus.async_listen(
            EVENT_NOTIFICATION_ACTION, self._async_on_action
        )

    @callback
    def forget(self, waiting: frozenset[str]) -> None:
        """Forget the buttons of all requests but the pending ones."""
        self._buttons = {
            nonce: button
            for nonce, button in self._buttons.items()
            if button.request_id in waiting
        }

    def message_data(self, phone: Phone, request: Request) -> dict[str, Any]:
        """Return the message data with new buttons for a request."""
        return {"actions": self._actions(phone, request), **TAP_ACTION}

    def _actions(self, phone: Phone, request: Request) -> list[dict[str, Any]]:
        refuse = self._action(request, Answer.REFUSE)
        if not phone.is_unlocked_to_answer or names_nobody(self._entry.options):
            return [
                refuse,
                {
                    "action": "URI",
                    "title": self._words.say("answer", "open_app"),
                    "uri": REPAIRS_PAGE,
                },
            ]
        return [
            {**self._action(request, answer), "authenticationRequired": True}
            for answer in (Answer.ALLOW_ONCE, Answer.ALLOW)
        ] + [refuse]

    def _action(self, request: Request, answer: Answer) -> dict[str, Any]:
        nonce = f"{DOMAIN}_{secrets.token_urlsafe(24)}"
        self._buttons[nonce] = Button(request_id=request.request_id, answer=answer)
        title = self._words.say("answer", answer, minutes=str(request.minutes))
        return {"action": nonce, "title": title}

    async def _async_on_action(self, event: Event) -> None:
        """Answer the request of one of our buttons; ignore other actions of phones."""
        nonce = event.data.get("action")
        if not isinstance(nonce, str) or (button := self._buttons.get(nonce)) is None:
            return
        # A phone always acts for a user: an event without one was made up.
        if (context := event.context).user_id is None:
            return
        try:
            await self._async_answer(button.request_id, button.answer, context)
        except HomeAssistantError as err:
            _LOGGER.warning("An answer from a phone did not count: %s", err)
