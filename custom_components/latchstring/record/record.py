"""The record of this home: one SQLite file for all hub logs and the household's, used from the event loop."""

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
from .erase import truncate_wal
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
    """The file and what concerns more than one log; `log` returns a single one."""

    def __init__(
        self,
        folder: Path,
        *,
        timing: RetryTiming | None = None,
        known: tuple[Head, ...] = (),
        reckon: Callable[[datetime], Moment] = _as_read,
        callbacks: Callbacks | None = None,
    ) -> None:
        """Close the epoch of a log that is behind its `known` head.

        `reckon` returns the time to write down for a time of the clock, which may not be believed.
        """
        timing = timing or RetryTiming()
        path = folder / FILE_NAME
        self._writer = Writer(path, timing, known, callbacks or Callbacks())
        self._identities: dict[str, LogIdentity] = {}
        self.reckon: Final = reckon
        self.reader: Final = RecordReader(path, timing.patience)
        """Blocking, for worker threads: raises RecordUnreadable where the file is damaged."""
        self.salvaging_reader: Final = SalvagingReader(path, timing.patience)
        """Blocking, for worker threads: reads what is left of a damaged file. For display, never to decide by."""

    async def open(self) -> Self:
        """Open the file. Where it can't be written, `fault` says why until it can."""
        await self._writer.open()
        return self

    async def close(self) -> None:
        """Write all that was submitted, and close the file."""
        await self._writer.close()

    @property
    def writable(self) -> bool:
        """Return whether the last write succeeded."""
        return not self._writer.is_broken()

    @property
    def fault(self) -> RecordFault | None:
        """Return what keeps the record from being written."""
        return self._writer.fault

    @property
    def last_entry_at(self) -> datetime | None:
        """Return the latest time that a believed clock gave an entry since the clock was last confirmed."""
        return self._writer.last_entry_at

    def add_log(self, identity: LogIdentity) -> None:
        """Add or replace the key of a log. The log begins with its first entry."""
        self._identities[identity.log] = identity

    def forget_log(self, log_id: str) -> None:
        """Remove the key of a log. Its entries stay, and can be read."""
        self._identities.pop(log_id, None)

    def log(self, log_id: str) -> Log:
        """Return one log; reading works also where its key is not known."""
        return Log(
            log_id,
            writer=self._writer,
            reader=self.reader,
            identities=self._identities,
            reckon=self.reckon,
        )

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return how many entries the newest epoch of each log has."""
        newest = self._writer.newest_epochs
        return {log: each.head.size for log, each in newest.items()}

    @property
    def rolled_back(self) -> bool:
        """Return whether any log lacks entries that it had, and that was not reviewed."""
        return any(self.log(each).is_rolled_back for each in self._identities)

    async def set_aside(self, to: Path) -> None:
        """Move a file that cannot be written to a new folder, and create another, in which all epochs are closed."""
        known = tuple(
            Head(
                log=each.log,
                epoch=each.epoch,
                origin=each.origin,
                public_key=each.public_key,
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

        With them a commitment to the head of the household's log is appended to the hub log `commit_to`.
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

    async def truncate_wal(self) -> bool:
        """Truncate the WAL, so that erased pages leave the disk; return False while a reader or copy prevents it."""
        return await self._writer.put(truncate_wal, alone=True)

    async def suspend_wal_checkpoints(self, *, suspended: bool) -> None:
        """Suspend WAL checkpoints while the file is copied; writes continue, to the WAL. Raises RecordUnwritable."""
        await self._writer.suspend_wal_checkpoints(suspended=suspended)

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Return a consistent snapshot of the whole record, for worker threads; raises RecordUnreadable."""
        return snapshot(self.reader, self._identities.copy())

    async def newest_about(self, hub: str, kinds: Collection[str]) -> list[StoredEntry]:
        """Return the newest entry of each kind about a hub and each of its cameras; raises RecordUnreadable."""
        return await asyncio.to_thread(self.reader.newest_about, hub, kinds)
