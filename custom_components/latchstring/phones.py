"""The phones that a hub's options name: they are told what happens, and may answer a request.

Any registered phone can fire any event, so an answer counts only by a nonce that was sent to a phone and was not used
yet, within the request's time, and from a user who may open. Where a phone can't be relied on to be unlocked for an
answer, or is told in words that name nobody, it offers only to refuse, and to open the app.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
import logging
import secrets
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import CALLBACK_TYPE, Event, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .answers import Answer
from .const import CONF_NOTIFY, DOMAIN, ISSUE_PHONES_UNTOLD, ISSUE_PUSHES_USED_UP
from .core.pushes import A_HUB, A_PHONE, PUSHES, Budget, Kind
from .core.text import escape_html, escape_markdown
from .failures import Failures
from .hub_issues import Told, listed
from .options import names_nobody
from .registrations import NOTIFY, Phone, Untold, phone_of
from .undocumented import async_call_unrecorded
from .words import Words

if TYPE_CHECKING:
    from homeassistant.core import Context, HomeAssistant

    from .gate import Request
    from .hub_issues import Issues
    from .runtime import HubRuntime

_LOGGER = logging.getLogger(__name__)

EVENT_ANSWERED: Final = "mobile_app_notification_action"

REPAIRS_PAGE: Final = "/config/repairs"
"""Where administrators answer; whoever may not go there comes to their own first page."""

TAPPED: Final = {"url": REPAIRS_PAGE, "clickAction": REPAIRS_PAGE}
"""Where a tap on a question leads, as an iPhone and as other phones read it."""

CLEAR: Final = "clear_notification"
"""What the app reads as no message: it takes the one of the same tag off its screen."""

SAID_FOR: Final = timedelta(days=1)
"""How long a repair says that there was more than phones are told."""

TELLING: Final = "Telling"

type PhoneBudgets = dict[tuple[str, str | None], Budget]
"""By the phone, and the hub that it is told for; None: all of them."""

BUDGETS_KEY: Final[HassKey[PhoneBudgets]] = HassKey(f"{DOMAIN}_phone_budgets")
"""What each phone was told. A restart forgets it, and no hub can bring one about."""

type Actions = Callable[[Phone], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button on one phone, for one request."""

    request_id: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What phones were told the beginning of, and will be told the end."""

    kind: Kind
    phones: tuple[str, ...]


class Phones:
    """Tells the chosen phones, as far as their budgets go, and hears their answers."""

    def __init__(self, runtime: HubRuntime, words: Words) -> None:
        """Know no button yet."""
        self._runtime = runtime
        self._hass = runtime.hass
        self._words = words
        self._buttons: dict[str, Button] = {}
        self._budget = Budget(A_HUB)
        self._budgets = self._hass.data.setdefault(BUDGETS_KEY, {})
        self._begun: dict[str, Begun] = {}
        self._silent: datetime | None = None
        self._failed: set[str] = set()
        self._failures = Failures(_LOGGER)
        self._look = runtime.also_shows(self.issues)

    @callback
    def listen(self) -> CALLBACK_TYPE:
        """Hear answers, until the function given back is called."""
        return self._hass.bus.async_listen(EVENT_ANSWERED, self._async_heard)

    @callback
    def tell(
        self, kind: Kind, name: str, message: str, *, actions: Actions | None = None
    ) -> bool:
        """Send a message to every chosen phone that there is; return whether the hub's budget had room for it.

        `actions` gives the buttons for one phone. The last message that a budget has room for says so.
        """
        at = dt_util.utcnow()
        if not (chosen := self._chosen):
            return True
        if not self._budget.has_room(kind, at):
            self._silent = at
            return False
        self._budget.begin(kind, at)
        tag = self._tag(kind, name)
        told = tuple(
            phone.key
            for key in chosen
            if (phone := phone_of(self._hass, key)).is_reached
            and self._begin(phone, kind, at, tag, message, actions)
        )
        if PUSHES[kind] > 1:
            self._begun[tag] = Begun(kind=kind, phones=told)
        return True

    @callback
    def finish(self, kind: Kind, name: str, message: str) -> None:
        """Send what comes in place of an earlier message, to whoever got that one."""
        tag = self._tag(kind, name)
        if (begun := self._begun.pop(tag, None)) is None:
            return
        at = dt_util.utcnow()
        self._budget.finish(kind, at, is_told=True)
        for key in begun.phones:
            phone = phone_of(self._hass, key)
            # What takes nothing but words would show the command to take a message back.
            is_told = (
                key in self._chosen
                and phone.is_reached
                and (message != CLEAR or phone.action is not None)
            )
            for budget in self._budgets_of(key):
                budget.finish(kind, at, is_told=is_told)
            if is_told:
                self._send(phone, message, {"tag": tag})

    def next_room(self, kind: Kind) -> datetime:
        """Return when the next message of this kind may be told, by every chosen phone."""
        at = dt_util.utcnow()
        budgets = [
            self._budget,
            *(each for key in self._chosen for each in self._budgets_of(key)),
        ]
        return max(each.next_room(kind, at) for each in budgets)

    @callback
    def ask(self, message: str, request: Request) -> None:
        """Put a request to every chosen phone, with buttons to answer it by."""
        self.tell(
            Kind.QUESTION,
            request.request_id,
            message,
            actions=lambda phone: self._actions(phone, request),
        )

    @callback
    def take_back(self, request_id: str) -> None:
        """Take a question off every chosen phone: whoever answers it now would answer nothing."""
        self.finish(Kind.QUESTION, request_id, CLEAR)

    @callback
    def forget(self, waiting: frozenset[str]) -> None:
        """Let no button answer any more but those of the requests that still wait."""
        self._buttons = {
            nonce: button
            for nonce, button in self._buttons.items()
            if button.request_id in waiting
        }

    @callback
    def stop(self) -> None:
        """Give up the room that was kept for what nobody will tell any more."""
        at = dt_util.utcnow()
        for begun in self._begun.values():
            for key in begun.phones:
                for budget in self._budgets_of(key):
                    budget.finish(begun.kind, at, is_told=False)
        self._begun = {}

    def issues(self) -> Issues:
        """Return what there is to say of phones that are not told, or not all; while it starts, they may yet come."""
        entry = self._runtime.entry
        found: dict[str, Told] = {}
        if self._hass.is_running and (untold := [*self._untold()]):
            found[ISSUE_PHONES_UNTOLD] = listed(entry, phones=untold)
        if self._silent and dt_util.utcnow() - self._silent < SAID_FOR:
            at = self._words.clock(self._silent)
            hub = escape_markdown(entry.title)
            found[ISSUE_PUSHES_USED_UP] = Told(everybody={"hub": hub, "at": at})
        return found

    def _budgets_of(self, key: str) -> list[Budget]:
        """Return what a phone may be told for all hubs, and this hub's part of that."""
        entry = self._runtime.entry
        whole = self._budgets.setdefault((key, None), Budget(A_PHONE))
        part = self._budgets.setdefault(
            (key, entry.entry_id),
            Budget(A_PHONE, among=partial(_hubs_that_tell, self._hass, key)),
        )
        return [whole, part]

    def _untold(self) -> list[str]:
        said = []
        for key in self._chosen:
            phone = phone_of(self._hass, key)
            why = phone.untold or (Untold.FAILED if key in self._failed else None)
            if why is not None:
                name = escape_markdown(phone.label(self._words))
                said.append(self._words.say("phone", why, phone=name))
        return said

    @property
    def _chosen(self) -> tuple[str, ...]:
        return tuple(self._runtime.entry.options.get(CONF_NOTIFY, ()))

    def _tag(self, kind: Kind, name: str) -> str:
        """Return what the app knows a message by: no name that a hub chose, and no longer than Apple takes it."""
        of = f"{self._runtime.entry.entry_id} {kind} {name}"
        return f"{DOMAIN}-{sha256(of.encode()).hexdigest()[:32]}"

    def _begin(
        self,
        phone: Phone,
        kind: Kind,
        at: datetime,
        tag: str,
        message: str,
        actions: Actions | None,
    ) -> bool:
        """Tell one phone, or return that it was told enough today."""
        budgets = self._budgets_of(phone.key)
        if not all(each.has_room(kind, at) for each in budgets):
            self._silent = at
            return False
        for each in budgets:
            each.begin(kind, at)
        # That a hub's next digest has to wait is how digests come.
        if kind is not Kind.DIGEST:
            budgets = [*budgets, self._budget]
        if full := [each for each in budgets if not each.has_room(kind, at)]:
            until = max(each.next_room(kind, at) for each in full)
            message = f"{message} {self._no_more(kind, until)}"
        extra: dict[str, Any] = {"tag": tag}
        if actions is not None:
            extra |= {"actions": actions(phone), **TAPPED}
        self._send(phone, message, extra)
        return True

    def _no_more(self, kind: Kind, until: datetime) -> str:
        return self._words.say(
            "notification", f"no_more_{kind}", until=self._words.clock(until)
        )

    def _send(self, phone: Phone, message: str, extra: Mapping[str, Any]) -> None:
        title = self._runtime.entry.title
        if names_nobody(self._runtime.entry.options):
            title = self._words.say("notification", "neutral_title")
        data: dict[str, Any] = {"title": escape_html(title), "message": message}
        if phone.action is not None:
            data["data"] = {**extra, "group": DOMAIN}
        else:
            data[ATTR_ENTITY_ID] = phone.entity_id
        action = phone.action or "send_message"
        self._hass.async_create_task(
            self._async_send(phone, action, data), f"{DOMAIN} {action}"
        )

    async def _async_send(
        self, phone: Phone, action: str, data: dict[str, Any]
    ) -> None:
        """Run the action where the recorder does not hear of it: what it says is a name."""
        try:
            await async_call_unrecorded(self._hass, NOTIFY, action, data)
        except Exception:  # noqa: BLE001 - whatever it is, a repair says so, and it is logged
            self._failures.caught(TELLING, str(phone.name))
            self._failed.add(phone.key)
        else:
            self._failures.worked(TELLING, str(phone.name))
            self._failed.discard(phone.key)
        self._look()

    def _actions(self, phone: Phone, request: Request) -> list[dict[str, Any]]:
        refuse = self._action(request, Answer.REFUSE)
        if not phone.is_unlocked_to_answer or names_nobody(self._runtime.entry.options):
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
            answers = self._runtime.answers
            await answers.async_answer(button.request_id, button.answer, context)


def _hubs_that_tell(hass: HomeAssistant, key: str) -> int:
    """Count the hubs that a phone was chosen for. What asks for that outlasts them."""
    entries = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    return sum(key in entry.options.get(CONF_NOTIFY, ()) for entry in entries)
