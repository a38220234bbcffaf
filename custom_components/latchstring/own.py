"""Our own entities, and what follows from them. What a hub does shows in them, so neither may open a camera."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.alarm_control_panel import AlarmControlPanelState
from homeassistant.const import ATTR_ENTITY_ID, EVENT_STATE_CHANGED, MATCH_ALL
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    Event,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .following import says_something

MOST_CONTEXTS: Final = 32_768
"""How many contexts are remembered at most; in a large house that closes at once there are some thousands."""

EVENT_REPAIRS: Final = "repairs_issue_registry_updated"
REAUTH: Final = f"config_entry_reauth_{DOMAIN}_"
"""How the ids of the repairs begin by which Home Assistant asks for us that a hub be paired again."""

TIMER: Final = "timer."
TIMER_ACTIVE: Final = "active"

ENDS: Final[Mapping[str, Collection[str]]] = {
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
"""The states that only lead to others, with those. What comes after such a delay hands no context on."""


def is_ours(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether an entity is one of Latchstring's own."""
    entry = er.async_get(hass).async_get(entity_id)
    return entry is not None and entry.platform == DOMAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How an entity came to stand as it does: its states before and now, and whether an entity of ours is behind it."""

    before: State | None = None
    now: State | None
    is_our_doing: bool


class OwnContexts:
    """The contexts in which entities of ours changed or we told something, and those that these led to.

    Home Assistant hands a context on: a template changes in the context of what it follows, an automation acts in one
    whose parent is that of its trigger. It dispatches an event only after the one that led to it, so whoever hears of
    an effect finds its cause here. A timer hands none on; so one that was started in such a context counts as its own.
    """

    def __init__(self, hass: HomeAssistant, *, most: int = MOST_CONTEXTS) -> None:
        """Remember nothing before `start`."""
        self._hass = hass
        self._most = most
        self._known: OrderedDict[str, None] = OrderedDict()
        self._timers: set[str] = set()

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin to remember. Return a callback to stop."""
        return self._hass.bus.async_listen(MATCH_ALL, self._heard)

    def led_to(self, context: Context) -> bool:
        """Return whether this context is one of those."""
        return context.id in self._known or context.parent_id in self._known

    def step(self, known: Step | None, now: State | None) -> Step:
        """Return how an entity came to stand as it does `now`, from how it stood when that was last `known`.

        What an entity of ours is behind lasts until the entity says something else, and not because of one of ours.
        """
        before = known.now if known else None
        stays = before is not None and now is not None and before.state == now.state
        is_led = now is not None and not stays and self.led_to(now.context)
        lasts = known is not None and known.is_our_doing and _goes_on(before, now)
        return Step(before=before, now=now, is_our_doing=is_led or lasts)

    @callback
    def _heard(self, event: Event[Any]) -> None:
        if (
            self._is_of_timer(event)
            or self.led_to(event.context)
            or _is_about_us(self._hass, event)
        ):
            self._known[event.context.id] = None
            self._known.move_to_end(event.context.id)
            if len(self._known) > self._most:
                self._known.popitem(last=False)

    def _is_of_timer(self, event: Event[Any]) -> bool:
        """Return whether a timer tells of itself that was last started in one of these contexts."""
        entity_id = event.data.get(ATTR_ENTITY_ID)
        if not isinstance(entity_id, str) or not entity_id.startswith(TIMER):
            return False
        if event.event_type == EVENT_STATE_CHANGED and _begins(event):
            self._timers.discard(entity_id)
        if self.led_to(event.context):
            self._timers.add(entity_id)
        return entity_id in self._timers


def _goes_on(before: State | None, now: State | None) -> bool:
    """Return whether an entity says what it did, or was only away; what leads to another state ends as it began."""
    if not (before and now and says_something(before) and says_something(now)):
        return True
    return now.state == before.state or now.state in ENDS.get(before.state, ())


def _begins(event: Event[Any]) -> bool:
    """Return whether a timer begins to run."""
    before, now = event.data["old_state"], event.data["new_state"]
    was_active, is_active = (
        each is not None and each.state == TIMER_ACTIVE for each in (before, now)
    )
    return is_active and not was_active


def _is_about_us(hass: HomeAssistant, event: Event[Any]) -> bool:
    """Return whether an event tells of what is ours: an entity, a repair, or an event of our own."""
    if event.event_type == EVENT_STATE_CHANGED:
        return is_ours(hass, event.data[ATTR_ENTITY_ID])
    if event.event_type == EVENT_REPAIRS:
        is_reauth = event.data["issue_id"].startswith(REAUTH)
        return bool(event.data["domain"] == DOMAIN or is_reauth)
    return str(event.event_type).startswith(f"{DOMAIN}_")
