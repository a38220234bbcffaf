"""The timeouts and the backoff of a connection: the protocol's, and those it leaves to the home."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
import random
from typing import Final

from homeassistant.util import dt as dt_util

from ..core.protocol import PING_SECONDS, REFUSAL_SECONDS, SILENCE_SECONDS
from .rate_limit import Bucket

FIRST_WAIT: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptTiming:
    """Timeouts in seconds; `now` returns the wall clock's time, `chance` a random number from 0 to 1."""

    ping: float = PING_SECONDS
    silence: float = SILENCE_SECONDS
    refusal: float = REFUSAL_SECONDS
    farewell: float = 2.0  # to send what is queued and do the closing handshake
    steady: float = 60.0  # a connection that lasted this long was no failure
    short: int = 5  # so many that answered a request may end sooner: front ends restart one by one
    spread: float = 4.0  # over which the first attempts of a city are spread
    longest_wait: float = 300.0
    now: Callable[[], datetime] = dt_util.utcnow
    chance: Callable[[], float] = random.random


class Backoff:
    """Exponential backoff with full jitter: a city's homes must not reconnect in one wave."""

    def __init__(self, timing: AttemptTiming) -> None:
        self._timing = timing
        self._ceiling = timing.spread
        self._short = Bucket(timing.short, a_second=1 / timing.longest_wait)

    def connected(self, *, since: float, until: float, served: bool) -> None:
        """Reset after a connection that lasted, or that answered a request.

        Short ones reset only so often: a hub that hangs up after each answer would have homes reconnect all day.
        """
        if until - since >= self._timing.steady or (
            served and self._short.admits(until)
        ):
            self._ceiling = self._timing.spread

    def next(self) -> float:
        """Return the seconds to wait before the next attempt."""
        ceiling = self._ceiling
        self._ceiling = min(ceiling * 2, self._timing.longest_wait)
        return self._below(ceiling)

    def longest(self) -> float:
        """Return the seconds to wait where only the owner, or the hub's, can change things."""
        return self._below(self._timing.longest_wait)

    def _below(self, ceiling: float) -> float:
        least = min(FIRST_WAIT, ceiling)
        return least + self._timing.chance() * (ceiling - least)


async def until(when: float) -> None:
    """Sleep until a time of the loop's clock: refusals take equally long, whatever was done before them."""
    over = asyncio.Event()
    timer = asyncio.get_running_loop().call_at(when, over.set)
    try:
        await over.wait()
    finally:
        timer.cancel()
