"""The record, as the rest of the house meets it: on the loop, waiting for nothing."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
import secrets
import sqlite3
from typing import Final, Self, Unpack

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..core.clock import Moment
from ..core.record import Actor, Entry, EpochCause, Erased, SessionEnded
from ..core.record.entry_bytes import SALT_BYTES, Once
from .agreements import keep_agreement
from .append import Draft, begin_time, draft, save_progress
from .commit import commit_head
from .cosign import cosigned_size, keep_cosignature, keep_offer, waiting_since
from .epochs import begin_epoch, close_epoch, heads, note_size, write
from .erase import Prefix, erase_some, fold, old_prefixes
from .faults import ForeignHead, RecordFault
from .prove import prove_entry, prove_growth, prove_head
from .query import Filters
from .reading import Reader
from .schema import FILE_NAME
from .showing import Shown
from .snapshot import Snapshot, snapshot
from .values import (
    HOUSEHOLD,
    Appended,
    Confirmed,
    EntryProof,
    Gap,
    Head,
    HeadProof,
    LogIdentity,
    OpenSession,
    Page,
    StoredEntry,
    Timing,
)
from .writer import Writer

DEFAULT_TIMING: Final = Timing()


class Record:
    """What happened, in one file, for all logs of this home."""

    def __init__(self, folder: Path, timing: Timing, known: tuple[Head, ...]) -> None:
        self._writer = Writer(folder / FILE_NAME, timing, known)
        self._logs: dict[str, LogIdentity] = {}
        self.reckon: Callable[[datetime], Moment] = lambda at: Moment(at=at)
        """Gives the time to write down for what happened at a time of the clock, which may not be believed."""
        self.read: Final = Reader(folder / FILE_NAME, timing.patience)
        """For worker threads: what `entries` and `get` do, blocking."""
        self.show: Final = Shown(folder / FILE_NAME, timing.patience)
        """For worker threads: as much as is left of a damaged file, to show it and not to decide by."""

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        timing: Timing = DEFAULT_TIMING,
        known: tuple[Head, ...] = (),
    ) -> Self:
        """Open the record. Where it can't be written, `fault` says why until it can.

        A log that is behind its `known` head is over.
        """
        record = cls(folder, timing, known)
        await record._writer.open()
        return record

    async def close(self) -> None:
        """Write all that was submitted, and end."""
        await self._writer.close()

    @property
    def writable(self) -> bool:
        """Say whether the last write lasted, as far as anybody can know."""
        return not self._writer.is_broken()

    @property
    def fault(self) -> RecordFault | None:
        """Say what keeps the record from being written."""
        return self._writer.fault

    @property
    def last_entry_at(self) -> datetime | None:
        """Return the latest time that a believed clock has given an entry since somebody last said that it is right."""
        return self._writer.last_entry_at

    @property
    def on_health(self) -> Callable[[bool], None] | None:
        """Who is told, on the loop, when `writable` turns."""
        return self._writer.on_health

    @on_health.setter
    def on_health(self, told: Callable[[bool], None] | None) -> None:
        self._writer.on_health = told

    @property
    def on_written(self) -> Callable[[], None] | None:
        """Who is told, on the loop, that there are new entries."""
        return self._writer.on_written

    @on_written.setter
    def on_written(self, told: Callable[[], None] | None) -> None:
        self._writer.on_written = told

    def add_log(self, identity: LogIdentity) -> None:
        """Make a log known. It begins with its first entry."""
        self._logs[identity.log] = identity

    @property
    def sizes(self) -> Mapping[str, int]:
        """Say how many entries the newest epoch of each log has."""
        return {log: each.head.size for log, each in self._writer.standings.items()}

    def is_over(self, log: str) -> bool:
        """Say whether a log takes no entry under the key it is known by: the next epoch is to begin."""
        standing, identity = self._writer.standings.get(log), self._logs[log]
        if standing is None or standing.head.epoch < identity.epoch:
            return False
        return standing.over or standing.head.origin != identity.origin

    @property
    def set_back(self) -> bool:
        """Say whether any log that goes on is not as it was left."""
        return any(self.is_set_back(log) for log in self._logs)

    def is_set_back(self, log: str) -> bool:
        """Say whether a log is over and its owner doesn't know: it is not as it was left."""
        return self.is_over(log) and not self._writer.standings[log].reviewed

    async def set_aside(self, to: Path) -> None:
        """Keep a file that cannot be mended in a folder of its own and begin another, in which every log is over."""
        known = tuple(
            Head(
                log=each.log,
                epoch=each.epoch,
                origin=each.origin,
                public_key=each.key.public_key().public_bytes_raw(),
                size=0,
            )
            for each in self._logs.values()
        )
        await self._writer.set_aside(to, known)

    async def heads(self) -> tuple[Head, ...]:
        """Give the newest head of each log, to be kept beside the record."""
        return await self._writer.put(heads)

    async def close_epoch(self, log: str, cause: EpochCause) -> Head:
        """End the newest epoch of a log, and give its head; the next one goes by another key."""
        identity = self._logs[log]
        return await self._writer.put(lambda file: close_epoch(file, identity, cause))

    async def begin_epoch(self, log: str, *, at: datetime) -> None:
        """Begin the next epoch of a log, under the key it is known by now."""
        identity, written = self._logs[log], self.reckon(at)
        await self._writer.put(
            lambda file: begin_epoch(file, identity, written), at=written.at
        )

    def submit(
        self, log: str, entry: Entry, *, at: datetime
    ) -> asyncio.Future[Appended]:
        """Take the entry's place in the log now; what is given back says when it lasts. `at` is a time of the clock.

        Raises ValueError for an entry that can't be written down. The future raises
        RecordUnwritable, AssertionReplayed, SessionDuplicate or LogMismatch.
        """
        drafted = self._draft(log, entry, self.reckon(at))
        return self._writer.put(lambda file: write(file, drafted), at=drafted.at)

    async def begin_time_anew(self, log: str, entry: Entry, *, at: datetime) -> None:
        """Append an entry under the clock's time, by which alone the clock is judged then. Raises NotRecorded."""
        drafted = self._draft(log, entry, Moment(at=at))

        def begin(file: sqlite3.Connection) -> None:
            begin_time(file)
            write(file, drafted)

        await self._writer.put(begin, at=at)

    def submit_many(
        self,
        entries: Iterable[tuple[str, Entry]],
        *,
        at: datetime | Moment,
        commit_to: str | None = None,
    ) -> asyncio.Future[tuple[Appended, ...]]:
        """Like `submit`, for entries of which all are written or none; `at` may be reckoned already.

        With them the household log's head goes into the log of the hub `commit_to`, as a hash that tells nothing.
        """
        written = at if isinstance(at, Moment) else self.reckon(at)
        drafts = [self._draft(log, entry, written) for log, entry in entries]
        hub = self._logs[commit_to] if commit_to is not None else None
        household = self._logs.get(HOUSEHOLD)

        def write_all(file: sqlite3.Connection) -> tuple[Appended, ...]:
            places = tuple([write(file, drafted) for drafted in drafts])
            if hub is not None and household is not None:
                commit_head(file, household, hub, written)
            return places

        return self._writer.put(write_all, at=written.at)

    async def append(self, log: str, entry: Entry, *, at: datetime) -> Appended:
        """Submit an entry and wait until it lasts."""
        return await self.submit(log, entry, at=at)

    async def prove(self, log: str, index: int, *, at: datetime) -> EntryProof:
        """Prove an entry by the log's head of now; LookupError if there is none."""
        identity = self._logs[log]
        return await self._writer.put(
            lambda file: prove_entry(file, identity, index, at)
        )

    async def prove_head(self, log: str, *, from_size: int) -> HeadProof:
        """Prove that the log's head of now grew out of an earlier one."""
        identity = self._logs[log]
        return await self._writer.put(
            lambda file: prove_head(file, identity, from_size)
        )

    async def prove_growth(
        self, log: str, *, from_size: int, to_size: int
    ) -> tuple[bytes, ...]:
        """Prove that one tree of the log grew out of another; LookupError for one that it never had."""
        identity = self._logs[log]
        return await self._writer.put(
            lambda file: prove_growth(file, identity, from_size, to_size)
        )

    async def keep_offer(self, log: str, *, size: int, at: datetime) -> None:
        """Note that the witness was given a tree of this size to cosign."""
        identity, offered = self._logs[log], self.reckon(at).at
        await self._writer.put(lambda file: keep_offer(file, identity, size, offered))

    async def waiting_since(self, log: str) -> datetime | None:
        """Say since when the witness could have cosigned what it was given and hasn't."""
        identity = self._logs[log]
        return await self._writer.put(lambda file: waiting_since(file, identity))

    async def keep_agreement(self, log: str, sha256: str, document: bytes) -> None:
        """Keep an agreement's words, of which the log's entries hold only the hash."""
        await self._writer.put(lambda file: keep_agreement(file, log, sha256, document))

    async def keep_cosignature(
        self,
        log: str,
        note: str,
        *,
        witness: str,
        key: Ed25519PublicKey,
        renews: bool = True,
    ) -> Confirmed:
        """Keep a checkpoint of ours that the witness cosigned, and say when it did.

        A later cosignature of a tree that it has cosigned before is kept only where it `renews` that.
        Raises CosignatureInvalid if it does not verify or is not of a head of ours.
        """
        identity = self._logs[log]
        try:
            return await self._writer.put(
                lambda file: keep_cosignature(
                    file, identity, note, witness=witness, key=key, renews=renews
                )
            )
        except ForeignHead as ahead:
            size = ahead.size
            await self._writer.put(lambda file: note_size(file, identity, size))
            raise

    async def cosigned_size(self, log: str) -> int:
        """Give the size of the newest tree the witness has cosigned."""
        identity = self._logs[log]
        return await self._writer.put(lambda file: cosigned_size(file, identity))

    async def confirmed(self, log: str) -> Mapping[int, Confirmed]:
        """Say by epoch how much of a log is cosigned, and when it was; raises RecordUnreadable."""
        return await asyncio.to_thread(self.read.confirmed, log)

    async def erase(
        self, log: str, *, before: datetime, actor: Actor, at: datetime
    ) -> list[Prefix]:
        """Erase what a log holds from before a time, a little at a time; first it is written down. Say what went.

        See `fold`. Raises RecordUnwritable.
        """
        prefixes = await self._writer.put(lambda file: old_prefixes(file, log, before))
        for prefix in prefixes:
            entry = Erased(
                actor=actor,
                log=prefix.log,
                epoch=prefix.epoch,
                entries=prefix.end,
                before=before,
            )
            written = self._draft(HOUSEHOLD, entry, self.reckon(at))
            await self._erase(prefix, written)
        return prefixes

    async def _erase(self, prefix: Prefix, written_down: Draft) -> None:
        def begin(file: sqlite3.Connection) -> int:
            write(file, written_down)
            return erase_some(file, prefix)

        done = await self._writer.put(begin, at=written_down.at)
        while done < prefix.end:
            done = await self._writer.put(lambda file: erase_some(file, prefix))

    async def fold(self) -> bool:
        """Empty the log beside the file, which still holds what was erased; False: not now."""
        return await self._writer.put(fold, apart=True)

    async def hold_still(self, *, still: bool) -> None:
        """Leave the file as it is while it is copied; all goes on being written. Raises RecordUnwritable."""
        await self._writer.hold_still(still=still)

    async def gaps(self, log: str) -> list[Gap]:
        """Say which entries of a log are known to be missing; raises RecordUnreadable."""
        return await asyncio.to_thread(self.read.gaps, log)

    async def save_progress(
        self, log: str, so_far: SessionEnded, *, at: datetime
    ) -> None:
        """Keep the end a session would have now, for when its own can't be written."""
        written = self.reckon(at).at
        await self._writer.put(lambda file: save_progress(file, log, so_far, written))

    async def open_sessions(self, log: str) -> list[OpenSession]:
        """Give the sessions that started and never ended, oldest first."""
        return await asyncio.to_thread(self.read.open_sessions, log)

    async def is_spent(self, log: str, what: Once, spent: str) -> bool:
        """Say whether the hub of this log has used an id before."""
        return await asyncio.to_thread(self.read.is_spent, log, what, spent)

    def forget_log(self, log: str) -> None:
        """Go on without a log. What is written in it stays, and can be read."""
        self._logs.pop(log, None)

    def identity(self, log: str) -> LogIdentity:
        """Give the key and the origin that a log goes by now."""
        return self._logs[log]

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Hold all of the record as it is at one moment: for worker threads; raises RecordUnreadable."""
        return snapshot(self.read, self._logs.copy())

    async def entries(
        self, log: str | None = None, **filters: Unpack[Filters]
    ) -> list[StoredEntry]:
        """Read entries of one log or all; raises RecordUnreadable."""
        return await asyncio.to_thread(self.read.entries, log, filters)

    async def written_since(
        self, hub: str, kind: str, begun: datetime, *, limit: int
    ) -> list[StoredEntry]:
        """Return what was written after all that is dated before a time; raises RecordUnreadable."""
        return await asyncio.to_thread(
            self.read.written_since, hub, kind, begun, limit=limit
        )

    async def newest_about(self, hub: str, kinds: Collection[str]) -> list[StoredEntry]:
        """Return what was last written of these kinds about a hub and each of its cameras; raises RecordUnreadable."""
        return await asyncio.to_thread(self.read.newest_about, hub, kinds)

    async def page(self, log: str | None = None, **filters: Unpack[Filters]) -> Page:
        """Read what can be read of one log or all, to show it; raises RecordUnreadable if nothing can."""
        return await asyncio.to_thread(self.show.page, log, filters)

    async def get(self, entry: str) -> StoredEntry | None:
        """Read one entry by its id; raises RecordUnreadable."""
        return await asyncio.to_thread(self.read.get, entry)

    def _draft(self, log: str, entry: Entry, written: Moment) -> Draft:
        salt = secrets.token_bytes(SALT_BYTES)
        return draft(self._logs[log], entry, written, salt)
