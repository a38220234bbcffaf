"""How often a hub had one thing today, whatever becomes of the clock meanwhile.

What it had since the start is counted by the clock that nobody sets. What it had before is read from the record, in the
order in which it was written: after the last entry of an earlier day all is of today, whatever time it carries. So a
clock that is put right gives no second day's worth, and what a wrong one wrote years ahead counts for no later day.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from ..core.clock import Instant
    from ..record import Record

LONGEST_DAY: Final = timedelta(hours=25).total_seconds()
"""As the one on which summer time ends. What is older is of no day that it can be now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    camera: str
    steady: float


class Daily:
    """Counts one kind of entry of a hub's log, by camera."""

    def __init__(
        self,
        record: Record,
        *,
        log: str,
        kind: str,
        named: str,
        most: int,
        now: Callable[[], Instant],
    ) -> None:
        """Count nothing yet. An entry's id is the member `named` of its content; more than `most` are not counted."""
        self._record = record
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
        """Return how often the hub had it today, by camera."""
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

    def turn(self) -> bool:
        """Take account of the day that it is; return whether what was before the start is to be counted anew.

        Until that is done nothing of it is of a later day, and all of it of an earlier one.
        """
        begun = _day_of(self._now())
        if self._begun is not None and begun > self._begun:
            self._before.clear()
        return begun != self._begun

    async def async_count(self) -> None:
        """Count what the hub had today before this start. Raises RecordUnreadable."""
        begun = _day_of(self._now())
        written = await self._record.written_since(
            self._log, self._kind, begun, limit=self._most
        )
        # One that is erased meanwhile was had all the same.
        self._before = Counter(
            str(entry.content.get("camera", ""))
            for entry in written
            if entry.content.get(self._named) not in self._uses
        )
        self._begun = begun


def _day_of(now: Instant) -> datetime:
    return dt_util.as_utc(dt_util.start_of_local_day(dt_util.as_local(now.at)))
