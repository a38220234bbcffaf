"""A house and the model of one, compared after every step: bytes flow exactly for what is open."""

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from pathlib import Path
import tempfile
from typing import Any, Final, override

from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.ha.watching import is_on
from tests.reference_hub import Authority, Opened, Refused, Seen, Viewer

from .driven import BEGIN, BOUND, HOURS, HUBS, LABELS, OPENERS, DrivenHouse
from .model import HOUR, Hub, Limits, Look, Model, Share
from .mutants import Mutant

STILL_FLOWS: Final = 15
"""Parts, a second's worth: so many more do not come of an upload that was cut before all was quiet."""

DOE: Final = Viewer(officer="Officer J. Doe")
VIEWERS: Final = (
    DOE,
    Viewer(officer="Officer R. Lee"),
    Viewer(officer=DOE.officer, purpose="welfare-check"),
    Viewer(officer=DOE.officer, case=None),
)
"""Who watches, and what for."""

type Wish = tuple[int, str, Viewer]
"""A hub, a camera by its label, and a viewer."""


class Deviates(AssertionError):
    """The house does not do what its rules say."""


class Compared(RuleBasedStateMachine):
    """Holds a house beside its model. `steps` counts what was compared, `looked` who watched then."""

    authority: Authority
    storage: dict[str, Any]
    mutant: Mutant | None = None
    steps = 0
    looked = 0

    def __init__(self) -> None:
        super().__init__()
        self.storage.clear()
        self.folder = tempfile.TemporaryDirectory()
        self.house = DrivenHouse(self.authority, self.storage, Path(self.folder.name))
        self.house.__enter__()
        self.model = Model(
            wall=BEGIN,
            hubs=[
                Hub(
                    shares={label: Share() for label in LABELS},
                    openers=frozenset(OPENERS[number]),
                )
                for number in HUBS
            ],
            schedule=self.schedule_is_on,
            last_entry=self.house.last_entry(),
            believed=BEGIN,
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

    def do(self, step: Coroutine[Any, Any, Any], *quiet: int) -> Any:
        """Do something in the house, and wait until all is quiet again, for all hubs or for these."""

        async def and_wait() -> Any:
            result = await step
            await self.house.is_quiet(*quiet)
            return result

        return self.house.run(and_wait())

    async def everything_begins(self) -> None:
        """Begin with one camera of each kind, so that there is something to see from the first step on."""
        for number, label, openings, has_never in (
            (0, LABELS[0], frozenset({"always"}), False),
            (0, LABELS[1], frozenset({"alarm", "approval"}), False),
            (1, LABELS[0], frozenset({"schedule", "approval"}), False),
            (1, LABELS[1], frozenset({"alarm"}), True),
            (2, LABELS[0], frozenset({"always"}), True),
            (2, LABELS[1], frozenset({"alarm", "schedule"}), False),
        ):
            rules: dict[str, Any] = {"has_never": has_never, "limits": Limits()}
            await self.house.set_rules(number, label, openings=openings, **rules)
            self.model.hubs[number].shares[label].edit(openings, **rules)

    def schedule_is_on(self, wall: Any, passed: int) -> bool:
        """Say whether the hours include this moment, and the schedule itself agrees."""
        reads = (wall - timedelta(hours=8)).strftime("%H:%M:%S")
        within = any(start <= reads < end for start, end in HOURS)
        said = [state for at, state in self.house.schedule_said if at <= passed]
        return within and said[-1] == "on"

    def looks(self, number: int) -> Iterator[tuple[Share, Look]]:
        """Give who watches for a hub."""
        for share in self.model.hubs[number].shares.values():
            for look in share.looks:
                yield share, look

    def watch(self, *wishes: Wish) -> None:
        """Let viewers ask for cameras at once, and require that exactly those are let in for whom they are open."""
        outcomes = self.do(self.open_sessions(wishes))
        answered = zip(wishes, outcomes, strict=True)
        # Of those who can't all come in, the home says who came first.
        in_their_order = sorted(answered, key=lambda each: _turn(each[1]))
        for (number, label, viewer), outcome in in_their_order:
            hub = self.model.hubs[number]
            share = hub.shares[label]
            if not self.model.admits(hub, share, viewer):
                self.require(isinstance(outcome, Refused), outcome)
                self.require(outcome.code == "not_available", outcome)
                continue
            self.require(isinstance(outcome, Opened), outcome)
            ends_by = datetime.fromisoformat(outcome.ends_by)
            self.require(ends_by == self.model.wall + HOUR, outcome)
            minutes = min(timedelta(minutes=share.limits.minutes), HOUR)
            opened = self.model.opened(minutes)
            self.carriers.add((number, outcome.carried_by))
            look = Look(
                session=outcome.session,
                carried_by=outcome.carried_by,
                viewer=viewer,
                window=opened,
                began=self.model.passed,
            )
            self.model.comes_in(hub, share, look)
        self.bytes_flow()

    async def open_sessions(self, wishes: tuple[Wish, ...]) -> list[Opened | Refused]:
        house = self.house
        return await asyncio.gather(
            *(
                house.hubs[number].open_session(
                    house.camera(number, label),
                    officer=viewer.officer,
                    purpose=viewer.purpose,
                    case=viewer.case,
                )
                for number, label, viewer in wishes
            )
        )

    def watch_all_that_is_open(self) -> None:
        """Let somebody look at each camera that can be seen: a house in which nobody watches proves little."""
        wishes: dict[tuple[int, str], Viewer] = {}
        for number, hub in enumerate(self.model.hubs):
            for label, share in hub.shares.items():
                for viewer in VIEWERS:
                    if not share.looks and self.model.admits(hub, share, viewer):
                        wishes.setdefault((number, label), viewer)
        if wishes:
            self.watch(
                *((number, label, who) for (number, label), who in wishes.items())
            )

    @invariant()
    def the_house_does_what_its_rules_say(self) -> None:
        type(self).looked += sum(len(share.looks) for _, share in self.model.shares())
        self.require(self.model.wall == self.house.clock.now, "the clocks differ")
        for number in HUBS:
            self.same_sessions(number)
        self.bytes_flow()
        for number, hub in enumerate(self.model.hubs):
            for label, share in hub.shares.items():
                self.same_words(number, hub, share, label)
        self.watch_all_that_is_open()
        self.house.run(self.house.is_settled())
        self.require(not self.house.faults, self.house.faults)
        errors = self.house.errors.told()
        self.require(not errors, errors)
        for reference in self.house.hubs:
            self.require(not reference.faults, reference.faults)
        self.model.last_entry = max(self.model.last_entry, self.house.last_entry())

    def same_sessions(self, number: int) -> None:
        """Require that the gate has exactly those inside who may be."""
        expected = {look.session for _, look in self.looks(number)}
        gate = self.house.entries[number].runtime_data.gate
        inside = {session.session_id for session in gate.sessions()}
        self.require(inside == expected, f"the home lets in {inside}, not {expected}")

    def bytes_flow(self) -> None:
        """Require that more comes of every upload there must be, and that all others have ended."""
        expected = {
            (number, look.carried_by)
            for number in HUBS
            for _, look in self.looks(number)
        }
        self.house.run(self.each_flows_or_has_ended(expected))
        self.carriers &= expected

    async def each_flows_or_has_ended(self, expected: set[tuple[int, str]]) -> None:
        outcomes = await asyncio.gather(
            *(
                self.flows(number, carrier)
                if (number, carrier) in expected
                else self.has_ended(number, carrier)
                for number, carrier in sorted(self.carriers)
            ),
            return_exceptions=True,
        )
        for error in filter(None, outcomes):
            raise error

    async def flows(self, number: int, carrier: str) -> None:
        parts = self.house.hubs[number].seen(carrier).fragments + 1
        seen = await self.parts_or_end(number, carrier, parts)
        self.require(seen.end is None, f"{carrier} has ended")

    async def has_ended(self, number: int, carrier: str) -> None:
        parts = self.house.hubs[number].seen(carrier).fragments + STILL_FLOWS
        seen = await self.parts_or_end(number, carrier, parts)
        self.require(seen.end == "reset", f"{carrier} goes on: {seen.end}")

    async def parts_or_end(self, number: int, carrier: str, parts: int) -> Seen:
        """Wait for the earlier of the two; a house that errs so much that neither comes is told within the bound."""
        hub = self.house.hubs[number]

        def look() -> Seen | None:
            seen = hub.seen(carrier)
            return seen if seen.ended or seen.fragments >= parts else None

        try:
            return await hub.changes.until(look, BOUND)
        except TimeoutError:
            raise Deviates(f"of {carrier} comes neither more nor its end") from None

    def same_words(self, number: int, hub: Hub, share: Share, label: str) -> None:
        """Require that the owner and the hub are told what is so."""
        state = self.house.hass.states.get(self.house.entity(number, "viewable", label))
        expected = "on" if self.model.is_open(hub, share) else "off"
        self.require(state is not None and state.state == expected, (label, state))
        watched = is_on(
            self.house.hass, self.house.entity(number, "being_watched", label)
        )
        self.require(watched == bool(share.looks), f"{label}: watched {watched}")
        listed = self.house.listed(number)[label]["state"]
        self.require(listed == self.model.listed(hub, share), f"{label}: {listed}")
        for question in share.questions:
            waits = self.model.passed < question.window.last
            asks = self.house.still_asks(number, question.request)
            self.require(asks == waits, f"the owner is asked {asks}, not {waits}")

    def require(self, holds: object, otherwise: object) -> None:
        if not holds:
            raise Deviates(str(otherwise))


def _turn(outcome: Opened | Refused) -> tuple[bool, int]:
    """Give when somebody came in: by the record, and before all who did not."""
    if isinstance(outcome, Refused):
        return True, 0
    return False, outcome.proof["index"]
