"""What must be open, said a second time and as simply as can be: a house's rules by themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tests.reference_hub import Viewer

SECOND = timedelta(seconds=1)
STEP = 10
"""Everything in a driven house happens at a multiple of so many seconds."""

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
TO_ANSWER = timedelta(minutes=2)
CLOCKS_DIFFER = timedelta(seconds=5)
LEAP = timedelta(minutes=1)

DOORS: Final = frozenset({"door", "gate"})
ROOMS: Final = frozenset({"hall", "den"})
"""What the groups are made of that rules name: the one as an alarm, the other as what keeps cameras closed."""

OWNER: Final = "owner"

type Hand = str | None
"""Who turned something by hand; None: nobody did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What viewers are held to. `purposes` None: they may be any."""

    viewers: int = 8
    minutes: int = 60
    case_required: bool = False
    purposes: frozenset[str] | None = None

    def accept(self, viewer: Viewer) -> bool:
        has_case = viewer.case is not None or not self.case_required
        return has_case and (self.purposes is None or viewer.purpose in self.purposes)


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
    """An answer that lets one viewer in for what they asked for, within a window.

    `once`: for one look, which `used_by` has.
    """

    viewer: Viewer
    window: Opened
    once: bool
    used_by: str | None = None

    def is_for(self, viewer: Viewer | None, session: str | None) -> bool:
        return self.viewer == viewer and (not self.once or self.used_by == session)


@dataclass(slots=True, kw_only=True)
class Look:
    """A viewer who watches."""

    session: str
    carried_by: str
    viewer: Viewer
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
    viewer: Viewer
    minutes: int
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
    limits: Limits = Limits()
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

    def admits(self, viewer: Viewer) -> bool:
        """Return whether its limits let one more in."""
        return len(self.looks) < self.limits.viewers and self.limits.accept(viewer)

    def edit(
        self, openings: frozenset[str], *, has_never: bool, limits: Limits
    ) -> None:
        """Take over rules; what opened the camera by one that is gone is over. Fewer minutes count at once."""
        if "alarm" not in openings:
            self.alarm = None
        if "approval" in self.openings - openings:
            self.allowed.clear()
        self.openings, self.has_never, self.limits = openings, has_never, limits
        for look in self.looks:
            look.may_last(limits.minutes)

    def end(self, look: Look) -> None:
        """Let a viewer go; who was let in for one look has had it."""
        self.looks.remove(look)
        self.allowed = [each for each in self.allowed if each.used_by != look.session]


@dataclass(slots=True, kw_only=True, eq=False)
class Hub:
    """A hub and the cameras it is told of, by label. `openers` are the members who may open to it."""

    is_on: bool = True
    openers: frozenset[str] = frozenset()
    shares: dict[str, Share]


@dataclass(slots=True, kw_only=True)
class Model:
    """The whole house. `schedule` says whether it is on at a moment, `last_entry` when something was last written.

    `believed` is what the clock on the wall showed when nothing had passed, by how it went when it was last believed.
    `on` are the members of groups that are on, `remembered` those that have said nothing since they were added again.
    `hands` says by whose hand things stand as they do.
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
    on: set[str] = field(default_factory=set)
    remembered: set[str] = field(default_factory=set)
    hands: dict[str, Hand] = field(default_factory=dict)

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
            or (share.has_never and not self.lets_open(hub))
        )

    def lets_open(self, hub: Hub) -> bool:
        """Return whether nothing is so while which cameras never open: all says so, by a hand that may open."""
        return (
            self.is_clear
            and self.of("never").is_heard
            and ROOMS.isdisjoint(self.on | self.remembered)
            and all(
                self.may_open(hub, self.hands.get(each)) for each in ("never", *ROOMS)
            )
        )

    def may_open(self, hub: Hub, by: Hand) -> bool:
        """Return whether somebody may open to a hub; what nobody turned by hand may."""
        return by in (None, OWNER) or by in hub.openers

    def is_open(
        self,
        hub: Hub,
        share: Share,
        viewer: Viewer | None = None,
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

    def admits(self, hub: Hub, share: Share, viewer: Viewer) -> bool:
        """Return whether somebody new is let in."""
        return self.is_open(hub, share, viewer) and share.admits(viewer)

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
        self.hands[what] = None
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

    def never_says(
        self, before: str | None, now: str | None, by: Hand, *, said: bool, says: bool
    ) -> None:
        """Take what the "never while" entity says; `said`, `says`: that before or this is a word of its own.

        By whose hand it stands is known until it says another thing, and not only is away meanwhile.
        """
        self.is_clear = now == "off"
        if before != now:
            is_away = self.is_named("never") and not (said and says)
            self.hands["never"] = by or (self.hands.get("never") if is_away else None)
        comes_back = self.comes_back("never")
        if comes_back and before is None:
            self.is_added_again("never")
        if says and before is not None and not comes_back:
            self.of("never").is_heard = True
        self.settle()

    def sensor_says(self, what: str, by: Hand, *, on: bool) -> None:
        """Let a member of a group say something; the group goes on with the first of them."""
        goes_on = on and self.on.isdisjoint(DOORS)
        if what in DOORS and goes_on and what not in self.remembered:
            self.goes_off(by)
        if on is not (what in self.on):
            self.hands[what] = by
        self.on = self.on | {what} if on else self.on - {what}
        self.remembered.discard(what)
        self.settle()

    def is_loaded_anew(self, what: str) -> None:
        """Let a member of a group be added again, which says what it remembers."""
        self.remembered.add(what)
        self.settle()

    def goes_off(self, by: Hand = None) -> None:
        """Let an alarm go off, for the first time or again."""
        for hub, share in self.shares():
            if "alarm" not in share.openings or not self.may_open(hub, by):
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
            for look in self.over(hub, share)
        ]:
            for share, look in ending:
                share.end(look)

    def over(self, hub: Hub, share: Share) -> list[Look]:
        """Return who may not go on: for themselves, or because others have watched for longer."""
        going_on = [each for each in share.looks if self.may_go_on(hub, share, each)]
        staying = going_on[: share.limits.viewers]
        return [each for each in share.looks if each not in staying]

    def may_go_on(self, hub: Hub, share: Share, look: Look) -> bool:
        return (
            self.is_open(hub, share, look.viewer, look.session)
            and share.limits.accept(look.viewer)
            and self.wall < look.window.end
            and self.passed < look.window.last
        )
