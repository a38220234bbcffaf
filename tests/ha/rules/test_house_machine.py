"""Whatever the owner, the hubs and the clock do: bytes flow exactly for what is open, and for nothing else."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
import os
from pathlib import Path
import tempfile
from typing import Any, Final, override

from homeassistant.exceptions import ServiceValidationError
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
import pytest

from tests.ha.watching import is_on
from tests.hub import Authority, Opened, Refused

from .driven import BEGIN, HOURS, LABELS, NAMED, DrivenHouse
from .model import HOUR, Hub, Look, Model, Share
from .mutants import MUTANTS, Mutant

STEPS: Final = int(os.environ.get("LATCHSTRING_HOUSE_STEPS", "200"))
SHRINKS: Final = "LATCHSTRING_HOUSE_SHRINKS" in os.environ
"""Look for the shortest way to an error, which takes minutes."""

A_RUN: Final = 25
"""Steps in one house; then another begins."""

PATIENCE: Final = 5.0
"""Seconds for bytes to come or an upload to end; only ever spent by a house that errs."""

VIEWERS: Final = ("Officer J. Doe", "Officer R. Lee")
OPENINGS: Final = ("always", "schedule", "alarm", "approval")

NOT_SAID: Final = ("unavailable", "unknown")
PANEL_SAYS: Final = ("armed_away", "triggered", "disarmed", *NOT_SAID)

hubs = st.integers(0, 1)
labels = st.sampled_from(LABELS)
mostly = st.sampled_from([True, True, True, False])
viewers = st.sampled_from(VIEWERS)


class Deviates(AssertionError):
    """The house does not do what its rules say."""


class HouseMachine(RuleBasedStateMachine):
    """Does the same to a house and to the model of one, and compares them after every step."""

    authority: Authority
    storage: dict[str, Any]
    mutant: Mutant | None = None
    steps = 0
    looked = 0

    def __init__(self) -> None:
        super().__init__()
        self.storage.clear()
        self.folder = tempfile.TemporaryDirectory()
        self.house = DrivenHouse(self.authority, Path(self.folder.name))
        self.house.__enter__()
        self.model = Model(
            wall=BEGIN,
            hubs=[Hub(shares={label: Share() for label in LABELS}) for _ in range(2)],
            schedule=self.schedule_is_on,
            last_entry=self.house.last_entry(),
        )
        self.carriers: set[tuple[int, str]] = set()
        self.err()
        self.do(self.everything_begins())

    @override
    def teardown(self) -> None:
        self.house.__exit__(None, None, None)
        self.folder.cleanup()

    def err(self) -> None:
        """Do to a house that was begun anew what is to be found."""
        if self.mutant:
            for entry in self.house.entries:
                self.mutant(entry.runtime_data)

    def do(self, step: Coroutine[Any, Any, Any]) -> Any:
        """Do something in the house, and wait until all is quiet again."""

        async def and_wait() -> Any:
            result = await step
            await self.house.is_quiet()
            return result

        return self.house.run(and_wait())

    async def everything_begins(self) -> None:
        """Begin with one camera of each kind, so that there is something to see from the first step on."""
        for number, label, openings in (
            (0, LABELS[0], frozenset({"always"})),
            (0, LABELS[1], frozenset({"alarm", "approval"})),
            (1, LABELS[0], frozenset({"schedule", "approval"})),
            (1, LABELS[1], frozenset({"alarm"})),
        ):
            await self.house.set_rules(number, label, openings, has_never=False)
            self.model.hubs[number].shares[label].openings = openings

    def schedule_is_on(self, wall: Any, passed: int) -> bool:
        """Say whether the hours include this moment, and the schedule itself agrees."""
        reads = (wall - timedelta(hours=8)).strftime("%H:%M:%S")
        within = any(start <= reads < end for start, end in HOURS)
        said = [state for at, state in self.house.schedule_said if at <= passed]
        return within and said[-1] == "on"

    # What the owner does

    @rule(number=hubs, label=labels, on=mostly)
    def turn_camera(self, number: int, label: str, *, on: bool) -> None:
        share = self.model.hubs[number].shares[label]
        share.is_on = on
        if not on:
            share.forget()
        self.model.settle()
        self.do(self.house.turn(number, "sharing", label, on=on))

    @rule(number=hubs, on=mostly)
    def turn_hub(self, number: int, *, on: bool) -> None:
        self.model.hubs[number].is_on = on
        self.model.settle()
        self.do(self.house.turn(number, "hub_sharing", None, on=on))

    @rule(number=hubs, label=st.none() | labels)
    def share_now(self, number: int, label: str | None) -> None:
        hub = self.model.hubs[number]
        wanted = [hub.shares[label]] if label else list(hub.shares.values())
        free = [share for share in wanted if not self.model.is_blocked(hub, share)]
        for share in free:
            share.owner = self.model.opened()
        turning = self.house.turn(
            number, "share_now" if label else "share_all", label, on=True
        )
        if free:
            self.do(turning)
        else:
            with pytest.raises(ServiceValidationError):
                self.do(turning)

    @rule(number=hubs, label=st.none() | labels)
    def share_no_longer(self, number: int, label: str | None) -> None:
        hub = self.model.hubs[number]
        for share in [hub.shares[label]] if label else hub.shares.values():
            share.owner = None
        self.model.settle()
        key = "share_now" if label else "share_all"
        self.do(self.house.turn(number, key, label, on=False))

    @rule(
        number=hubs,
        label=labels,
        openings=st.frozensets(st.sampled_from(OPENINGS)),
        has_never=mostly.map(lambda each: not each),
        minutes=st.sampled_from([60, 5]),
    )
    def edit(
        self,
        number: int,
        label: str,
        openings: frozenset[str],
        *,
        has_never: bool,
        minutes: int,
    ) -> None:
        share = self.model.hubs[number].shares[label]
        share.openings, share.has_never = openings, has_never
        share.minutes = minutes
        self.model.settle()
        self.do(
            self.house.set_rules(
                number, label, openings, has_never=has_never, minutes=minutes
            )
        )

    @rule(
        state=st.sampled_from(
            ["off", "off", "off", "on", "unavailable", "unknown", None]
        )
    )
    def guests(self, state: str | None) -> None:
        self.model.is_clear = state == "off"
        self.model.settle()

        self.do(self.house.says("never", state))

    @rule(what=st.sampled_from([what for what in NAMED if what != "never"]))
    def rename(self, what: str) -> None:
        self.do(self.house.rename(what))

    @rule()
    def rename_guests(self) -> None:
        self.do(self.house.rename("never"))
        self.model.is_clear = self.house.said("never") == "off"
        self.model.settle()

    @rule(state=st.sampled_from(PANEL_SAYS))
    def panel(self, state: str) -> None:
        before = self.house.said("alarm")
        if state == "triggered" and before not in ("triggered", *NOT_SAID):
            self.model.goes_off()
        elif state == "disarmed" != before:
            self.model.is_disarmed()
        self.do(self.house.says("alarm", state))

    @rule()
    def alarm(self) -> None:
        self.panel("armed_away")
        self.panel("triggered")

    # What viewers do

    @rule(number=hubs, label=labels, viewer=viewers)
    def watch(self, number: int, label: str, viewer: str) -> None:
        hub = self.model.hubs[number]
        share = hub.shares[label]
        if len(share.looks) >= 3:
            return
        outcome = self.do(
            self.house.hubs[number].open_session(
                self.house.camera(number, label), officer=viewer
            )
        )
        if not self.model.is_open(hub, share, viewer):
            self.require(isinstance(outcome, Refused), outcome)
            self.require(outcome.code == "not_available", outcome)
            return
        self.require(isinstance(outcome, Opened), outcome)
        self.do(self.house.hubs[number].fragments(outcome.carried_by, 1))
        minutes = min(timedelta(minutes=share.minutes), HOUR)
        opened = self.model.opened(minutes)
        self.carriers.add((number, outcome.carried_by))
        share.looks.append(
            Look(
                session=outcome.session,
                carried_by=outcome.carried_by,
                viewer=viewer,
                ends_by=opened.end,
                last=opened.last,
            )
        )

    def watch_all_that_is_open(self) -> None:
        """Let somebody look at each camera that can be seen: a house in which nobody watches proves little."""
        for number, hub in enumerate(self.model.hubs):
            for label, share in hub.shares.items():
                for viewer in VIEWERS:
                    if not share.looks and self.model.is_open(hub, share, viewer):
                        self.watch(number, label, viewer)

    @precondition(lambda self: any(share.looks for _, share in self.model.shares()))
    @rule(data=st.data())
    def look_away(self, data: st.DataObject) -> None:
        looks = [
            (number, share, look)
            for number, hub in enumerate(self.model.hubs)
            for share in hub.shares.values()
            for look in share.looks
        ]
        which = data.draw(st.integers(0, len(looks) - 1))
        number, share, look = looks[which]
        share.looks.remove(look)
        self.do(self.house.hubs[number].close_session(look.session))

    @rule(
        number=hubs, label=labels, viewer=viewers, answer=st.sampled_from([1, 2, None])
    )
    def ask(self, number: int, label: str, viewer: str, answer: int | None) -> None:
        hub = self.model.hubs[number]
        share = hub.shares[label]
        answerable = "approval" in share.openings and not self.model.is_blocked(
            hub, share
        )
        request, rang = self.do(self.house.ask(number, label, viewer))
        self.require(rang == answerable, (rang, answerable))
        if answerable and answer is not None:
            self.do(self.house.press(answer))
            if answer == 1:
                share.allowed[viewer] = self.model.opened()
                decided = self.do(self.house.hubs[number].decided(request))
                self.require(decided, "a yes is told as a no")

    # What time does

    @rule(minutes=st.sampled_from([1, 4, 5, 14, 15, 30, 59, 60, 180]))
    def time_passes(self, minutes: int) -> None:
        self.do(self.house.clock.passes(minutes=minutes))
        self.model.passes(minutes * 60)

    @rule(minutes=st.sampled_from([-60, -1, 1, 60, 24 * 60]))
    def clock_is_set(self, minutes: int) -> None:
        self.do(self.house.clock.is_set(minutes=minutes))
        self.model.is_set(timedelta(minutes=minutes))

    @rule(number=hubs)
    def reload(self, number: int) -> None:
        for share in self.model.hubs[number].shares.values():
            share.forget()
            share.looks.clear()
        self.do(self.house.reload(number))
        self.err()

    @rule()
    def restart(self) -> None:
        for _, share in self.model.shares():
            share.forget()
            share.looks.clear()
        self.do(self.house.restart())
        self.err()

    # What must hold

    @invariant()
    def the_house_does_what_its_rules_say(self) -> None:
        type(self).steps += 1
        type(self).looked += sum(len(share.looks) for _, share in self.model.shares())
        self.require(self.model.wall == self.house.clock.now, "the clocks differ")
        self.require(not self.house.faults, self.house.faults)
        for number, hub in enumerate(self.model.hubs):
            reference = self.house.hubs[number]
            self.require(not reference.faults, reference.faults)
            looks = [look for share in hub.shares.values() for look in share.looks]
            self.same_sessions(number, {look.session for look in looks})
            self.house.run(self.flows(number, {look.carried_by for look in looks}))
            for label, share in hub.shares.items():
                self.same_words(number, hub, share, label)
        self.model.last_entry = self.house.last_entry()
        self.watch_all_that_is_open()

    def same_sessions(self, number: int, expected: set[str]) -> None:
        gate = self.house.entries[number].runtime_data.gate
        inside = {session.session_id for session in gate.sessions()}
        self.require(inside == expected, f"the home lets in {inside}, not {expected}")

    async def flows(self, number: int, expected: set[str]) -> None:
        """Require that more comes of every upload there must be, and that all others have ended."""
        hub = self.house.hubs[number]
        over = {each for at, each in self.carriers if at == number} - expected
        try:
            async with asyncio.timeout(PATIENCE):
                for carrier in expected:
                    seen = hub.seen(carrier)
                    more = await hub.fragments(carrier, seen.fragments + 1)
                    self.require(more.end is None, f"{carrier} has ended")
                for carrier in over:
                    await hub.upload_ended(carrier)
        except TimeoutError:
            raise Deviates(f"want {expected}, without {over}") from None
        self.carriers -= {(number, each) for each in over}

    def same_words(self, number: int, hub: Hub, share: Share, label: str) -> None:
        state = self.house.hass.states.get(self.house.entity(number, "viewable", label))
        expected = "on" if self.model.is_open(hub, share) else "off"
        self.require(state is not None and state.state == expected, (label, state))
        watched = is_on(
            self.house.hass, self.house.entity(number, "being_watched", label)
        )
        self.require(watched == bool(share.looks), f"{label}: watched {watched}")
        listed = self.house.listed(number)[label]["state"]
        self.require(listed == self.model.listed(hub, share), f"{label}: {listed}")

    def require(self, holds: object, otherwise: object) -> None:
        if not holds:
            raise Deviates(str(otherwise))


def run(
    authority: Authority,
    storage: dict[str, Any],
    steps: int,
    *,
    mutant: Mutant | None = None,
) -> type[HouseMachine]:
    """Drive house after house for so many steps, the same ones every time."""

    class Machine(HouseMachine):
        pass

    Machine.authority, Machine.storage = authority, storage
    Machine.mutant = staticmethod(mutant) if mutant else None
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=max(
                1, steps * 5 // 4 // A_RUN
            ),  # some come twice, and count once
            stateful_step_count=A_RUN,
            derandomize=True,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate, *[Phase.shrink] * SHRINKS],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Machine


@pytest.mark.timeout(240 * max(1, STEPS // 200))
def test_bytes_flow_exactly_for_what_is_open(
    authority: Authority, hass_storage: dict[str, Any]
) -> None:
    driven = run(authority, hass_storage, STEPS)

    assert driven.steps >= STEPS
    assert driven.looked >= STEPS, "hardly anybody watched"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_gate_that_errs_is_found(
    authority: Authority, hass_storage: dict[str, Any], mutant: Mutant
) -> None:
    with pytest.raises(Deviates):
        run(authority, hass_storage, 200, mutant=mutant)
