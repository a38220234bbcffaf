"""What must be open, said a second time and as simply as can be: a house's rules by themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SECOND = timedelta(seconds=1)
STEP = 10
"""Everything in a driven house happens at a multiple of so many seconds."""

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
CLOCKS_DIFFER = timedelta(seconds=5)


@dataclass(slots=True, kw_only=True)
class Opened:
    """Something opened for a while: from a moment to another on the wall, and for no longer than it lasts."""

    start: datetime
    end: datetime
    last: int

    def holds(self, wall: datetime, passed: int) -> bool:
        return self.start <= wall < self.end and passed < self.last


@dataclass(slots=True, kw_only=True)
class Look:
    """A viewer who watches."""

    session: str
    carried_by: str
    viewer: str
    ends_by: datetime
    last: int


@dataclass(slots=True, kw_only=True)
class Share:
    """One camera and one hub."""

    is_on: bool = True
    openings: frozenset[str] = frozenset()
    has_never: bool = False
    minutes: int = 60
    alarm: Opened | None = None
    owner: Opened | None = None
    allowed: dict[str, Opened] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)

    def forget(self) -> None:
        """End all that was opened for a while."""
        self.alarm = self.owner = None
        self.allowed.clear()


@dataclass(slots=True, kw_only=True)
class Hub:
    """A hub and the cameras it is told of, by label."""

    is_on: bool = True
    shares: dict[str, Share]


@dataclass(slots=True, kw_only=True)
class Model:
    """The whole house. `schedule` says whether it is on at a moment, `last_entry` when something was last written."""

    wall: datetime
    hubs: list[Hub]
    schedule: Callable[[datetime, int], bool]
    last_entry: datetime
    passed: int = 0
    is_clear: bool = True

    def shares(self) -> Iterator[tuple[Hub, Share]]:
        for hub in self.hubs:
            for share in hub.shares.values():
                yield hub, share

    def is_blocked(self, hub: Hub, share: Share) -> bool:
        return (
            self.wall < self.last_entry - CLOCKS_DIFFER
            or not hub.is_on
            or not share.is_on
            or (share.has_never and not self.is_clear)
        )

    def is_open(self, hub: Hub, share: Share, viewer: str | None = None) -> bool:
        if self.is_blocked(hub, share):
            return False
        lasts = [share.owner, share.allowed.get(viewer or "")]
        if "alarm" in share.openings:
            lasts.append(share.alarm)
        return (
            "always" in share.openings
            or ("schedule" in share.openings and self.schedule(self.wall, self.passed))
            or any(each and each.holds(self.wall, self.passed) for each in lasts)
        )

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

    def goes_off(self) -> None:
        """Let the alarm go off, for the first time or again."""
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
            self.settle()

    def is_set(self, ahead: timedelta) -> None:
        """Set the clock on the wall; the house looks at it ten seconds later."""
        self.wall += ahead
        self.passes(STEP)

    def settle(self) -> None:
        """Let go of whoever may no longer watch."""
        for hub, share in self.shares():
            share.looks = [
                look
                for look in share.looks
                if self.is_open(hub, share, look.viewer)
                and self.wall < look.ends_by
                and self.passed < look.last
            ]
