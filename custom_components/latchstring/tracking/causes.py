"""Why states change: because of an entity of ours, by somebody's hand, or by themselves."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.alarm_control_panel import AlarmControlPanelState
from homeassistant.const import (
    ATTR_DOMAIN,
    ATTR_ENTITY_ID,
    ATTR_SERVICE,
    ATTR_SERVICE_DATA,
    EVENT_STATE_CHANGED,
    MATCH_ALL,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    Event,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .own_entities import is_event_of_ours
from .states import is_report

if TYPE_CHECKING:
    from .users import Users

MOST_CONTEXTS: Final = 32_768
"""How many contexts are kept at most; in a large house that closes at once there are some thousands."""

FORGOTTEN: Final = "forgotten"
"""The user id of somebody who may no longer be known. No such user may open."""

CALL_SERVICE: Final = "call_service"
FORCED: Final = ("automation", "trigger")
"""The action that runs an automation whatever its triggers and conditions say, and does not say for whom."""

GROUP: Final = "group"
COMPOSED: Final = (GROUP, "set")
REMOVED: Final = (GROUP, "remove")
"""The actions that compose a group, or remove it."""

MADE_OF: Final[Mapping[str, Collection[str]]] = {
    "entities": ("entities", "add_entities", "remove_entities"),
    "all": ("all",),
}
"""What a group is made of: its members, and whether all must be on. By the field that sets it, all that change it."""

TIMER: Final = "timer"
TIMER_ACTIVE: Final = "active"
TIMER_IDLE: Final = "idle"

ENDS: Final[Mapping[str, Collection[str]]] = {
    TIMER_ACTIVE: (TIMER_IDLE,),
    AlarmControlPanelState.ARMING: (
        AlarmControlPanelState.ARMED_AWAY,
        AlarmControlPanelState.ARMED_CUSTOM_BYPASS,
        AlarmControlPanelState.ARMED_HOME,
        AlarmControlPanelState.ARMED_NIGHT,
        AlarmControlPanelState.ARMED_VACATION,
    ),
    AlarmControlPanelState.DISARMING: (AlarmControlPanelState.DISARMED,),
    AlarmControlPanelState.PENDING: (AlarmControlPanelState.TRIGGERED,),
    "closing": ("closed",),
    "locking": ("locked",),
    "opening": ("open",),
    "returning": ("docked",),
    "unlocking": ("unlocked",),
}
"""Transitional states with those that they lead to. What comes after such a delay hands no context on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The last transition of an entity: its states before and now, and their cause.

    `is_caused_by_us`: an entity of ours is the cause. `user_id`: the user who changed it by hand; None: nobody did.
    """

    before: State | None = None
    now: State | None
    is_caused_by_us: bool
    user_id: str | None = None

    @property
    def has_cause(self) -> bool:
        """Return whether a cause is known."""
        return self.is_caused_by_us or self.user_id is not None


class _ContextCache[Value]:
    """A cache by context id, of so many contexts; the newest are kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[str, Value] = OrderedDict()
        self._newest_forgotten = ""

    def has(self, context: Context) -> bool:
        """Return whether something is known of a context, or of the one that led to it."""
        return context.id in self._known or context.parent_id in self._known

    def of(self, context: Context) -> Value | None:
        """Return what is known of a context, or else of the one that led to it."""
        parent = self._known.get(context.parent_id) if context.parent_id else None
        return self._known.get(context.id, parent)

    def keep(self, context: Context, value: Value) -> None:
        """Keep this value of a context."""
        self._known[context.id] = value
        self._known.move_to_end(context.id)
        if len(self._known) > self._most:
            forgotten, _ = self._known.popitem(last=False)
            self._newest_forgotten = max(self._newest_forgotten, forgotten)

    def may_have_forgotten(self, context: Context) -> bool:
        """Return whether a context, or the one that led to it, is as old as one that was dropped.

        The ids of contexts begin with their time.
        """
        ids = (context.id, context.parent_id)
        return any(each and each <= self._newest_forgotten for each in ids)


class Causes:
    """Keeps the contexts in which entities of ours changed or events of ours were fired, and those that these led to.

    Home Assistant hands a context on: a template changes in the context of what it follows, an automation acts in one
    whose parent is that of its trigger. It dispatches an event only after the one that led to it, so whoever gets the
    effect finds its cause here. A timer hands none on; so one that was started in such a context counts as its own.

    An automation that somebody runs by hand acts in a context without a user. Nothing of what it says of when it runs
    holds then, so what it does is theirs; so those contexts are kept too, each with its user. Somebody can
    run so much by hand that the oldest are forgotten, to have what waits in an automation act for nobody: what acts in
    a context as old as those acts for whoever is forgotten.

    What somebody has made a group of is theirs for as long as it is made of that, whoever turns its members.
    """

    def __init__(
        self, hass: HomeAssistant, users: Users, *, most: int = MOST_CONTEXTS
    ) -> None:
        self._hass = hass
        self._users = users
        self._ours = _ContextCache[None](most)
        self._users_by_context = _ContextCache[str](most)
        self._timers: set[str] = set()
        self._composers: dict[str, Mapping[str, frozenset[str]]] = {}

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Start listening. Return a callback to stop."""
        return self._hass.bus.async_listen(MATCH_ALL, self._on_any_event)

    def is_caused_by_us(self, context: Context) -> bool:
        """Return whether something of ours is the cause of what happens in a context."""
        return self._ours.has(context)

    def user_behind(self, context: Context) -> str | None:
        """Return the id of the user who acts by hand in a context; None: a device or an automation does."""
        user_id = context.user_id or self._users_by_context.of(context)
        if user_id is None and self._users_by_context.may_have_forgotten(context):
            return FORGOTTEN
        return user_id if user_id and self._users.is_person(user_id) else None

    def composers(self, entity_id: str) -> frozenset[str]:
        """Return the ids of the users who have composed by hand a part of what a group is made of now."""
        return frozenset().union(*self._composers.get(entity_id, {}).values())

    def step(self, known: Step | None, now: State | None) -> Step:
        """Return the transition of an entity to its state `now`, from its last `known` one.

        A cause lasts until the entity reports another state, for another reason.
        """
        before = known.now if known else None
        stays = before is not None and now is not None and before.state == now.state
        is_led = now is not None and not stays and self.is_caused_by_us(now.context)
        user_id = None
        if now is not None and (not stays or now.domain == TIMER):
            user_id = self.user_behind(now.context)
        if known is not None and _goes_on(before, now):
            is_led = is_led or known.is_caused_by_us
            user_id = user_id or known.user_id
        return Step(before=before, now=now, is_caused_by_us=is_led, user_id=user_id)

    @callback
    def _on_any_event(self, event: Event[Any]) -> None:
        if (
            self._is_of_timer(event)
            or self.is_caused_by_us(event.context)
            or is_event_of_ours(self._hass, event)
        ):
            self._ours.keep(event.context, None)
        action = _action(event)
        if action in (COMPOSED, REMOVED):
            self._note_composer(event, is_there=action == COMPOSED)
        if event.context.user_id is not None and action != FORCED:
            return
        if (user_id := self.user_behind(event.context)) is not None:
            self._users_by_context.keep(event.context, user_id)

    def _note_composer(self, event: Event[Any], *, is_there: bool) -> None:
        """Note who composed a group; whoever composed a part of it that is set anew did so no more."""
        data = event.data[ATTR_SERVICE_DATA]
        entity_id = f"{GROUP}.{data['object_id']}"
        before = self._composers.pop(entity_id, {})
        if not is_there:
            return
        user_id = self.user_behind(event.context)
        theirs = frozenset() if user_id is None else frozenset({user_id})
        composers: dict[str, frozenset[str]] = {}
        for part, changes in MADE_OF.items():
            stay = frozenset() if part in data else before.get(part, frozenset())
            is_changed = any(each in data for each in changes)
            composers[part] = stay | theirs if is_changed else stay
        if any(composers.values()):
            self._composers[entity_id] = composers

    def _is_of_timer(self, event: Event[Any]) -> bool:
        """Return whether an event is of a timer that was last started in one of our contexts."""
        entity_id = event.data.get(ATTR_ENTITY_ID)
        if not isinstance(entity_id, str) or not entity_id.startswith(f"{TIMER}."):
            return False
        if event.event_type == EVENT_STATE_CHANGED and _begins(event):
            self._timers.discard(entity_id)
        if self.is_caused_by_us(event.context):
            self._timers.add(entity_id)
        return entity_id in self._timers


def _goes_on(before: State | None, now: State | None) -> bool:
    """Return whether an entity reports what it did, or was only away; a transitional state and its end are one."""
    if not (before and now and is_report(before) and is_report(now)):
        return True
    return now.state == before.state or now.state in ENDS.get(before.state, ())


def _begins(event: Event[Any]) -> bool:
    """Return whether a timer begins to run."""
    before, now = event.data["old_state"], event.data["new_state"]
    was_active, is_active = (
        each is not None and each.state == TIMER_ACTIVE for each in (before, now)
    )
    return is_active and not was_active


def _action(event: Event[Any]) -> tuple[str, str] | None:
    """Return which action is called."""
    if event.event_type != CALL_SERVICE:
        return None
    return event.data[ATTR_DOMAIN], event.data[ATTR_SERVICE]


CAUSES_KEY: Final[HassKey[Causes]] = HassKey(f"{DOMAIN}_causes")
