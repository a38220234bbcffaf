"""Whether the clock on the wall can be right, and by which time to go where it can't.

Three know more than the clock itself: the record, whose newest entry is over; the clock that nobody sets, by which a
leap shows; and a hub, which compares its clock with ours before each connection. Two ways to fail: believing a clock
that is wrong, and doubting one that is right. The first is worse: what was to end stays open, and what is written down
under a time that has not come has the right clock doubted until it comes.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

TOLERANCE: Final = timedelta(seconds=5)
"""So far behind the newest entry a clock may be: time servers push it about."""

FLOOR: Final = datetime.fromisoformat("2026-09-01T00:00:00+00:00")
"""Before this release nobody ran this code: an earlier clock has found no time source yet."""

LEAP: Final = timedelta(minutes=1)
"""What parts from the clock that nobody sets by more than this was set, and not only pushed about."""

LONGEST_ABSENCE: Final = timedelta(days=7)
"""So long after its newest entry a start needs nobody's word for the clock."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Doubt(StrEnum):
    """Why a clock is not believed."""

    TOO_EARLY = "too_early"
    BEHIND = "behind"
    LEAPED = "leaped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """What is known of the clock. Its *lead* is how far it is ahead of the one that nobody sets.

    `newest` is the time of the newest entry of the record. `reckoned` is the lead by which time goes on while the clock
    is not believed: the last one that was, or since the start what the newest entry makes of it. `begun` is the lead
    with which it was believed at first since the start, or since somebody agreed: small steps add up from there.
    `agreed` is the lead that a hub or an administrator agreed with last.
    """

    newest: datetime | None
    reckoned: timedelta
    begun: timedelta | None = None
    agreed: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time, and whether it is the clock's, which was believed, or was reckoned without it."""

    at: datetime
    is_believed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """One instant by two clocks: the time that counts for it, and what the clock reads that nobody sets."""

    at: datetime
    steady: float


def lead_of(at: datetime, steady: float) -> timedelta:
    """Return how far a clock that reads `at` is ahead of the one that nobody sets, which reads `steady` seconds."""
    return at - EPOCH - timedelta(seconds=steady)


def at_start(newest: datetime | None, steady: float) -> ClockState:
    """Return what is known at a start, of a record whose newest entry is of this time."""
    return ClockState(newest=newest, reckoned=lead_of(newest or FLOOR, steady))


def doubt(at: datetime, steady: float, state: ClockState) -> Doubt | None:
    """Return why a clock that reads `at` is not believed, or None if it is."""
    if at < FLOOR:
        return Doubt.TOO_EARLY
    if state.newest is not None and at < state.newest - TOLERANCE:
        return Doubt.BEHIND
    if not (is_agreed(at, steady, state) or _goes_on(at, steady, state)):
        return Doubt.LEAPED
    return None


def is_agreed(at: datetime, steady: float, state: ClockState) -> bool:
    """Return whether somebody has agreed with the clock, and nobody has set it since."""
    return state.agreed is not None and _is_alike(lead_of(at, steady), state.agreed)


def reckon(at: datetime, now: datetime, steady: float, state: ClockState) -> Moment:
    """Return the time to write down for what a clock, which reads `now`, says was `at`."""
    if doubt(now, steady, state) is None:
        return Moment(at=at)
    ahead = lead_of(now, steady) - state.reckoned
    return Moment(at=at - ahead, is_believed=False)


def advance(at: datetime, steady: float, state: ClockState) -> ClockState:
    """Return what is known once it is seen that a clock which reads `at` is believed."""
    lead = lead_of(at, steady)
    begun = state.agreed if is_agreed(at, steady, state) else state.begun
    return replace(state, reckoned=lead, begun=lead if begun is None else begun)


def _goes_on(at: datetime, steady: float, state: ClockState) -> bool:
    """Return whether the clock shows what it would if nobody had set it."""
    lead = lead_of(at, steady)
    if state.begun is not None:
        return _is_alike(lead, state.begun)
    return state.newest is None or lead - state.reckoned <= LONGEST_ABSENCE


def _is_alike(lead: timedelta, other: timedelta) -> bool:
    return abs(lead - other) <= LEAP
