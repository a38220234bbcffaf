"""Budgets of push notifications about what hubs do.

A hub decides how often it watches and asks, and the app's push service allows a phone 500 messages a day: a home that
sent one for everything would soon get none, its burglar alarm included. So a first look is sent at once, further ones
are counted and sent together, and whatever a hub does, there are never more messages than these budgets allow.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

QUIET: Final = timedelta(minutes=30)
"""How long after a message about a look another by the same viewer at the same camera is only counted."""


class Kind(StrEnum):
    """What a message is about. Each kind has an allowance of its own, so that looks don't use up that of questions."""

    LOOK = "look"
    DIGEST = "digest"
    QUESTION = "question"


PUSHES: Final[Mapping[Kind, int]] = {Kind.LOOK: 2, Kind.DIGEST: 1, Kind.QUESTION: 2}
"""How many messages one causes: a look has a second one at its end, and a question is withdrawn by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """At most `most` messages within any period of length `within`."""

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
"""Of all hubs together, in equal parts: no hub can use up what the messages about another need."""


class AllowanceUsage:
    """The use of one allowance: messages sent, and those reserved, which may be sent at any time."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._at: deque[datetime] = deque()
        self._promised = 0

    def left(self, at: datetime) -> int:
        """Return how many messages may still be sent."""
        while self._at and self._at[0] + self._allowance.within <= at:
            self._at.popleft()
        if self._at and self._at[-1] > at:  # the clock was set back
            self._at = deque(min(each, at) for each in self._at)
        return self._allowance.most - self._promised - len(self._at)

    def spend(self, at: datetime) -> None:
        """Count a message."""
        self._at.append(at)

    def promise(self, pushes: int) -> None:
        """Reserve room for later messages."""
        self._promised += pushes

    def release(self, pushes: int) -> None:
        """Release reserved room: the messages are sent now, or never."""
        self._promised -= pushes

    def next_room(self, pushes: int, at: datetime) -> datetime:
        """Return when there is room for so many more; what is reserved counts as if sent now."""
        missing = pushes - self.left(at)
        if missing <= 0:
            return at
        spent = [*self._at, *(at for _ in range(self._promised))]
        return spent[missing - 1] + self._allowance.within


class Budget:
    """The allowances of one hub, or of one phone for all hubs or one of them."""

    def __init__(
        self,
        allowances: Mapping[Kind, Allowance],
        *,
        among: Callable[[], int] = lambda: 1,
    ) -> None:
        """`among` returns into how many equal parts the allowances are divided."""
        self._allowances = allowances
        self._among = among
        self._spent = {kind: AllowanceUsage(each) for kind, each in allowances.items()}

    def has_room(self, kind: Kind, at: datetime) -> bool:
        """Return whether there is room for one of this kind, with all messages that it causes."""
        return self._spent[kind].left(at) >= self._needed(kind)

    def begin(self, kind: Kind, at: datetime) -> None:
        """Count the first message of one, and reserve room for the others it causes."""
        self._spent[kind].spend(at)
        self._spent[kind].promise(PUSHES[kind] - 1)

    def finish(self, kind: Kind, at: datetime, *, is_sent: bool) -> None:
        """Count the last message of one, or release the room for it."""
        self._spent[kind].release(1)
        if is_sent:
            self._spent[kind].spend(at)

    def next_room(self, kind: Kind, at: datetime) -> datetime:
        """Return when there is room for the next of this kind."""
        return self._spent[kind].next_room(self._needed(kind), at)

    def _needed(self, kind: Kind) -> int:
        """Return how much must be left: room for one, and all of the other parts. Each part has room for one."""
        most = self._allowances[kind].most
        part = max(PUSHES[kind], most // max(1, self._among()))
        return most - part + PUSHES[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest[Look: Hashable]:
    """How often who looked at what since a time, of the looks without a message of their own."""

    since: datetime
    looks: Mapping[Look, int]


class Looks[Look: Hashable]:
    """Which looks get a message each, and which are only counted."""

    def __init__(self) -> None:
        self._sent: dict[Look, datetime] = {}
        self._counted: Counter[Look] = Counter()
        self._since: datetime | None = None

    def is_first(self, look: Look, at: datetime) -> bool:
        """Return whether this look, of a viewer at a camera, gets a message of its own if there is room."""
        last = self._sent.get(look)
        return last is None or not last <= at < last + QUIET

    def mark_sent(self, look: Look, at: datetime) -> None:
        """Note that a message about a look was sent."""
        self._sent = {
            each: last for each, last in self._sent.items() if last <= at < last + QUIET
        }
        self._sent[look] = at

    def count(self, look: Look, at: datetime) -> None:
        """Count a look without a message of its own."""
        if self._since is None:
            self._since = at
        self._counted[look] += 1

    @property
    def due(self) -> datetime | None:
        """Return when the counted looks are due to be sent; None if there are none."""
        return None if self._since is None else self._since + QUIET

    def take(self) -> Digest[Look] | None:
        """Return the counted looks and reset the count."""
        if self._since is None:
            return None
        digest = Digest(since=self._since, looks=dict(self._counted))
        self._counted, self._since = Counter(), None
        return digest
