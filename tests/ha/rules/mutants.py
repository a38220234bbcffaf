"""Ways in which a house could err, done to a real one."""
# An error is made inside:
# ruff: noqa: SLF001
# mypy: disable-error-code="method-assign, assignment"

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntryState

from custom_components.latchstring.const import DOMAIN
from custom_components.latchstring.core.model import Limits, Share, Window
from custom_components.latchstring.gate import Unasked
from custom_components.latchstring.tracking.restored import RESTORED_KEY

if TYPE_CHECKING:
    from homeassistant.core import CALLBACK_TYPE

    from custom_components.latchstring.core.model import Approval, Asker, Decision
    from custom_components.latchstring.gate import HowEnded, Session
    from custom_components.latchstring.rules.entity_monitor import (
        EntityChange,
        EntityListener,
        EntityMonitor,
    )
    from custom_components.latchstring.rules.timed_openings import TimedOpening
    from custom_components.latchstring.runtime.hub import HubRuntime
    from custom_components.latchstring.settings.rules import Rules

type Mutant = Callable[[HubRuntime], None]


def forgets_a_share(runtime: HubRuntime) -> None:
    """When something turns, the gate asks again about every share but the first one."""
    reconsider = runtime.gate.reconsider
    forgotten = next(iter(runtime.shares))

    def reconsider_the_others(share_ids: Collection[str]) -> None:
        reconsider([each for each in share_ids if each != forgotten])

    runtime.gate.reconsider = reconsider_the_others


def forgets_the_upload(runtime: HubRuntime) -> None:
    """The last session leaves its upload, which nobody cuts."""
    gate = runtime.gate
    leave = gate._leave

    def leave_it_on(session: Session, how: HowEnded, at: datetime) -> None:
        gate._carriers[session.carried_by].cut = lambda: None
        leave(session, how, at)

    gate._leave = leave_it_on


def ignores_an_expiry(runtime: HubRuntime) -> None:
    """What was opened for a while stays open for as long as nobody closes it."""
    openings = runtime.openings
    keep = openings._keep

    def keep_for_good(opened: Mapping[str, TimedOpening]) -> None:
        for share_id in opened:
            openings._stop_all(share_id)
        keep({share_id: _endless(each) for share_id, each in opened.items()})

    openings._keep = keep_for_good


def _endless(opened: TimedOpening) -> TimedOpening:
    return replace(
        opened,
        alarm=opened.alarm and _longer(opened.alarm),
        owner=opened.owner and _longer(opened.owner),
        approvals=tuple(
            replace(each, window=_longer(each.window)) for each in opened.approvals
        ),
    )


def _longer(window: Window) -> Window:
    return replace(window, end=window.start + timedelta(days=365))


def reaches_one_hub(runtime: HubRuntime) -> None:
    """What turns about an entity that several hubs name reaches only the first of them."""
    monitor, monitors = (
        runtime._inputs.rules,
        runtime.household.entity_monitors._monitors,
    )
    turned = monitor.entity_changed

    def turned_for_the_first(key: str, change: EntityChange) -> None:
        if monitors[key]._listeners[0] is monitor:
            turned(key, change)

    monitor.entity_changed = turned_for_the_first


def loses_what_is_edited(runtime: HubRuntime) -> None:
    """A share whose rules are edited is missing from its hub's index from then on."""
    monitor = runtime._inputs.rules
    update = monitor.update

    def update_the_others(
        shares: Mapping[str, Share], rules: Mapping[str, Rules]
    ) -> set[str]:
        before = {key: each.rules for key, each in monitor._shares.items()}
        others = update(shares, rules)
        for share_id in before.keys() & rules.keys():
            if before[share_id] != rules[share_id]:
                lose(share_id)
        return others

    def lose(share_id: str) -> None:
        for named in monitor._named.values():
            for field in fields(named):
                getattr(named, field.name).pop(share_id, None)

    monitor.update = update_the_others


def misses_what_is_edited_during_set_up(runtime: HubRuntime) -> None:
    """Rules that are saved while a hub is set up count only when something is saved after that."""
    entry = runtime.entry
    add = entry.add_update_listener

    def add_until_loaded(listener: Any) -> CALLBACK_TYPE:
        async def hear(hass: Any, entry: Any) -> None:
            if entry.state is ConfigEntryState.LOADED:
                await listener(hass, entry)

        return add(hear)

    entry.add_update_listener = add_until_loaded


def lets_failures_through(runtime: HubRuntime) -> None:
    """What fails about one share or hub keeps the others from being asked."""

    def let_through(monitor: EntityMonitor) -> None:
        monitor._failures.caught = _raise

    for part in (runtime, runtime.decisions, runtime.gate):
        part._failures.caught = _raise
    _each_monitor(runtime, let_through)


def _raise(_doing: str, _what: str) -> None:
    raise  # noqa: PLE0704 - what is being handled


def loses_what_is_renamed(runtime: HubRuntime) -> None:
    """An entity that is renamed is not followed any more."""

    def err(monitor: EntityMonitor) -> None:
        follow = monitor._start_tracking

        def follow_its_name() -> None:
            follow()
            stay()

        def stay() -> None:
            if monitor._tracker is not None:
                monitor._tracker._begin_anew = lambda: None

        monitor._start_tracking = follow_its_name
        stay()

    _each_monitor(runtime, err)


def _each_monitor(runtime: HubRuntime, err: Callable[[EntityMonitor], None]) -> None:
    """Do it to every monitor of an entity that there is or will be."""
    monitors = runtime.household.entity_monitors
    listen = monitors.listen

    def listen_and_err(
        key: str, listener: EntityListener, **wanted: bool
    ) -> EntityMonitor:
        monitor = listen(key, listener, **wanted)
        err(monitor)
        return monitor

    monitors.listen = listen_and_err
    for monitor in monitors._monitors.values():
        err(monitor)


def shows_before_it_cuts(runtime: HubRuntime) -> None:
    """What turned is shown while those still watch who may not any more."""
    reconsider = runtime.gate.reconsider

    def show_and_reconsider(share_ids: Collection[str]) -> None:
        for share_id in share_ids:
            runtime.display.show_share(share_id)
        reconsider(share_ids)

    runtime.gate.reconsider = show_and_reconsider


def takes_a_yes_for_all_purposes(runtime: HubRuntime) -> None:
    """Whom the owner has let in comes in whatever they want to watch for now."""
    decide = runtime.decisions.of

    def decide_for_a_name(share_id: str, asker: Asker | None = None) -> Decision:
        for approval in runtime.openings.of(share_id).approvals:
            if asker is not None and approval.viewer == asker.viewer:
                asker = replace(asker, wish=approval.wish)
        return decide(share_id, asker)

    runtime.decisions.of = decide_for_a_name


def lets_in_more_than_once(runtime: HubRuntime) -> None:
    """Who was let in for one look has as many as fit into its time."""
    approve = runtime.openings.approve

    def approve_for_a_while(share_id: str, approval: Approval) -> None:
        approve(share_id, replace(approval, once=False))

    runtime.openings.approve = approve_for_a_while


def answers_by_the_id_alone(runtime: HubRuntime) -> None:
    """An answer counts at every hub at which a request of this id waits."""

    def answer_all(request_id: str, *, answer: str) -> None:
        for entry in runtime.hass.config_entries.async_loaded_entries(DOMAIN):
            requests = entry.runtime_data.requests
            if requests.get(request_id) is not None:
                getattr(type(requests), answer)(requests, request_id)
                entry.runtime_data.gate.notify(Unasked())

    runtime.requests.granted = partial(answer_all, answer="granted")
    runtime.requests.refused = partial(answer_all, answer="refused")


def holds_nobody_to_new_limits(runtime: HubRuntime) -> None:
    """Limits that are tightened hold for who comes, and not for who monitors already."""
    limits = runtime.gate._limits
    limits_of = limits.of

    def minutes_of(share_id: str) -> Limits:
        return Limits(minutes=limits_of(share_id).minutes)

    limits.of = minutes_of


def lets_every_hand_open(runtime: HubRuntime) -> None:
    """Whoever turns by hand what a rule names lets cameras open by that."""
    runtime.household.users.may_open = lambda _user_id, _openers: True


def believes_what_is_remembered(runtime: HubRuntime) -> None:
    """A state that was only restored is taken for an entity's own word."""
    runtime.hass.data[RESTORED_KEY].has = lambda _state: False


def believes_every_clock(runtime: HubRuntime) -> None:
    """A clock that leaped is believed as soon as it is looked at."""
    clock = runtime.household.clock
    update = clock.update

    def agree_and_update() -> None:
        clock._known = replace(clock._now_known, agreed=clock.lead)
        update()

    clock.update = agree_and_update


MUTANTS: Final[tuple[Mutant, ...]] = (
    forgets_a_share,
    forgets_the_upload,
    ignores_an_expiry,
    reaches_one_hub,
    loses_what_is_edited,
    misses_what_is_edited_during_set_up,
    lets_failures_through,
    loses_what_is_renamed,
    shows_before_it_cuts,
    takes_a_yes_for_all_purposes,
    lets_in_more_than_once,
    answers_by_the_id_alone,
    holds_nobody_to_new_limits,
    lets_every_hand_open,
    believes_what_is_remembered,
    believes_every_clock,
)

SHOWN_BY: Final[Mapping[Mutant, tuple[str, ...]]] = {
    ignores_an_expiry: ("share_now", "time_passes"),
    loses_what_is_edited: ("guests_are_kept_out_of_sight", "guests"),
    misses_what_is_edited_during_set_up: ("edit_while_it_is_set_up",),
    lets_failures_through: ("guests_are_kept_out_of_sight", "something_fails"),
    loses_what_is_renamed: (
        "guests_are_kept_out_of_sight",
        "rename_guests",
        "guests",
    ),
    takes_a_yes_for_all_purposes: ("two_hubs_ask_by_one_id",),
    lets_in_more_than_once: ("two_hubs_ask_by_one_id",),
    answers_by_the_id_alone: ("two_hubs_ask_by_one_id",),
    holds_nobody_to_new_limits: ("limits_are_tightened",),
    lets_every_hand_open: ("guests_are_kept_out_of_sight", "by_hand"),
    believes_every_clock: ("clock_is_forged_for_a_while",),
    believes_what_is_remembered: ("guests_are_kept_out_of_sight", "is_loaded_anew"),
}
"""What shows an error in few steps, where it would take many; it happens more often then, beside all else."""
