"""Messages to the phones chosen in a hub's options, within the budget of each."""

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
from ..tracking.phone_registrations import NOTIFY, Phone, PhoneProblem, phone_of

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from ..runtime.hub import HubRuntime
    from ..runtime.hub_issues import Issues

_LOGGER = logging.getLogger(__name__)

CLEAR: Final = "clear_notification"
"""The app's command that removes the message of the same tag."""

REPAIR_LIFETIME: Final = timedelta(days=1)
"""How long a repair says that a budget was used up."""

NOTIFYING: Final = "Notifying"

type PhoneBudgets = dict[tuple[str, str | None], Budget]
"""By phone and hub; None: all hubs."""

BUDGETS_KEY: Final[HassKey[PhoneBudgets]] = HassKey(f"{DOMAIN}_phone_budgets")
"""What was sent to each phone. A restart resets it, and no hub can cause one."""

type Buttons = Callable[[Phone], Mapping[str, Any]]
"""Returns the message data for a phone that shows buttons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OngoingMessage:
    """A message that will be replaced or withdrawn, and the phones that got it."""

    kind: Kind
    phones: tuple[str, ...]


class Phones:
    """Sends messages to the chosen phones within their budgets."""

    def __init__(self, runtime: HubRuntime, words: Sentences) -> None:
        self._runtime = runtime
        self._hass = runtime.hass
        self._words = words
        self._budget = Budget(A_HUB)
        self._budgets = self._hass.data.setdefault(BUDGETS_KEY, {})
        self._ongoing: dict[str, OngoingMessage] = {}
        self._used_up_at: datetime | None = None
        self._failed_keys: set[str] = set()
        self._failures = Failures(_LOGGER)
        self._update_issues = runtime.add_issue_source(self.issues)

    @callback
    def notify(
        self, kind: Kind, name: str, message: str, *, buttons: Buttons | None = None
    ) -> bool:
        """Send a message to every chosen phone; return whether the hub's budget had room for it.

        The last message that fits a budget says so.
        """
        at = dt_util.utcnow()
        if not (chosen := self._chosen):
            return True
        if not self._budget.has_room(kind, at):
            self._used_up_at = at
            return False
        self._budget.begin(kind, at)
        tag = self._tag(kind, name)
        reached = tuple(
            phone.key
            for key in chosen
            if (phone := phone_of(self._hass, key)).is_reached
            and self._send_if_room(phone, kind, at, tag, message, buttons)
        )
        if PUSHES[kind] > 1:
            self._ongoing[tag] = OngoingMessage(kind=kind, phones=reached)
        return True

    @callback
    def finish(self, kind: Kind, name: str, message: str) -> None:
        """Replace an earlier message on the phones that got it."""
        tag = self._tag(kind, name)
        if (ongoing := self._ongoing.pop(tag, None)) is None:
            return
        at = dt_util.utcnow()
        self._budget.finish(kind, at, is_sent=True)
        for key in ongoing.phones:
            phone = phone_of(self._hass, key)
            # A notify entity takes nothing but text, and would show the command as one.
            is_sent = (
                key in self._chosen
                and phone.is_reached
                and (message != CLEAR or phone.action is not None)
            )
            for budget in self._budgets_of(key):
                budget.finish(kind, at, is_sent=is_sent)
            if is_sent:
                self._send(phone, message, {"tag": tag})

    def next_room(self, kind: Kind) -> datetime:
        """Return when all budgets have room for the next message of this kind."""
        at = dt_util.utcnow()
        budgets = [
            self._budget,
            *(each for key in self._chosen for each in self._budgets_of(key)),
        ]
        return max(each.next_room(kind, at) for each in budgets)

    @callback
    def withdraw(self, kind: Kind, name: str) -> None:
        """Remove a message from the phones that got it."""
        self.finish(kind, name, CLEAR)

    @callback
    def stop(self) -> None:
        """Release the budget reserved for the ends of ongoing messages."""
        at = dt_util.utcnow()
        for ongoing in self._ongoing.values():
            for key in ongoing.phones:
                for budget in self._budgets_of(key):
                    budget.finish(ongoing.kind, at, is_sent=False)
        self._ongoing = {}

    def issues(self) -> Issues:
        """Return the repairs about phones that cannot be reached, and about used up budgets."""
        # While Home Assistant starts, a phone may not be set up yet.
        entry = self._runtime.entry
        found: dict[str, IssueTexts] = {}
        if self._hass.is_running and (untold := [*self._unreachable()]):
            found[ISSUE_PHONES_UNTOLD] = listed(entry, phones=untold)
        if self._used_up_at and dt_util.utcnow() - self._used_up_at < REPAIR_LIFETIME:
            at = self._words.clock(self._used_up_at)
            hub = escape_markdown(entry.title)
            found[ISSUE_PUSHES_USED_UP] = IssueTexts(everybody={"hub": hub, "at": at})
        return found

    def _budgets_of(self, key: str) -> list[Budget]:
        """Return a phone's budget for all hubs, and this hub's part of it."""
        entry = self._runtime.entry
        whole = self._budgets.setdefault((key, None), Budget(A_PHONE))
        part = self._budgets.setdefault(
            (key, entry.entry_id),
            Budget(A_PHONE, among=partial(_hubs_notifying, self._hass, key)),
        )
        return [whole, part]

    def _unreachable(self) -> list[str]:
        lines = []
        for key in self._chosen:
            phone = phone_of(self._hass, key)
            why = phone.problem or (
                PhoneProblem.FAILED if key in self._failed_keys else None
            )
            if why is not None:
                name = escape_markdown(phone.label(self._words))
                lines.append(self._words.say("phone", why, phone=name))
        return lines

    @property
    def _chosen(self) -> tuple[str, ...]:
        return tuple(self._runtime.entry.options.get(CONF_NOTIFY, ()))

    def _tag(self, kind: Kind, name: str) -> str:
        """Return the tag of a message: a digest, as a hub chose the name, and short enough for Apple."""
        of = f"{self._runtime.entry.entry_id} {kind} {name}"
        return f"{DOMAIN}-{sha256(of.encode()).hexdigest()[:32]}"

    def _send_if_room(
        self,
        phone: Phone,
        kind: Kind,
        at: datetime,
        tag: str,
        message: str,
        buttons: Buttons | None,
    ) -> bool:
        """Send a message to one phone; return whether its budgets had room for it."""
        budgets = self._budgets_of(phone.key)
        if not all(each.has_room(kind, at) for each in budgets):
            self._used_up_at = at
            return False
        for each in budgets:
            each.begin(kind, at)
        # A digest always has to wait for the next one; its message doesn't say so.
        if kind is not Kind.DIGEST:
            budgets = [*budgets, self._budget]
        if full := [each for each in budgets if not each.has_room(kind, at)]:
            until = max(each.next_room(kind, at) for each in full)
            message = f"{message} {self._last_message_note(kind, until)}"
        extra = buttons(phone) if buttons is not None else {}
        self._send(phone, message, {"tag": tag, **extra})
        return True

    def _last_message_note(self, kind: Kind, until: datetime) -> str:
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
        """Call the action without an event for the recorder: the message names a viewer."""
        try:
            await async_call_unrecorded(self._hass, NOTIFY, action, data)
        except Exception:  # noqa: BLE001 - whatever it is, a repair says so, and it is logged
            self._failures.caught(NOTIFYING, str(phone.name))
            self._failed_keys.add(phone.key)
        else:
            self._failures.worked(NOTIFYING, str(phone.name))
            self._failed_keys.discard(phone.key)
        self._update_issues()


def _hubs_notifying(hass: HomeAssistant, key: str) -> int:
    """Return how many hubs a phone is chosen for. Budgets outlive a hub, so it is counted each time."""
    entries = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    return sum(key in entry.options.get(CONF_NOTIFY, ()) for entry in entries)
