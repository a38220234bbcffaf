"""One hub log or the household's log: appending, proofs, cosignatures, erasing and reading."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
import sqlite3
from typing import Final, Unpack

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..core.clock import Moment
from ..core.entries import Actor, Entry, EpochCause, Erased, SessionEnded
from ..core.entries.entry_bytes import OneTimeId
from .agreements import keep_agreement
from .append import Draft, draft, reset_newest, save_progress
from .cosign import cosigned_size, keep_cosignature, keep_offer, waiting_since
from .epochs import begin_epoch, close_epoch, close_shortened, write, write_all
from .erase import Prefix, erase_chunk, old_prefixes
from .faults import ForeignHead
from .prove import prove_entry, prove_growth, prove_head
from .query import Filters
from .reader import RecordReader
from .values import (
    HOUSEHOLD,
    Appended,
    CosignedSize,
    EntryProof,
    EpochState,
    Head,
    HeadProof,
    LogIdentity,
    OpenSession,
    StoredEntry,
)
from .writer import Writer


class Log:
    """A hub log or the household's log; each call uses the key that it has at that moment.

    Writing, and all that needs a key, raises LookupError for a log whose key the record does not have.
    """

    def __init__(
        self,
        log_id: str,
        *,
        writer: Writer,
        reader: RecordReader,
        identities: Mapping[str, LogIdentity],
        reckon: Callable[[datetime], Moment],
    ) -> None:
        self.id: Final = log_id
        self._writer = writer
        self._reader = reader
        self._identities = identities
        self._reckon = reckon

    @property
    def identity(self) -> LogIdentity:
        """Return its current epoch, origin and key."""
        return self._identities[self.id]

    @property
    def size(self) -> int:
        """Return how many entries its newest epoch has."""
        return 0 if (newest := self._newest) is None else newest.head.size

    @property
    def is_closed(self) -> bool:
        """Return whether the epoch of its key is closed, so that appending needs a new key."""
        newest, identity = self._newest, self.identity
        if newest is None or newest.head.epoch < identity.epoch:
            return False
        return newest.closed or newest.head.origin != identity.origin

    @property
    def is_rolled_back(self) -> bool:
        """Return whether its epoch is closed and that was not reviewed: entries are missing that it had."""
        return self.is_closed and not self._writer.newest_epochs[self.id].reviewed

    async def close_epoch(self, cause: EpochCause) -> Head:
        """Close its newest epoch and return the head; the next epoch needs another key."""
        return await self._put(lambda file, log: close_epoch(file, log, cause))

    async def begin_epoch(self, *, at: datetime) -> None:
        """Begin the next epoch, under the current key."""
        written = self._reckon(at)
        await self._put(
            lambda file, log: begin_epoch(file, log, written), at=written.at
        )

    def submit(self, entry: Entry, *, at: datetime) -> asyncio.Future[Appended]:
        """Queue an entry; the future is done once it is on disk. `at` is the clock's time.

        Raises ValueError for an entry that can't be written down. The future raises
        RecordUnwritable, AssertionReplayed, SessionDuplicate or LogMismatch.
        """
        drafted = draft(self.identity, entry, self._reckon(at))
        return self._writer.put(lambda file: write(file, drafted), at=drafted.at)

    def submit_many(
        self, entries: Iterable[Entry], *, at: datetime
    ) -> asyncio.Future[tuple[Appended, ...]]:
        """Submit entries of which all are written or none."""
        written = self._reckon(at)
        drafts = [draft(self.identity, each, written) for each in entries]
        return self._writer.put(lambda file: write_all(file, drafts), at=written.at)

    async def append(self, entry: Entry, *, at: datetime) -> Appended:
        """Submit an entry and wait until it is on disk."""
        return await self.submit(entry, at=at)

    async def begin_time_anew(self, entry: Entry, *, at: datetime) -> None:
        """Append an entry under the clock's time, and make that the newest time. Raises NotRecorded."""
        drafted = draft(self.identity, entry, Moment(at=at))

        def begin(file: sqlite3.Connection) -> None:
            reset_newest(file)
            write(file, drafted)

        await self._writer.put(begin, at=at)

    async def save_progress(self, so_far: SessionEnded, *, at: datetime) -> None:
        """Store the end that a session would have now, to be used where its own is never written."""
        written = self._reckon(at).at
        await self._writer.put(
            lambda file: save_progress(file, self.id, so_far, written)
        )

    async def keep_agreement(self, sha256: str, document: bytes) -> None:
        """Store an agreement's text, of which the entries hold only the hash."""
        await self._writer.put(
            lambda file: keep_agreement(file, self.id, sha256, document)
        )

    async def prove(self, index: int, *, at: datetime) -> EntryProof:
        """Return the proof of an entry under the log's current head; LookupError if there is none."""
        return await self._put(lambda file, log: prove_entry(file, log, index, at))

    async def prove_head(self, *, from_size: int) -> HeadProof:
        """Return the consistency proof from an earlier head to the current one."""
        return await self._put(lambda file, log: prove_head(file, log, from_size))

    async def prove_growth(self, *, from_size: int, to_size: int) -> tuple[bytes, ...]:
        """Return the consistency proof between two of its trees; LookupError for one that it never had."""
        return await self._put(
            lambda file, log: prove_growth(file, log, from_size, to_size)
        )

    async def keep_offer(self, *, size: int, at: datetime) -> None:
        """Store that a tree of this size was offered to the witness."""
        offered = self._reckon(at).at
        await self._put(lambda file, log: keep_offer(file, log, size, offered))

    async def waiting_since(self) -> datetime | None:
        """Return the time of the oldest checkpoint that was offered to the witness and is not cosigned yet."""
        return await self._put(waiting_since)

    async def keep_cosignature(
        self,
        note: str,
        *,
        witness: str,
        key: Ed25519PublicKey,
        renews: bool,
    ) -> CosignedSize:
        """Store a cosigned checkpoint of this log, and return its size and time.

        A later cosignature of a tree that is cosigned already is stored only where it `renews` that.
        Raises CosignatureInvalid if it does not verify or is not of a head of ours.
        """
        identity = self.identity
        try:
            return await self._put(
                lambda file, log: keep_cosignature(
                    file, log, note, witness=witness, key=key, renews=renews
                )
            )
        except ForeignHead as ahead:
            size = ahead.size
            # With the identity from before: meanwhile the log may have another key.
            await self._writer.put(lambda file: close_shortened(file, identity, size))
            raise

    async def cosigned_size(self) -> int:
        """Return the size of the newest tree the witness has cosigned."""
        return await self._put(cosigned_size)

    async def erase(
        self, *, before: datetime, actor: Actor, at: datetime
    ) -> list[Prefix]:
        """Erase its entries from before a time, in chunks, and return what was erased.

        That is written to the household's log first. What is erased leaves the disk with `Record.truncate_wal`.
        Raises RecordUnwritable.
        """
        prefixes = await self._writer.put(
            lambda file: old_prefixes(file, self.id, before)
        )
        for prefix in prefixes:
            entry = Erased(
                actor=actor,
                log=prefix.log,
                epoch=prefix.epoch,
                entries=prefix.end,
                before=before,
            )
            written = draft(self._identities[HOUSEHOLD], entry, self._reckon(at))
            await self._erase(prefix, written)
        return prefixes

    async def _erase(self, prefix: Prefix, written_down: Draft) -> None:
        def begin(file: sqlite3.Connection) -> int:
            write(file, written_down)
            return erase_chunk(file, prefix)

        done = await self._writer.put(begin, at=written_down.at)
        while done < prefix.end:
            done = await self._writer.put(lambda file: erase_chunk(file, prefix))

    async def entries(self, **filters: Unpack[Filters]) -> list[StoredEntry]:
        """Return its entries that match; raises RecordUnreadable."""
        return await asyncio.to_thread(self._reader.entries, self.id, filters)

    async def written_since(
        self, kind: str, begun: datetime, *, limit: int
    ) -> list[StoredEntry]:
        """Return the entries that were written after the last one dated before a time; raises RecordUnreadable."""
        return await asyncio.to_thread(
            self._reader.written_since, self.id, kind, begun, limit=limit
        )

    async def confirmed(self) -> Mapping[int, CosignedSize]:
        """Return by epoch how much of it is cosigned, and when it was; raises RecordUnreadable."""
        return await asyncio.to_thread(self._reader.confirmed, self.id)

    async def open_sessions(self) -> list[OpenSession]:
        """Return the sessions that started and never ended, oldest first; raises RecordUnreadable."""
        return await asyncio.to_thread(self._reader.open_sessions, self.id)

    async def is_used(self, what: OneTimeId, spent: str) -> bool:
        """Return whether the hub of this log has used an id before; raises RecordUnreadable."""
        return await asyncio.to_thread(self._reader.is_used, self.id, what, spent)

    @property
    def _newest(self) -> EpochState | None:
        return self._writer.newest_epochs.get(self.id)

    def _put[T](
        self,
        work: Callable[[sqlite3.Connection, LogIdentity], T],
        *,
        at: datetime | None = None,
    ) -> asyncio.Future[T]:
        """Queue work with the current identity, whatever identity the log has once the work is done."""
        identity = self.identity
        return self._writer.put(lambda file: work(file, identity), at=at)
