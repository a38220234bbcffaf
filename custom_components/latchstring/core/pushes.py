"""How often phones are told of what hubs do.

A hub decides how often it looks and asks, and the app's relay gives a phone 500 messages a day: a home that told of
everything would soon hear of nothing, its burglar alarm included. So a first look is told at once, further ones are
counted and told together, and whatever a hub does, there are never more messages than these budgets hold.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

QUIET: Final = timedelta(minutes=30)
"""Within this time after a look was told, another of the same viewer at the same camera is only counted."""


class Kind(StrEnum):
    """What a message is about. Each has a share of its own, so that looking does not silence a question."""

    LOOK = "look"
    DIGEST = "digest"
    QUESTION = "question"


PUSHES: Final[Mapping[Kind, int]] = {Kind.LOOK: 2, Kind.DIGEST: 1, Kind.QUESTION: 2}
"""How many messages there are of one: a look is told with its end, and a question is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many messages there may be within any stretch of time as long as `within`."""

    most: int
    within: timedelta


A_HUB: Final[Mapping[Kind, Allowance]] = {
    Kind.LOOK: Allowance(most=10, within=timedelta(hours=1)),
    Kind.DIGEST: Allowance(most=1, within=timedelta(hours=1)),
    Kind.QUESTION: Allowance(most=8, within=timedelta(hours=1)),
}
A_PHONE: Final[Mapping[Kind, Allowance]] = {
    Kind.LOOK: Allowance(most=66, within=timedelta(days=1)),
    Kind.DIGEST: Allowance(most=24, within=timedelta(days=1)),
    Kind.QUESTION: Allowance(most=60, within=timedelta(days=1)),
}
"""For all hubs together, and in equal parts: none of them can use up what another one's messages need."""


class AllowanceUsage:
    """What was spent of one allowance, and what is promised: that may be spent at any moment."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._at: deque[datetime] = deque()
        self._promised = 0

    def left(self, at: datetime) -> int:
        """Return how many messages there may still be."""
        while self._at and self._at[0] + self._allowance.within <= at:
            self._at.popleft()
        if self._at and self._at[-1] > at:  # the clock was set back
            self._at = deque(min(each, at) for each in self._at)
        return self._allowance.most - self._promised - len(self._at)

    def spend(self, at: datetime) -> None:
        """Count a message."""
        self._at.append(at)

    def promise(self, pushes: int) -> None:
        """Keep room for messages that will come."""
        self._promised += pushes

    def release(self, pushes: int) -> None:
        """Keep no more room for messages: they come now, or never."""
        self._promised -= pushes

    def next_room(self, pushes: int, at: datetime) -> datetime:
        """Return when there is room for so many more; what is promised counts as if it came now."""
        missing = pushes - self.left(at)
        if missing <= 0:
            return at
        spent = [*self._at, *(at for _ in range(self._promised))]
        return spent[missing - 1] + self._allowance.within


class Budget:
    """What one hub makes phones say, or what one phone says for all hubs, or for one of them."""

    def __init__(
        self,
        allowances: Mapping[Kind, Allowance],
        *,
        among: Callable[[], int] = lambda: 1,
    ) -> None:
        """`among` returns of how many equal parts this is one now."""
        self._allowances = allowances
        self._among = among
        self._spent = {kind: AllowanceUsage(each) for kind, each in allowances.items()}

    def has_room(self, kind: Kind, at: datetime) -> bool:
        """Return whether one of this kind may be told, with all that comes of it."""
        return self._spent[kind].left(at) >= self._needed(kind)

    def begin(self, kind: Kind, at: datetime) -> None:
        """Count the first message of one, and keep room for what comes of it."""
        self._spent[kind].spend(at)
        self._spent[kind].promise(PUSHES[kind] - 1)

    def finish(self, kind: Kind, at: datetime, *, is_told: bool) -> None:
        """Count the last message of one that was begun, or give up the room for it."""
        self._spent[kind].release(1)
        if is_told:
            self._spent[kind].spend(at)

    def next_room(self, kind: Kind, at: datetime) -> datetime:
        """Return when the next of this kind may be told."""
        return self._spent[kind].next_room(self._needed(kind), at)

    def _needed(self, kind: Kind) -> int:
        """Return how much must be left: room for one, which there is in any part, and all that is of other parts."""
        most = self._allowances[kind].most
        part = max(PUSHES[kind], most // max(1, self._among()))
        return most - part + PUSHES[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest[Look: Hashable]:
    """How often who looked at what since a moment, without being told one by one."""

    since: datetime
    looks: Mapping[Look, int]


class Looks[Look: Hashable]:
    """Which looks are told one by one, and which are only counted."""

    def __init__(self) -> None:
        self._told: dict[Look, datetime] = {}
        self._counted: Counter[Look] = Counter()
        self._since: datetime | None = None

    def is_first(self, look: Look, at: datetime) -> bool:
        """Return whether this look, of a viewer at a camera, is to be told at once if there is room."""
        last = self._told.get(look)
        return last is None or not last <= at < last + QUIET

    def mark_told(self, look: Look, at: datetime) -> None:
        """Note that a look was told."""
        self._told = {
            each: last for each, last in self._told.items() if last <= at < last + QUIET
        }
        self._told[look] = at

    def count(self, look: Look, at: datetime) -> None:
        """Count a look that is not told by itself."""
        if self._since is None:
            self._since = at
        self._counted[look] += 1

    @property
    def due(self) -> datetime | None:
        """Return when those that were counted are to be told; None: there are none."""
        return None if self._since is None else self._since + QUIET

    def take(self) -> Digest[Look] | None:
        """Return what was counted, and begin anew."""
        if self._since is None:
            return None
        digest = Digest(since=self._since, looks=dict(self._counted))
        self._counted, self._since = Counter(), None
        return digest
