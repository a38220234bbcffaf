"""Whether the system's clock can be right, and the time to use where it can't.

Three sources show it: the record, whose newest entry is in the past; the monotonic clock, by which a leap shows; and a
hub, which compares its clock with ours before each connection. Two ways to fail: believing a clock that is wrong, and
doubting one that is right. The first is worse: what was to end stays open, and an entry under a time in the future has
the right clock doubted until that time comes.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

TOLERANCE: Final = timedelta(seconds=5)
"""How far a clock may be behind the newest entry: time servers adjust it."""

FLOOR: Final = datetime.fromisoformat("2026-09-01T00:00:00+00:00")
"""The time of the first release: a clock before it has no time source yet."""

LEAP: Final = timedelta(minutes=1)
"""A change against the monotonic clock by more than this was made by hand; adjustments stay below it."""

LONGEST_ABSENCE: Final = timedelta(days=7)
"""How long after the newest entry a start needs no confirmation of the clock."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Doubt(StrEnum):
    """Why a clock is not believed."""

    TOO_EARLY = "too_early"
    BEHIND = "behind"
    LEAPED = "leaped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """What is known of the clock. Its *lead* is how far it is ahead of the monotonic clock.

    `newest` is the time of the newest entry of the record. `reckoned` is the lead by which time is computed while the
    clock is not believed: the last that was believed, or since the start that of the newest entry. `begun` is the lead
    that was believed first since the start, or since the last agreement: small steps are summed from there. `agreed`
    is the lead that a hub or an administrator confirmed last.
    """

    newest: datetime | None
    reckoned: timedelta
    begun: timedelta | None = None
    agreed: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time, and whether it is that of a believed clock or was computed without it."""

    at: datetime
    is_believed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """One instant by two clocks: the time that counts, and the reading of the monotonic clock."""

    at: datetime
    steady: float


def lead_of(at: datetime, steady: float) -> timedelta:
    """Return the lead of a clock that reads `at` while the monotonic clock reads `steady` seconds."""
    return at - EPOCH - timedelta(seconds=steady)


def at_start(newest: datetime | None, steady: float) -> ClockState:
    """Return the state at a start, by the time of the record's newest entry."""
    return ClockState(newest=newest, reckoned=lead_of(newest or FLOOR, steady))


def doubt(at: datetime, steady: float, state: ClockState) -> Doubt | None:
    """Return why a clock that reads `at` is not believed; None if it is."""
    if at < FLOOR:
        return Doubt.TOO_EARLY
    if state.newest is not None and at < state.newest - TOLERANCE:
        return Doubt.BEHIND
    if not (is_agreed(at, steady, state) or _goes_on(at, steady, state)):
        return Doubt.LEAPED
    return None


def is_agreed(at: datetime, steady: float, state: ClockState) -> bool:
    """Return whether the clock was confirmed and not set since."""
    return state.agreed is not None and _is_alike(lead_of(at, steady), state.agreed)


def reckon(at: datetime, now: datetime, steady: float, state: ClockState) -> Moment:
    """Return the time to record for `at`, a reading of the clock, which reads `now` by now."""
    if doubt(now, steady, state) is None:
        return Moment(at=at)
    ahead = lead_of(now, steady) - state.reckoned
    return Moment(at=at - ahead, is_believed=False)


def advance(at: datetime, steady: float, state: ClockState) -> ClockState:
    """Return the state after a reading `at` of the clock that is believed."""
    lead = lead_of(at, steady)
    begun = state.agreed if is_agreed(at, steady, state) else state.begun
    return replace(state, reckoned=lead, begun=lead if begun is None else begun)


def _goes_on(at: datetime, steady: float, state: ClockState) -> bool:
    """Return whether the clock was not set since its state began."""
    lead = lead_of(at, steady)
    if state.begun is not None:
        return _is_alike(lead, state.begun)
    return state.newest is None or lead - state.reckoned <= LONGEST_ABSENCE


def _is_alike(lead: timedelta, other: timedelta) -> bool:
    return abs(lead - other) <= LEAP
