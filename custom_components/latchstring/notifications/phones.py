"""The phones that a hub's options name, and how often each of them is told what happens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_NOTIFY, DOMAIN, ISSUE_PHONES_UNTOLD, ISSUE_PUSHES_USED_UP
from ..core.pushes import A_HUB, A_PHONE, PUSHES, Budget, Kind
from ..core.text import escape_html, escape_markdown
from ..failures import Failures
from ..internals import async_call_unrecorded
from ..localize import Sentences
from ..runtime.hub_issues import IssueTexts, listed
from ..settings.options import names_nobody
from ..tracking.phone_registrations import NOTIFY, Phone, Untold, phone_of

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from ..runtime.hub import HubRuntime
    from ..runtime.hub_issues import Issues

_LOGGER = logging.getLogger(__name__)

CLEAR: Final = "clear_notification"
"""What the app reads as no message: it takes the one of the same tag off its screen."""

SAID_FOR: Final = timedelta(days=1)
"""How long a repair says that there was more than phones are told."""

TELLING: Final = "Telling"

type PhoneBudgets = dict[tuple[str, str | None], Budget]
"""By the phone, and the hub that it is told for; None: all of them."""

BUDGETS_KEY: Final[HassKey[PhoneBudgets]] = HassKey(f"{DOMAIN}_phone_budgets")
"""What each phone was told. A restart forgets it, and no hub can bring one about."""

type Buttons = Callable[[Phone], Mapping[str, Any]]
"""Gives what is to be sent to a phone beside a message, so that it shows buttons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What phones were told the beginning of, and will be told the end."""

    kind: Kind
    phones: tuple[str, ...]


class Phones:
    """Tells the chosen phones, as far as their budgets go."""

    def __init__(self, runtime: HubRuntime, words: Sentences) -> None:
        self._runtime = runtime
        self._hass = runtime.hass
        self._words = words
        self._budget = Budget(A_HUB)
        self._budgets = self._hass.data.setdefault(BUDGETS_KEY, {})
        self._begun: dict[str, Begun] = {}
        self._silent: datetime | None = None
        self._failed: set[str] = set()
        self._failures = Failures(_LOGGER)
        self._look = runtime.add_issue_source(self.issues)

    @callback
    def tell(
        self, kind: Kind, name: str, message: str, *, buttons: Buttons | None = None
    ) -> bool:
        """Send a message to every chosen phone that there is; return whether the hub's budget had room for it.

        The last message that a budget has room for says so.
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
            and self._begin(phone, kind, at, tag, message, buttons)
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
    def take_back(self, kind: Kind, name: str) -> None:
        """Take a message off the phones that got it."""
        self.finish(kind, name, CLEAR)

    @callback
    def stop(self) -> None:
        """Release the budget reserved for the ends of what was begun."""
        at = dt_util.utcnow()
        for begun in self._begun.values():
            for key in begun.phones:
                for budget in self._budgets_of(key):
                    budget.finish(begun.kind, at, is_told=False)
        self._begun = {}

    def issues(self) -> Issues:
        """Return the repairs about phones that are not told, or not everything."""
        # While Home Assistant starts, a phone may yet come.
        entry = self._runtime.entry
        found: dict[str, IssueTexts] = {}
        if self._hass.is_running and (untold := [*self._untold()]):
            found[ISSUE_PHONES_UNTOLD] = listed(entry, phones=untold)
        if self._silent and dt_util.utcnow() - self._silent < SAID_FOR:
            at = self._words.clock(self._silent)
            hub = escape_markdown(entry.title)
            found[ISSUE_PUSHES_USED_UP] = IssueTexts(everybody={"hub": hub, "at": at})
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
        buttons: Buttons | None,
    ) -> bool:
        """Tell one phone; return whether its budget had room for it."""
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
        extra = buttons(phone) if buttons is not None else {}
        self._send(phone, message, {"tag": tag, **extra})
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


def _hubs_that_tell(hass: HomeAssistant, key: str) -> int:
    """Count the hubs that a phone was chosen for. What asks for that outlasts them."""
    entries = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    return sum(key in entry.options.get(CONF_NOTIFY, ()) for entry in entries)
