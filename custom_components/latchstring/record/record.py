"""The record of this home: one file for all its logs, used from the event loop, which it never blocks."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
import sqlite3
from typing import Final, Self

from ..core.clock import Moment
from ..core.entries import Entry
from .append import draft
from .epochs import heads, write_all
from .erase import fold
from .faults import RecordFault
from .household_head import commit_head
from .log import Log
from .reader import RecordReader
from .salvaging_reader import SalvagingReader
from .schema import FILE_NAME
from .snapshot import Snapshot, snapshot
from .values import (
    HOUSEHOLD,
    Appended,
    Callbacks,
    Head,
    LogIdentity,
    RetryTiming,
    StoredEntry,
)
from .writer import Writer


def _as_read(at: datetime) -> Moment:
    return Moment(at=at)


class Record:
    """All logs of this home, each of which `log` gives; here is what is about more than one of them."""

    def __init__(
        self,
        folder: Path,
        *,
        timing: RetryTiming | None = None,
        known: tuple[Head, ...] = (),
        reckon: Callable[[datetime], Moment] = _as_read,
        callbacks: Callbacks | None = None,
    ) -> None:
        """Let a log be over that is behind its `known` head.

        `reckon` gives the time to write down for what happened at a time of the clock, which may not be believed.
        """
        timing = timing or RetryTiming()
        path = folder / FILE_NAME
        self._writer = Writer(path, timing, known, callbacks or Callbacks())
        self._identities: dict[str, LogIdentity] = {}
        self.reckon: Final = reckon
        self.read: Final = RecordReader(path, timing.patience)
        """For worker threads: blocking, of one log or all."""
        self.show: Final = SalvagingReader(path, timing.patience)
        """For worker threads: as much as is left of a damaged file, to show it and not to decide by."""

    async def open(self) -> Self:
        """Open the file. Where it can't be written, `fault` says why until it can."""
        await self._writer.open()
        return self

    async def close(self) -> None:
        """Write all that was submitted, and end."""
        await self._writer.close()

    @property
    def writable(self) -> bool:
        """Return whether the last write lasted, as far as anybody can know."""
        return not self._writer.is_broken()

    @property
    def fault(self) -> RecordFault | None:
        """Return what keeps the record from being written."""
        return self._writer.fault

    @property
    def last_entry_at(self) -> datetime | None:
        """Return the latest time that a believed clock has given an entry since somebody last said that it is right."""
        return self._writer.last_entry_at

    def add_log(self, identity: LogIdentity) -> None:
        """Let a log be written to under this key from now on. It begins with its first entry."""
        self._identities[identity.log] = identity

    def forget_log(self, log_id: str) -> None:
        """Take the key of a log away. What is written in it stays, and can be read."""
        self._identities.pop(log_id, None)

    def log(self, log_id: str) -> Log:
        """Return one log; what is in the file can be read of it also where its key is not known."""
        return Log(
            log_id,
            writer=self._writer,
            reader=self.read,
            identities=self._identities,
            reckon=self.reckon,
        )

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return how many entries the newest epoch of each log has."""
        newest = self._writer.newest_epochs
        return {log: each.head.size for log, each in newest.items()}

    @property
    def set_back(self) -> bool:
        """Return whether any log that goes on is not as it was left."""
        return any(self.log(each).is_set_back for each in self._identities)

    async def set_aside(self, to: Path) -> None:
        """Move a file that cannot be mended to a folder of its own and begin another, in which every log is over."""
        known = tuple(
            Head(
                log=each.log,
                epoch=each.epoch,
                origin=each.origin,
                public_key=each.key.public_key().public_bytes_raw(),
                size=0,
            )
            for each in self._identities.values()
        )
        await self._writer.set_aside(to, known)

    async def heads(self) -> tuple[Head, ...]:
        """Return the newest head of each log, to be stored beside the record."""
        return await self._writer.put(heads)

    def submit_many(
        self,
        entries: Iterable[tuple[str, Entry]],
        *,
        at: datetime | Moment,
        commit_to: str | None = None,
    ) -> asyncio.Future[tuple[Appended, ...]]:
        """Submit entries to several logs as `Log.submit_many` does; `at` may be reckoned already.

        With them the head of the household's log goes into the hub log `commit_to`, as a hash that tells nothing.
        """
        written = at if isinstance(at, Moment) else self.reckon(at)
        drafts = [
            draft(self._identities[log], entry, written) for log, entry in entries
        ]
        hub = self._identities[commit_to] if commit_to is not None else None
        household = self._identities.get(HOUSEHOLD)

        def submit(file: sqlite3.Connection) -> tuple[Appended, ...]:
            places = write_all(file, drafts)
            if hub is not None and household is not None:
                commit_head(file, household, hub, written)
            return places

        return self._writer.put(submit, at=written.at)

    async def fold(self) -> bool:
        """Truncate the WAL, which still holds what was erased; False: a reader holds it, or the file is held still."""
        return await self._writer.put(fold, apart=True)

    async def hold_still(self, *, still: bool) -> None:
        """Leave the file as it is while it is copied; all goes on being written. Raises RecordUnwritable."""
        await self._writer.hold_still(still=still)

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Hold all of the record as it is at one moment: for worker threads; raises RecordUnreadable."""
        return snapshot(self.read, self._identities.copy())

    async def newest_about(self, hub: str, kinds: Collection[str]) -> list[StoredEntry]:
        """Return what was last written of these kinds about a hub and each of its cameras; raises RecordUnreadable."""
        return await asyncio.to_thread(self.read.newest_about, hub, kinds)
