"""The phones that a hub's options name: they are told what happens, and may answer a request.

Any registered phone can fire any event, so an answer counts only by a nonce that was sent to a phone and was not used
yet, within the request's time, and from a user who may open. Where a phone can't be relied on to be unlocked for an
answer, it offers only to refuse, and to open the app.
"""

from collections.abc import Callable
from dataclasses import dataclass
import logging
import secrets
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.util import slugify

from .answers import Answer, async_answer
from .const import CONF_NOTIFY, DOMAIN
from .core.text import escape_html
from .people import NOTIFY, PHONE_PREFIX
from .undocumented import async_call_unrecorded
from .words import Words

if TYPE_CHECKING:
    from homeassistant.core import Context

    from .gate import Request
    from .runtime import HubRuntime

_LOGGER = logging.getLogger(__name__)

EVENT_ANSWERED: Final = "mobile_app_notification_action"
MOBILE_APP: Final = "mobile_app"
APPLE: Final = "Apple"
"""The manufacturer of the phones that ask to be unlocked before they answer."""

REPAIRS_PAGE: Final = "/config/repairs"
"""Where administrators answer; whoever may not go there comes to their own first page."""

TAPPED: Final = {"url": REPAIRS_PAGE, "clickAction": REPAIRS_PAGE}
"""Where a tap on a question leads, as an iPhone and as other phones read it."""


CLEAR: Final = "clear_notification"
"""What the app reads as no message: it takes the one of the same tag off its screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button on one phone, for one request."""

    request_id: str
    answer: Answer


def is_unlocked_to_answer(hass: HomeAssistant, service: str) -> bool:
    """Say whether every phone behind this action is unlocked before a button on its lock screen counts."""
    devices = dr.async_get(hass)
    phones = [
        device
        for entry in hass.config_entries.async_entries(MOBILE_APP)
        for device in dr.async_entries_for_config_entry(devices, entry.entry_id)
        if PHONE_PREFIX + slugify(device.name) == service
    ]
    return bool(phones) and all(each.manufacturer == APPLE for each in phones)


class Phones:
    """Tells the chosen phones, and hears their answers."""

    def __init__(self, runtime: HubRuntime, words: Words) -> None:
        """Know no button yet."""
        self._runtime = runtime
        self._words = words
        self._buttons: dict[str, Button] = {}

    @callback
    def listen(self) -> CALLBACK_TYPE:
        """Hear answers, until the function given back is called."""
        return self._runtime.hass.bus.async_listen(EVENT_ANSWERED, self._async_heard)

    @callback
    def tell(
        self,
        message: str,
        *,
        tag: str,
        actions: Callable[[str], list[dict[str, Any]]] | None = None,
    ) -> None:
        """Send a message to every chosen phone that there is; `actions` gives the buttons for one of them.

        It takes the place of the last one of the same `tag`.
        """
        hass = self._runtime.hass
        for service in self._runtime.entry.options.get(CONF_NOTIFY, ()):
            if not hass.services.has_service(NOTIFY, service):
                continue
            extra: dict[str, Any] = {"tag": self._tag(tag), "group": DOMAIN}
            if actions is not None:
                extra |= {"actions": actions(service), **TAPPED}
            data = {
                "title": escape_html(self._runtime.entry.title),
                "message": message,
                "data": extra,
            }
            hass.async_create_task(
                _async_send(hass, service, data), f"{DOMAIN} {service}"
            )

    @callback
    def ask(self, message: str, request: Request) -> None:
        """Put a request to every chosen phone, with buttons to answer it by."""
        self.tell(
            message,
            tag=_question(request.request_id),
            actions=lambda service: self._actions(service, request),
        )

    @callback
    def take_back(self, request_id: str) -> None:
        """Take a question off every chosen phone: whoever answers it now would answer nothing."""
        self.tell(CLEAR, tag=_question(request_id))

    @callback
    def forget(self, waiting: frozenset[str]) -> None:
        """Let no button answer any more but those of the requests that still wait."""
        self._buttons = {
            nonce: button
            for nonce, button in self._buttons.items()
            if button.request_id in waiting
        }

    def _tag(self, tag: str) -> str:
        """Return what a phone knows a message by: this hub's, whatever ids others choose."""
        return f"{DOMAIN}-{self._runtime.entry.entry_id}-{tag}"

    def _actions(self, service: str, request: Request) -> list[dict[str, Any]]:
        refuse = self._action(request, Answer.REFUSE)
        if not is_unlocked_to_answer(self._runtime.hass, service):
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

    async def _async_heard(self, event: Event) -> None:
        """Take an answer that one of our buttons gives; whatever else a phone says is not for us."""
        nonce = event.data.get("action")
        if not isinstance(nonce, str) or (button := self._buttons.get(nonce)) is None:
            return
        try:
            await self._async_answer(button, event.context)
        except HomeAssistantError as err:
            _LOGGER.warning("An answer from a phone did not count: %s", err)

    async def _async_answer(self, button: Button, context: Context) -> None:
        """Answer. A phone always acts for a user: one without is somebody's invention."""
        if context.user_id is not None:
            await async_answer(self._runtime, button.request_id, button.answer, context)


def _question(request_id: str) -> str:
    """Return the tag of a question: a session's id may be the same."""
    return f"request-{request_id}"


async def _async_send(hass: HomeAssistant, service: str, data: dict[str, Any]) -> None:
    """Run the phone's action where the recorder does not hear of it: what it says is a name."""
    try:
        await async_call_unrecorded(hass, NOTIFY, service, data)
    except Exception:
        _LOGGER.exception("%s could not be told", service)
