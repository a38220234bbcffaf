"""Whatever the owner, the hubs and the clock do: bytes flow exactly for what is open, and for nothing else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
import os
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
from hypothesis import HealthCheck, Phase, seed, settings, strategies as st
from hypothesis.stateful import run_state_machine_as_test
import pytest

from tests.reference_hub import Authority, Forgery, Refused, Viewer
from tests.reference_hub.wire import new_id

from .choosing import Choosing, Happening, happens
from .compared import DOE, VIEWERS, Deviates
from .driven import HUBS, LABELS, MEMBERS, NAMED, RESTORING, UNKNOWN
from .failing import PARTS, Spot, fails_once
from .model import (
    DOORS,
    OWNER,
    ROOMS,
    STEP,
    TO_ANSWER,
    Allowed,
    Hand,
    Limits,
    Question,
    Share,
)
from .mutants import MUTANTS, SHOWN_BY, Mutant
from .setting_up import Moment

STEPS: Final = int(os.environ.get("LATCHSTRING_HOUSE_STEPS", "200"))
"""More of them take minutes: `LATCHSTRING_HOUSE_STEPS=2000 scripts/test tests/ha/rules/test_house_machine.py`."""

FIRST_SEED: Final = int(os.environ.get("LATCHSTRING_HOUSE_SEED", "0"))
"""The first of the seeds: another one lets other things happen."""

SHRINKS: Final = "LATCHSTRING_HOUSE_SHRINKS" in os.environ
"""Look for the shortest way to an error, which takes minutes."""

MOST_TO_FIND: Final = 200
"""Steps within which an error must be found; most are within a hundred."""

MORE_OFTEN: Final = 16
"""How much more often than usual that happens by which an error shows."""

A_RUN: Final = 20
"""Steps in one house; then another begins."""

OPENINGS: Final = ("always", "schedule", "alarm", "approval")
ANSWERS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "once": ("allow_request", {"once": True}),
    "a while": ("allow_request", {}),
    "for longer": ("allow_request", {"duration": {"minutes": 40}}),
    "no": ("refuse_request", {}),
}
"""What the owner calls for each, with what they say then."""

GUARDS: Final = ("sharing", "being_watched")
"""Without one of these a camera stays closed."""

OURS: Final = ("sharing", "share_now", "being_watched", "viewable")
UNLISTED: Final = "c-" + "0" * 16
MOST_ASKED: Final = 24

NOT_SAID: Final = ("unavailable", "unknown")
TURNS: Final = {
    "guests come": ("never", "off", "on"),
    "guests go": ("never", "on", "off"),
    "it goes off": ("alarm", "armed_away", "triggered"),
    "it is disarmed": ("alarm", "triggered", "disarmed"),
}
"""What turns, with what an entity says before and after."""

SENSORS: Final = sorted(DOORS | ROOMS)
BY_HAND: Final = ("never", *sorted((DOORS | ROOMS) - RESTORING))
MINUTE: Final = timedelta(minutes=1)
YEARS: Final = timedelta(days=3650)

CLOSING: Final = ("guests come", "it is disarmed")

PANEL_SAYS: Final = ("armed_away", "triggered", "disarmed", *NOT_SAID)

hubs = st.sampled_from(HUBS)
labels = st.sampled_from(LABELS)
mostly = st.sampled_from([True, True, True, False])
viewers = st.sampled_from(VIEWERS)
answers = st.sampled_from([*ANSWERS, None])
hands = st.sampled_from([*MEMBERS, OWNER, None])
limits = st.builds(
    Limits,
    viewers=st.sampled_from([8, 8, 2, 1]),
    minutes=st.sampled_from([60, 60, 5]),
    case_required=mostly.map(lambda each: not each),
    purposes=st.sampled_from([None, None, None, frozenset({DOE.purpose})]),
)
moments = st.builds(Moment, shown=st.integers(1, 12)) | st.builds(
    Moment, turns=st.integers(0, 100)
)


def somebody_watches(machine: HouseMachine) -> bool:
    return any(share.looks for _, share in machine.model.shares())


def somebody_waits(machine: HouseMachine) -> bool:
    return any(share.questions for _, share in machine.model.shares())


class HouseMachine(Choosing):
    """Does the same to a house and to the model of one."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = [0 for _ in HUBS]
        self.dropped = [False for _ in HUBS]
        self.backup: Any = None

    # What the owner does

    @happens(number=hubs, label=labels, on=mostly)
    def turn_camera(self, number: int, label: str, *, on: bool) -> None:
        share = self.model.hubs[number].shares[label]
        share.is_on = on
        if not on:
            share.forget()
        self.model.settle()
        self.do(self.house.turn(number, "sharing", label, on=on))

    @happens(number=hubs, on=mostly)
    def turn_hub(self, number: int, *, on: bool) -> None:
        self.model.hubs[number].is_on = on
        self.model.settle()
        self.do(self.house.turn(number, "hub_sharing", None, on=on))

    @happens(number=hubs, label=st.none() | labels)
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

    @happens(number=hubs, label=st.none() | labels)
    def share_no_longer(self, number: int, label: str | None) -> None:
        hub = self.model.hubs[number]
        for share in [hub.shares[label]] if label else hub.shares.values():
            share.owner = None
        self.model.settle()
        key = "share_now" if label else "share_all"
        self.do(self.house.turn(number, key, label, on=False))

    @happens()
    def stop_sharing(self) -> None:
        for hub in self.model.hubs:
            hub.shares[LABELS[0]].forget()
        self.model.settle()
        self.do(self.house.stop_sharing(self.house.name("camera")))

    @happens(
        often=2,
        number=hubs,
        label=labels,
        openings=st.frozensets(st.sampled_from(OPENINGS)),
        limits=limits,
        has_never=mostly.map(lambda each: not each),
    )
    def edit(
        self,
        number: int,
        label: str,
        openings: frozenset[str],
        limits: Limits,
        *,
        has_never: bool,
    ) -> None:
        self.model_edits(number, label, openings, limits, has_never=has_never)
        self.do(
            self.house.set_rules(
                number, label, openings=openings, has_never=has_never, limits=limits
            )
        )

    def model_edits(
        self,
        number: int,
        label: str,
        openings: frozenset[str],
        limits: Limits,
        *,
        has_never: bool,
    ) -> None:
        share = self.model.hubs[number].shares[label]
        share.edit(openings, has_never=has_never, limits=limits)
        self.model.forget_unnamed()
        self.model.settle()

    @happens(number=hubs, label=labels, limits=st.just(Limits(viewers=1)) | limits)
    def limits_are_tightened(self, number: int, label: str, limits: Limits) -> None:
        share = self.model.hubs[number].shares[label]
        openings, has_never = share.openings, share.has_never
        self.edit(number, label, openings, Limits(), has_never=has_never)
        self.everybody_comes(number, label)
        self.edit(number, label, openings, limits, has_never=has_never)

    @happens(
        often=2,
        number=hubs,
        label=labels,
        moment=moments,
        before=st.sampled_from([frozenset({"always"}), frozenset()]),
        openings=st.frozensets(st.sampled_from(OPENINGS)),
        has_never=st.booleans(),
        state=st.sampled_from(["on", "off"]),
    )
    def edit_while_it_is_set_up(
        self,
        number: int,
        label: str,
        moment: Moment,
        before: frozenset[str],
        openings: frozenset[str],
        *,
        has_never: bool,
        state: str,
    ) -> None:
        """Edit rules of which it is plain what they open, so that hardly any edit leaves all as it was."""
        self.edit(number, label, before, Limits(), has_never=False)
        if self.model.hands.get("never"):  # what is known of it hangs on the moment
            self.guests("on")
            self.guests("off")
        self.begins_anew(number)
        self.model_edits(number, label, openings, Limits(), has_never=has_never)
        self.guests_say(state)
        rules = {"openings": openings, "has_never": has_never, "limits": Limits()}
        self.do(self.house.edit_while_set_up(number, label, moment, state, **rules))
        self.err()
        self.watch((number, label, VIEWERS[0]))

    @happens(
        state=st.sampled_from(
            ["on", "off", "off", "off", "unavailable", "unknown", None]
        )
    )
    def guests(self, state: str | None, by: Hand = None) -> None:
        self.guests_say(state, by)
        self.do(self.house.says("never", state, by))

    def guests_say(self, state: str | None, by: Hand = None) -> None:
        if "never" not in self.house.gone:
            before = self.house.said("never")
            said, says = (each not in (None, *NOT_SAID) for each in (before, state))
            self.model.never_says(before, state, by, said=said, says=says)

    @happens(often=4, what=st.sampled_from(BY_HAND), by=hands)
    def by_hand(self, what: str, by: Hand) -> None:
        """Let somebody turn what a rule names to where it may let open."""
        self.all_is_quiet()
        for on in (False, True) if what in DOORS else (True, False):
            if what == "never":
                self.guests("on" if on else "off", by)
            else:
                self.sensor(what, by, on=on)
        self.seconds_pass(STEP)

    def all_is_quiet(self) -> None:
        """Let no alarm go on, and nothing keep cameras closed that a sensor says."""
        for each in SENSORS:
            if each in self.model.on | self.model.remembered or self.model.hands.get(
                each
            ):
                for on in (True, False):
                    self.sensor(each, None, on=on)
        self.panel("disarmed")

    def sensor(self, what: str, by: Hand, *, on: bool) -> None:
        self.model.sensor_says(what, by, on=on)
        self.do(self.house.sensor_says(what, by, on=on))

    @happens(what=st.sampled_from(SENSORS))
    def a_sensor_is_on(self, what: str) -> None:
        self.sensor(what, None, on=True)

    @happens(
        often=2,
        what=st.sampled_from(sorted(RESTORING)),
        was=mostly.map(lambda each: not each),
        on=mostly,
    )
    def is_loaded_anew(self, what: str, *, was: bool, on: bool) -> None:
        """Let a sensor come back with what it said, and then say something."""
        self.all_is_quiet()
        self.sensor(what, None, on=was)
        self.model.is_loaded_anew(what)
        self.do(self.house.load_anew(what))
        self.bytes_flow()
        self.seconds_pass(STEP)
        self.the_house_does_what_its_rules_say()
        self.sensor(what, None, on=on)

    @happens(number=hubs, openers=st.frozensets(st.sampled_from(MEMBERS)))
    def let_open(self, number: int, openers: frozenset[str]) -> None:
        self.model.hubs[number].openers = openers
        self.model.settle()
        self.do(self.house.let_open(number, *sorted(openers)))

    @happens(number=hubs, label=labels)
    def guests_are_kept_out_of_sight(self, number: int, label: str) -> None:
        share = self.model.hubs[number].shares[label]
        self.edit(number, label, frozenset({"always"}), Limits(), has_never=True)
        self.guests("off")
        self.require(share.has_never, "the rule is kept")

    @happens(what=st.sampled_from([what for what in NAMED if what != "never"]))
    def rename(self, what: str) -> None:
        if what in self.house.gone:
            return
        self.model.is_renamed(what)
        if what == "alarm" and self.house.said(what) == "disarmed":
            self.model.is_disarmed()
        self.do(self.house.rename(what))

    @happens(when=lambda machine: "never" not in machine.house.gone)
    def rename_guests(self) -> None:
        self.do(self.house.rename("never"))
        self.model.is_clear = self.house.said("never") == "off"
        self.model.is_renamed("never")

    @happens(number=hubs, key=st.sampled_from(OURS), label=labels)
    def rename_ours(self, number: int, key: str, label: str) -> None:
        self.do(self.house.rename_ours(number, key, label))

    @happens(what=st.sampled_from(["alarm", "never"]))
    def remove(self, what: str) -> None:
        if what not in self.house.gone:
            self.model.is_clear &= what != "never"
            self.model.settle()
            self.do(self.house.remove(what))
            if what == "alarm":
                self.alarm()
            else:
                self.guests("off")

    @happens(often=3, when=lambda machine: machine.house.gone, which=st.integers(0, 1))
    def add_again(self, which: int) -> None:
        gone = sorted(self.house.gone)
        self.come_back(gone[which % len(gone)])

    def come_back(self, what: str) -> None:
        said = self.house.said(what)
        self.do(self.house.add_again(what))
        self.model.is_added_again(what)
        self.model.hands[what] = None
        if what == "never":
            self.model.is_clear = said == "off"
        elif said == "disarmed":
            self.model.is_disarmed()

    @happens()
    def disable_camera(self) -> None:
        for hub in self.model.hubs:
            self.let_nobody_watch(hub.shares[LABELS[0]])
        self.do(self.house.camera_goes())
        for number in HUBS:
            self.same_sessions(number)
        self.bytes_flow()
        self.do(self.house.camera_comes())

    @happens(number=hubs, key=st.sampled_from(GUARDS), label=labels)
    def remove_ours(self, number: int, key: str, label: str) -> None:
        share = self.model.hubs[number].shares[label]
        self.let_nobody_watch(share)
        self.do(self.house.remove_ours(number, key, label))
        self.same_sessions(number)
        self.bytes_flow()
        share.is_on = share.is_on and key != "sharing"
        self.reload(number)

    def let_nobody_watch(self, *shares: Share) -> None:
        for share in shares:
            for look in list(share.looks):
                share.end(look)
        self.model.settle()

    @happens(state=st.sampled_from(PANEL_SAYS), by=hands)
    def panel(self, state: str, by: Hand = None) -> None:
        before = self.house.said("alarm")
        if "alarm" in self.house.gone:
            pass  # another says it
        elif state == "triggered" and before not in ("triggered", *NOT_SAID):
            if not self.model.comes_back("alarm"):
                self.model.goes_off()
        elif state == "disarmed" != before:
            self.model.is_disarmed()
        self.do(self.house.says("alarm", state, by))

    @happens(often=2)
    def alarm(self) -> None:
        self.panel("armed_away")
        self.panel("triggered")

    # What fails

    @happens(
        often=3,
        part=st.sampled_from([*PARTS]),
        which=st.integers(0, 99),
        turn=st.sampled_from([*TURNS, *CLOSING]),
    )
    def something_fails(self, part: str, which: int, turn: str) -> None:
        self.fail(part, which, turn)

    def fail(self, part: str, which: int, turn: str) -> bool:
        """Let a part fail when something turns; give whether it was asked."""
        what, before, after = TURNS[turn]
        say = {"never": self.guests, "alarm": self.panel}[what]
        self.let_all_be_heard()
        say(
            after
        )  # works once more, if it failed the last time: what goes on failing is logged once
        say(before)
        self.watch_all_that_is_open()
        number, label = self.concerned(what, which)
        spot = Spot(
            house=self.house, number=number, label=label, key=self.house.keys[what]
        )
        connections = self.house.connections()
        with self.house.disturbed(), fails_once(PARTS[part], spot) as failing:
            say(after)
        self.require(self.house.connections() == connections, "a hub was hung up on")
        for each in HUBS if PARTS[part].of_all else [number]:
            self.may_be_closed(each, what)
        for each in HUBS:
            self.same_sessions(each)
        self.bytes_flow()
        logged = self.house.errors.take_injected()
        self.require(len(logged) == failing.has_failed, (part, turn, logged))
        self.seconds_pass(STEP)
        return failing.has_failed

    def concerned(self, what: str, which: int) -> tuple[int, str]:
        """Choose a share that names something, and one that somebody watches before another."""
        shares = [
            ((share.names(what), bool(share.looks)), number, label)
            for number, hub in enumerate(self.model.hubs)
            for label, share in hub.shares.items()
        ]
        best, _, _ = max(shares)
        chosen = [(number, label) for rank, number, label in shares if rank == best]
        return chosen[which % len(chosen)]

    def may_be_closed(self, number: int, what: str) -> None:
        """Let be closed what a failure has closed: shares that name what turned, until that is tried again."""
        runtime = self.house.entries[number].runtime_data
        inside = {session.session_id for session in runtime.gate.sessions()}
        for label, share in self.model.hubs[number].shares.items():
            if not share.names(what):
                continue
            opened = runtime.openings.of(self.house.share_id(number, label))
            if what == "alarm" and opened.alarm is None:
                share.alarm = None
            for look in [each for each in share.looks if each.session not in inside]:
                share.end(look)
        self.model.settle()

    # What viewers and their hubs do

    @happens(often=2, number=hubs, label=labels, viewer=viewers)
    def a_viewer_asks_for_a_camera(
        self, number: int, label: str, viewer: Viewer
    ) -> None:
        if len(self.model.hubs[number].shares[label].looks) < 3:
            self.watch((number, label, viewer))

    def everybody_comes(self, number: int, label: str) -> None:
        """Let all viewers ask for a camera at once, each for all that they watch for."""
        if len(self.model.hubs[number].shares[label].looks) < 3:
            self.watch(*((number, label, viewer) for viewer in VIEWERS))

    @happens(when=somebody_watches, which=st.integers(0, 99))
    def look_away(self, which: int) -> None:
        looks = [
            (number, share, look)
            for number in HUBS
            for share, look in self.looks(number)
        ]
        number, share, look = looks[which % len(looks)]
        share.end(look)
        self.model.settle()
        self.do(self.house.hubs[number].close_session(look.session))

    @happens(
        often=3,
        number=hubs,
        label=labels,
        asking=st.lists(st.tuples(viewers, answers), min_size=1, max_size=2),
        minutes=st.sampled_from([15, 15, 3, 60]),
        closes=st.sampled_from([None, None, None, "camera", "hub", "guests"]),
    )
    def ask(
        self,
        number: int,
        label: str,
        asking: list[tuple[Viewer, str | None]],
        minutes: int,
        closes: str | None,
    ) -> None:
        if self.asked[number] >= MOST_ASKED:
            return
        self.asked[number] += len(asking)
        asked_by = [viewer for viewer, _ in asking]
        questions = self.put(number, label, *asked_by, minutes=minutes)
        share = self.model.hubs[number].shares[label]
        if questions:
            self.turn(number, label, closes, on=False)
        for question, (_, answer) in zip(questions, asking, strict=False):
            if answer is not None:
                self.answer(number, share, question, answer)
        if questions:
            self.turn(number, label, closes, on=True)
            self.everybody_comes(number, label)

    @happens(
        often=2,
        numbers=st.permutations(HUBS),
        label=labels,
        viewer=viewers,
        answer=st.sampled_from([*ANSWERS]),
    )
    def two_hubs_ask_by_one_id(
        self, numbers: list[int], label: str, viewer: Viewer, answer: str
    ) -> None:
        request, (one, other, _) = new_id("r-"), numbers
        for each in (one, other):
            self.edit(each, label, frozenset({"approval"}), Limits(), has_never=False)
        questions = [
            question
            for each in (one, other)
            for question in self.put(each, label, viewer, request=request)
        ]
        if len(questions) > 1:
            action, said = ANSWERS[answer]
            why = self.do(self.house.answer(None, request, action, **said))
            self.require(why == "request_ambiguous", why)
            share = self.model.hubs[one].shares[label]
            self.answer(one, share, questions[0], answer)
            for each in (one, other, one):
                self.everybody_comes(each, label)

    def put(
        self,
        number: int,
        label: str,
        *viewers: Viewer,
        minutes: int = 15,
        request: str | None = None,
    ) -> list[Question]:
        """Let viewers ask; give the questions that are put to the owner."""
        hub = self.model.hubs[number]
        share = hub.shares[label]
        is_asked = "approval" in share.openings
        is_asked = is_asked and not self.model.is_blocked(hub, share)
        answerable = [is_asked and share.admits(viewer) for viewer in viewers]
        camera = self.house.camera(number, label)
        requests = self.do(
            self.house.ask(number, camera, *viewers, minutes=minutes, request=request)
        )
        asks = [self.house.still_asks(number, each) for each in requests]
        self.require(asks == answerable, (asks, answerable))
        window = self.model.opened(TO_ANSWER)
        questions = [
            Question(request=each, viewer=viewer, minutes=minutes, window=window)
            for each, viewer, is_put in zip(requests, viewers, asks, strict=True)
            if is_put
        ]
        share.questions += questions
        return questions

    def turn(self, number: int, label: str, what: str | None, *, on: bool) -> None:
        match what:
            case "camera":
                self.turn_camera(number, label, on=on)
            case "hub":
                self.turn_hub(number, on=on)
            case "guests":
                self.guests("off" if on else "on")

    @happens(
        often=3,
        when=somebody_waits,
        which=st.integers(0, 99),
        answer=st.sampled_from([*ANSWERS]),
    )
    def answer_later(self, which: int, answer: str) -> None:
        waiting = [
            (number, share, question)
            for number, hub in enumerate(self.model.hubs)
            for share in hub.shares.values()
            for question in share.questions
        ]
        self.answer(*waiting[which % len(waiting)], answer)

    def answer(
        self, number: int, share: Share, question: Question, answer: str
    ) -> None:
        action, said = ANSWERS[answer]
        refused = self.do(self.house.answer(number, question.request, action, **said))
        blocked = self.model.is_blocked(self.model.hubs[number], share)
        over = question.is_over(self.model.wall, self.model.passed)
        may_come = not blocked and share.admits(question.viewer)
        counts = not over and (answer == "no" or may_come)
        self.require((refused is None) == counts, refused)
        if not counts:
            return
        share.questions.remove(question)
        asks = self.house.still_asks(number, question.request)
        self.require(not asks, "what was answered is still asked")
        if answer != "no":
            length = said.get("duration", {"minutes": question.minutes})
            allowed = Allowed(
                viewer=question.viewer,
                window=self.model.opened(timedelta(**length)),
                once=answer == "once",
            )
            share.allowed.append(allowed)
            decided = self.house.hubs[number].decided(question.request)
            self.require(self.house.run(decided), "a yes is told as a no")

    @happens(number=hubs, label=labels, viewer=viewers)
    def forge(self, number: int, label: str, viewer: Viewer) -> None:
        hub, camera = self.house.hubs[number], self.house.camera(number, label)
        of_another_home = Forgery(claims={"aud": "somebody-else"})
        outcome = self.do(
            hub.open_session(camera, officer=viewer.officer, forgery=of_another_home)
        )
        self.require(isinstance(outcome, Refused), outcome)

    @happens(number=hubs)
    def talk_of_what_is_not_there(self, number: int) -> None:
        hub = self.house.hubs[number]
        outcome = self.do(hub.open_session(UNLISTED))
        self.require(isinstance(outcome, Refused), outcome)
        self.require(outcome.code == "not_available", outcome)
        if self.asked[number] < MOST_ASKED:
            self.asked[number] += 1
            self.do(self.house.ask(number, UNLISTED, VIEWERS[0]))
        answer = self.do(hub.request("camera.open", UNKNOWN))
        self.require("error" in answer, answer)

    @happens(number=hubs)
    def close_what_another_hub_watches(self, number: int) -> None:
        for other in self.others(number):
            for _, look in self.looks(other):
                closing = {"session": look.session}
                self.do(self.house.hubs[number].request("session.close", closing))

    @happens(when=lambda machine: not all(machine.dropped))
    def a_connection_drops(self) -> None:
        number = self.dropped.index(False)  # each once: the second time takes longer
        self.dropped[number] = True
        self.do(self.house.drop(number))

    @happens(when=somebody_watches, number=hubs)
    def a_hub_is_gone(self, number: int) -> None:
        self.let_nobody_watch(*self.model.hubs[number].shares.values())
        self.do(self.house.lose(number), *self.others(number))
        self.same_sessions(number)
        self.bytes_flow()
        self.begins_anew(number)
        self.do(self.house.find(number))
        self.err()

    # What time does

    @happens(often=3, minutes=st.sampled_from([15, 1, 4, 5, 14, 30, 59, 60, 180]))
    def time_passes(self, minutes: int) -> None:
        self.seconds_pass(minutes * 60)
        if minutes >= 4:
            self.asked = [0 for _ in HUBS]

    def seconds_pass(self, seconds: int) -> None:
        with self.house.disturbed():
            self.do(self.house.passes(seconds=seconds))
        self.model.passes(seconds)
        self.model.is_compared()

    @happens(minutes=st.sampled_from([-60, -1, 1, 60, 24 * 60, YEARS // MINUTE]))
    def clock_is_set(self, minutes: int) -> None:
        with self.house.disturbed():
            self.do(self.house.clock.is_set(minutes=minutes))
            self.do(self.house.passes(seconds=0))
        self.model.is_set(timedelta(minutes=minutes))
        self.model.is_compared()

    @happens(often=2)
    def clock_is_forged_for_a_while(self) -> None:
        for ahead in (-YEARS, YEARS, YEARS, -YEARS):
            self.watch_all_that_is_open()
            with self.house.disturbed():
                self.do(self.house.clock_is_forged(ahead))
            self.model.is_set(ahead)
            for number in HUBS:
                self.same_sessions(number)
            self.bytes_flow()

    @happens(often=2, when=lambda machine: machine.model.is_behind)
    def clock_is_said_to_be_right(self) -> None:
        self.do(self.house.confirm_clock())
        self.model.last_entry = self.house.last_entry()
        self.model.is_compared()

    @happens(number=hubs)
    def reload(self, number: int) -> None:
        self.begins_anew(number)
        self.do(self.house.reload(number))
        self.err()

    @happens()
    def restart(self) -> None:
        self.begins_anew(*HUBS)
        self.do(self.house.restart())
        self.hands_are_as_is_said()
        self.err()

    def hands_are_as_is_said(self) -> None:
        """Know by whose hand things stand from what they say: nothing else outlasts a start."""
        for each in ("never", *SENSORS):
            self.model.hands[each] = self.house.hand(each)

    def others(self, number: int) -> list[int]:
        return [each for each in HUBS if each != number]

    def begins_anew(self, *numbers: int) -> None:
        for number in numbers:
            self.dropped[number], self.asked[number] = False, 0
            for share in self.model.hubs[number].shares.values():
                share.begin_anew()
        self.model.forget_unnamed(*(self.model.hubs[number] for number in numbers))

    @happens(often=2)
    def back_up(self) -> None:
        positions = [
            (hub.is_on, {label: share.is_on for label, share in hub.shares.items()})
            for hub in self.model.hubs
        ]
        self.backup = (self.do(self.house.back_up()), positions)

    @happens(when=lambda machine: machine.backup is not None, often=2)
    def restore(self) -> None:
        consent, positions = self.backup
        self.begins_anew(*HUBS)
        self.model.is_restored = True
        for hub, (is_on, shares) in zip(self.model.hubs, positions, strict=True):
            hub.is_on = is_on
            for label, share in hub.shares.items():
                share.is_on = shares[label]
        self.do(self.house.restart(consent))
        self.hands_are_as_is_said()
        self.err()

    @happens(
        when=lambda machine: machine.model.is_restored,
        often=8,
        keep=mostly,
        without=st.none() | hubs,
    )
    def review(self, *, keep: bool, without: int | None) -> None:
        self.let_all_be_heard()
        self.begins_anew(*HUBS)
        self.model.is_restored = False
        for _, share in self.model.shares():
            share.is_on = share.is_on and keep
        self.do(self.house.review(keep=keep, without=without))
        self.err()

    def let_all_be_heard(self) -> None:
        """Wait for no entity any more: whether that is known still hangs on which hub is loaded anew before another."""
        if self.model.is_all_heard:
            return
        if "never" in self.house.gone:
            self.come_back("never")
        self.seconds_pass(STEP)
        self.guests("on")
        self.guests("off")
        self.require(self.model.is_all_heard, self.model.known)


def machine_of(
    authority: Authority, storage: dict[str, Any], mutant: Mutant | None = None
) -> type[HouseMachine]:
    """Give a machine that counts its own steps."""

    class Machine(HouseMachine):
        pass

    Machine.authority, Machine.storage = authority, storage
    Machine.mutant = staticmethod(mutant) if mutant else None
    shown_by = SHOWN_BY.get(mutant, ()) if mutant else ()
    showing = [each for each in happenings_of(Machine) if each.name in shown_by]
    # First: so the simplest run, which is always one of them, goes through nothing else.
    Machine.happenings = [*MORE_OFTEN * showing, *Machine.happenings]
    return Machine


def happenings_of(machine: type[HouseMachine]) -> list[Happening]:
    """Give each thing that can happen, once."""
    return list({each.name: each for each in machine.happenings}.values())


@contextmanager
def driven_by_hand(
    authority: Authority, storage: dict[str, Any]
) -> Iterator[HouseMachine]:
    """Give a house to which happens what is called."""
    machine = machine_of(authority, storage)()
    try:
        machine.the_house_does_what_its_rules_say()
        yield machine
    finally:
        machine.teardown()


def run(
    authority: Authority,
    storage: dict[str, Any],
    steps: int,
    *,
    mutant: Mutant | None = None,
    first_seed: int = 0,
) -> type[HouseMachine]:
    """Drive house after house for so many steps, the same ones every time."""
    Machine = machine_of(authority, storage, mutant)  # noqa: N806 - a class
    for number in count(first_seed):
        if (missing := steps - Machine.steps) <= 0:
            return Machine
        run_state_machine_as_test(
            seed(number)(Machine),
            settings=settings(
                max_examples=-(-missing // A_RUN),
                stateful_step_count=A_RUN,
                deadline=None,
                database=None,
                report_multiple_bugs=False,
                phases=[Phase.generate, *[Phase.shrink] * SHRINKS],
                suppress_health_check=list(HealthCheck),
            ),
        )
    raise AssertionError


@pytest.mark.timeout(900 * max(1, STEPS // 200))
def test_bytes_flow_exactly_for_what_is_open(
    authority: Authority, hass_storage: dict[str, Any]
) -> None:
    driven = run(authority, hass_storage, STEPS, first_seed=FIRST_SEED)

    assert driven.steps >= STEPS
    assert driven.looked >= STEPS * 3 // 4, "hardly anybody watched"


@pytest.mark.parametrize("part", PARTS)
def test_what_fails_closes_and_is_logged_each_time(
    authority: Authority, hass_storage: dict[str, Any], part: str
) -> None:
    with driven_by_hand(authority, hass_storage) as machine:
        for _ in range(2):
            assert machine.fail(part, 0, "it is disarmed")
            machine.the_house_does_what_its_rules_say()


def test_what_was_added_again_is_not_taken_for_renamed_when_it_fails(
    authority: Authority, hass_storage: dict[str, Any]
) -> None:
    with driven_by_hand(authority, hass_storage) as machine:
        machine.remove("never")
        machine.come_back("never")
        machine.the_house_does_what_its_rules_say()
        assert machine.fail("what an entity says", 0, "guests go")
        machine.the_house_does_what_its_rules_say()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_gate_that_errs_is_found(
    authority: Authority, hass_storage: dict[str, Any], mutant: Mutant
) -> None:
    # In a group if it depends on a moment, and another run of the same steps has none.
    with pytest.RaisesGroup(Deviates, allow_unwrapped=True):
        run(authority, hass_storage, MOST_TO_FIND, mutant=mutant)
