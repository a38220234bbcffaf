"""What must be open, said a second time and as simply as can be: a house's rules by themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SECOND = timedelta(seconds=1)
STEP = 10
"""Everything in a driven house happens at a multiple of so many seconds."""

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
TO_ANSWER = timedelta(minutes=2)
CLOCKS_DIFFER = timedelta(seconds=5)
LEAP = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class Opened:
    """Something opened for a while: from a moment to another on the wall, and for no longer than it lasts."""

    start: datetime
    end: datetime
    last: int

    def holds(self, wall: datetime, passed: int) -> bool:
        return self.start <= wall < self.end and passed < self.last


@dataclass(slots=True, kw_only=True)
class Allowed:
    """An answer that lets one viewer in: for a while, or (once) for one look within it, which `used_by` has."""

    viewer: str
    window: Opened
    once: bool
    used_by: str | None = None

    def is_for(self, viewer: str | None, session: str | None) -> bool:
        return self.viewer == viewer and (not self.once or self.used_by == session)


@dataclass(slots=True, kw_only=True)
class Look:
    """A viewer who watches."""

    session: str
    carried_by: str
    viewer: str
    window: Opened
    began: int

    def may_last(self, minutes: int) -> None:
        """Let it end when so many minutes are over, if it does not end before."""
        length = min(timedelta(minutes=minutes), HOUR)
        window = self.window
        window.end = min(window.end, window.start + length)
        window.last = min(window.last, self.began + round(length / SECOND))


@dataclass(slots=True, kw_only=True)
class Question:
    """A viewer's request that nobody has answered yet, and when that still counts."""

    request: str
    viewer: str
    window: Opened

    def is_over(self, wall: datetime, passed: int) -> bool:
        return wall >= self.window.end or passed >= self.window.last


@dataclass(slots=True, kw_only=True)
class Known:
    """What is known of an entity: whether it was heard under its name, and until when nothing counts that it says."""

    is_heard: bool = True
    comes_back: int = 0


@dataclass(slots=True, kw_only=True)
class Share:
    """One camera and one hub."""

    is_on: bool = True
    openings: frozenset[str] = frozenset()
    has_never: bool = False
    minutes: int = 60
    alarm: Opened | None = None
    owner: Opened | None = None
    allowed: list[Allowed] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    def names(self, what: str) -> bool:
        """Return whether its rules name an entity of which anything is remembered."""
        return self.has_never if what == "never" else what in self.openings & {"alarm"}

    def forget(self) -> None:
        """End all that was opened for a while."""
        self.alarm = self.owner = None
        self.allowed.clear()

    def begin_anew(self) -> None:
        """Know nothing any more of what was opened or watched."""
        self.forget()
        self.questions.clear()
        self.looks.clear()

    def edit(
        self, openings: frozenset[str], *, has_never: bool, minutes: int = 60
    ) -> None:
        """Take over rules; what opened the camera by one that is gone is over. Fewer minutes count at once."""
        if "alarm" not in openings:
            self.alarm = None
        if "approval" in self.openings - openings:
            self.allowed.clear()
        self.openings, self.has_never, self.minutes = openings, has_never, minutes
        for look in self.looks:
            look.may_last(minutes)

    def end(self, look: Look) -> None:
        """Let a viewer go; who was let in for one look has had it."""
        self.looks.remove(look)
        self.allowed = [each for each in self.allowed if each.used_by != look.session]


@dataclass(slots=True, kw_only=True, eq=False)
class Hub:
    """A hub and the cameras it is told of, by label."""

    is_on: bool = True
    shares: dict[str, Share]


@dataclass(slots=True, kw_only=True)
class Model:
    """The whole house. `schedule` says whether it is on at a moment, `last_entry` when something was last written.

    `believed` is what the clock on the wall showed when nothing had passed, by how it went when it was last believed.
    """

    wall: datetime
    hubs: list[Hub]
    schedule: Callable[[datetime, int], bool]
    last_entry: datetime
    believed: datetime
    passed: int = 0
    is_clear: bool = True
    is_restored: bool = False
    known: dict[str, Known] = field(default_factory=dict)

    def shares(self) -> Iterator[tuple[Hub, Share]]:
        for hub in self.hubs:
            for share in hub.shares.values():
                yield hub, share

    @property
    def is_behind(self) -> bool:
        """Return whether the clock on the wall shows what is over."""
        return self.wall < self.last_entry - CLOCKS_DIFFER

    @property
    def began(self) -> datetime:
        """Return what the clock would have shown at the beginning, had nobody set it since."""
        return self.wall - self.passed * SECOND

    @property
    def has_leaped(self) -> bool:
        """Return whether the clock was set and no hub has agreed with it yet."""
        return abs(self.began - self.believed) > LEAP

    def is_compared(self) -> None:
        """Believe the clock because a hub agrees with it, unless it shows what is over."""
        if not self.is_behind:
            self.believed = self.began

    def is_blocked(self, hub: Hub, share: Share) -> bool:
        return (
            self.is_restored
            or self.is_behind
            or self.has_leaped
            or not hub.is_on
            or not share.is_on
            or (share.has_never and not (self.is_clear and self.of("never").is_heard))
        )

    def is_open(
        self,
        hub: Hub,
        share: Share,
        viewer: str | None = None,
        session: str | None = None,
    ) -> bool:
        if self.is_blocked(hub, share):
            return False
        lasts = [share.owner]
        lasts += [each.window for each in share.allowed if each.is_for(viewer, session)]
        if "alarm" in share.openings:
            lasts.append(share.alarm)
        return (
            share.openings == {"always"}
            or ("schedule" in share.openings and self.schedule(self.wall, self.passed))
            or any(each and each.holds(self.wall, self.passed) for each in lasts)
        )

    def comes_in(self, hub: Hub, share: Share, look: Look) -> None:
        """Let a viewer watch. Where only an answer lets them in that is for one look, they have it now."""
        if not self.is_open(hub, share):
            had = next(
                each
                for each in share.allowed
                if each.is_for(look.viewer, None)
                and each.window.holds(self.wall, self.passed)
            )
            had.used_by = look.session if had.once else None
        share.looks.append(look)

    def listed(self, hub: Hub, share: Share) -> str:
        """Say how the hub has a camera listed."""
        if share.has_never:
            return "ask"
        if self.is_open(hub, share):
            return "open"
        return "ask" if "approval" in share.openings else "closed"

    def opened(self, length: timedelta = QUARTER) -> Opened:
        """Open something from now on."""
        last = self.passed + round(length / SECOND)
        return Opened(start=self.wall, end=self.wall + length, last=last)

    def of(self, what: str) -> Known:
        """Return what is known of an entity."""
        return self.known.setdefault(what, Known())

    def forget_unnamed(self, *unloaded: Hub) -> None:
        """Know nothing any more of what no share of a loaded hub names."""
        for what in list(self.known):
            if not self.is_named(what, *unloaded):
                del self.known[what]

    def is_named(self, what: str, *unloaded: Hub) -> bool:
        """Return whether any share of a loaded hub names an entity."""
        return any(
            share.names(what) for hub, share in self.shares() if hub not in unloaded
        )

    @property
    def is_all_heard(self) -> bool:
        """Return whether no entity is waited for."""
        return all(
            known.is_heard and self.passed >= known.comes_back
            for known in self.known.values()
        )

    def is_renamed(self, what: str) -> None:
        """Let nothing count for ten seconds that an alarm or a "never while" entity says."""
        self.is_added_again(what)
        if what == "never" and self.is_named(what):
            self.of(what).is_heard = False
        self.settle()

    def is_added_again(self, what: str) -> None:
        """Let nothing count for ten seconds that opens a camera or has it heard again."""
        if self.is_named(what):
            self.of(what).comes_back = self.passed + STEP

    def comes_back(self, what: str) -> bool:
        """Return whether an entity was renamed or added a moment ago."""
        return self.passed < self.of(what).comes_back

    def never_says(self, before: str | None, now: str | None, *, says: bool) -> None:
        """Take what the "never while" entity says; `says`: that is a word of its own."""
        self.is_clear = now == "off"
        comes_back = self.comes_back("never")
        if comes_back and before is None:
            self.is_added_again("never")
        if says and before is not None and not comes_back:
            self.of("never").is_heard = True
        self.settle()

    def goes_off(self) -> None:
        """Let the alarm go off, for the first time or again."""
        if self.comes_back("alarm"):
            return
        for _, share in self.shares():
            if "alarm" not in share.openings:
                continue
            opened, running = self.opened(), share.alarm
            if running and running.holds(self.wall, self.passed):
                opened.start = running.start
                opened.end = min(opened.end, running.start + HOUR)
                opened.last = self.passed + round((opened.end - self.wall) / SECOND)
            share.alarm = opened

    def is_disarmed(self) -> None:
        """End what the alarm opened."""
        for _, share in self.shares():
            share.alarm = None
        self.settle()

    def passes(self, seconds: int) -> None:
        """Let time pass; whoever may no longer watch at any moment of it is gone."""
        for _ in range(seconds // STEP):
            self.passed += STEP
            self.wall += STEP * SECOND
            if not self.has_leaped:
                self.is_compared()
            self.settle()

    def is_set(self, ahead: timedelta) -> None:
        """Set the clock on the wall; the house looks at it ten seconds later."""
        self.wall += ahead
        self.passes(STEP)

    def settle(self) -> None:
        """Let go of whoever may no longer watch, and of whoever may not because of that."""
        while ending := [
            (share, look)
            for hub, share in self.shares()
            for look in share.looks
            if not self.may_go_on(hub, share, look)
        ]:
            for share, look in ending:
                share.end(look)

    def may_go_on(self, hub: Hub, share: Share, look: Look) -> bool:
        return (
            self.is_open(hub, share, look.viewer, look.session)
            and self.wall < look.window.end
            and self.passed < look.window.last
        )
