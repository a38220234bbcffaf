"""Daily counters of a hub's sessions and requests, which no change of the clock resets.

What happened since the start is counted by the monotonic clock. What happened before is read from the record, in the
order in which it was written: after the last entry of an earlier day all is of today, whatever time it carries. So a
clock that is put right gives no second day's worth, and what a wrong one wrote years ahead counts for no later day.
"""

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.util import dt as dt_util

from ..core import entries
from ..core.protocol import MAX_REQUESTS_A_DAY, MAX_SESSIONS_A_DAY
from ..record import RecordUnreadable

if TYPE_CHECKING:
    from ..core.clock import Instant
    from ..record import Log

LONGEST_DAY: Final = timedelta(hours=25).total_seconds()
"""The day on which summer time ends. Older uses cannot be of today."""

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    camera: str
    steady: float


class DailyCounter:
    """Counts the entries of one kind in a hub's log that are of today, by camera."""

    def __init__(
        self,
        log: Log,
        *,
        kind: str,
        named: str,
        most: int,
        now: Callable[[], Instant],
    ) -> None:
        """`named` is the field of an entry's content that holds its id; more than `most` are not counted."""
        self._log = log
        self._kind = kind
        self._named = named
        self._most = most
        self._now = now
        self._uses: dict[str, _Use] = {}
        self._before: Counter[str] = Counter()
        self._begun: datetime | None = None

    @property
    def today(self) -> Counter[str]:
        """Return the number of uses of today, by camera."""
        now = self._now()
        begun = now.steady - (now.at - _day_of(now)).total_seconds()
        since = (use.camera for use in self._uses.values() if use.steady >= begun)
        return self._before + Counter(since)

    def add(self, use: str, camera: str) -> None:
        """Count one more."""
        steady = self._now().steady
        self._uses = {
            use: had
            for use, had in self._uses.items()
            if had.steady > steady - LONGEST_DAY
        }
        self._uses[use] = _Use(camera=camera, steady=steady)

    def begin_day(self) -> bool:
        """Begin a new day if it is one; return whether the uses from before the start must be counted anew.

        Until they are, none of them counts for a later day, and all of them count for an earlier one.
        """
        begun = _day_of(self._now())
        if self._begun is not None and begun > self._begun:
            self._before.clear()
        return begun != self._begun

    async def async_count(self) -> None:
        """Count the uses of today from before this start. Raises RecordUnreadable."""
        begun = _day_of(self._now())
        written = await self._log.written_since(self._kind, begun, limit=self._most)
        # An entry that is erased meanwhile counts all the same.
        self._before = Counter(
            str(entry.content.get("camera", ""))
            for entry in written
            if entry.content.get(self._named) not in self._uses
        )
        self._begun = begun


class DailyUse:
    """Counts the sessions and the requests of one hub, anew when a day begins."""

    def __init__(
        self,
        log: Log,
        *,
        now: Callable[[], Instant],
        spawn: Callable[[Coroutine[Any, Any, object]], None],
    ) -> None:
        """`now` is the time by which a day is counted; `spawn` runs the counting in a task."""
        counter = partial(DailyCounter, log, now=now)
        self._sessions = counter(
            kind=entries.SessionStarted.kind, named="session", most=MAX_SESSIONS_A_DAY
        )
        self._requests = counter(
            kind=entries.Requested.kind, named="request", most=MAX_REQUESTS_A_DAY
        )
        self._spawn = spawn
        self._was_counted = False
        self._is_counting = False

    @property
    def sessions(self) -> Counter[str]:
        """Return how many sessions have started today, by camera."""
        self._begin_day()
        return self._sessions.today

    @property
    def requests(self) -> Counter[str]:
        """Return how many requests were made today, by camera."""
        self._begin_day()
        return self._requests.today

    def add_session(self, session_id: str, camera_id: str) -> None:
        """Count one more session."""
        self._sessions.add(session_id, camera_id)

    def add_request(self, request_id: str, camera_id: str) -> None:
        """Count one more request."""
        self._requests.add(request_id, camera_id)

    async def async_count(self) -> None:
        """Count the sessions and requests of today from before this start. Raises RecordUnreadable."""
        await self._sessions.async_count()
        await self._requests.async_count()
        self._was_counted = True

    def _begin_day(self) -> None:
        """Count anew what happened before this start if it was counted for another day."""
        is_changed = [each.begin_day() for each in (self._sessions, self._requests)]
        if self._was_counted and any(is_changed) and not self._is_counting:
            self._is_counting = True
            self._spawn(self._async_count_anew())

    async def _async_count_anew(self) -> None:
        try:
            await self.async_count()
        except RecordUnreadable as err:
            _LOGGER.debug("What began today could not be counted: %s", err)
        finally:
            self._is_counting = False


def _day_of(now: Instant) -> datetime:
    return dt_util.as_utc(dt_util.start_of_local_day(dt_util.as_local(now.at)))
