"""The writer thread: a queue, and one transaction for all jobs that wait in it.

A job's future is done after the commit. When writing fails, all futures of the batch
raise, and the thread reopens the file at growing intervals until it can be written:
nobody has to restart anything once the disk has room.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
import logging
from pathlib import Path
import queue
import sqlite3
from threading import Thread
from time import monotonic
from typing import Any, Final

from .append import moment
from .epochs import expect, newest_epochs
from .faults import RecordFault, RecordUnwritable, fault_of
from .schema import connect, move_aside, probe, suspend_wal_checkpoints, verify_pages
from .values import Callbacks, EpochState, Head, RetryTiming

_LOGGER = logging.getLogger(__name__)

MAX_BATCH: Final = 256

type Work[T] = Callable[[sqlite3.Connection], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work in the batch's transaction, or `alone` outside of any. `at` is the time of the entry that it writes."""

    work: Work[Any]
    future: asyncio.Future[Any]
    at: datetime | None
    alone: bool


class Writer:
    """Owns the only writing connection, and its thread.

    Public attributes and methods belong to the loop.
    """

    def __init__(
        self,
        path: Path,
        timing: RetryTiming,
        known: tuple[Head, ...],
        callbacks: Callbacks,
    ) -> None:
        """`known` heads are expected in the file; an epoch that lacks entries of its head is closed."""
        self.fault: RecordFault | None = RecordFault.CLOSED
        self.last_entry_at: datetime | None = None
        self._callbacks = callbacks
        self._path = path
        self._timing = timing
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.create_future()
        self._is_open = False
        self._closed = False
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = Thread(target=self._run, name="latchstring record", daemon=True)
        self._deferred: Job | None = None
        self._connection: sqlite3.Connection | None = None
        self.newest_epochs: Mapping[str, EpochState] = {}
        self._known = known
        self._broken_by = RecordFault.CLOSED
        self._needs_check = False
        self._inode = 0
        self._retry = timing.first_retry.total_seconds()
        self._retry_at = 0.0
        self._ending = False
        self._is_suspended = False
        self._aside: Path | None = None

    def is_broken(self) -> bool:
        """Return whether nothing can be written, as far as is known."""
        return self.fault is not None

    async def open(self) -> None:
        """Start the thread, and wait until it has opened the file or failed to."""
        self._thread.start()
        await self._opened

    def put[T](
        self, work: Work[T], *, at: datetime | None = None, alone: bool = False
    ) -> asyncio.Future[T]:
        """Queue work, done in order: see `Job`."""
        future: asyncio.Future[T] = self._loop.create_future()
        if self.fault is None:
            self._queue.put(Job(work=work, future=future, at=at, alone=alone))
        else:
            future.set_exception(RecordUnwritable(self.fault))
        return future

    def suspend_wal_checkpoints(self, *, suspended: bool) -> asyncio.Future[None]:
        """Suspend or resume WAL checkpoints: while suspended only the WAL is written to."""
        self._is_suspended = suspended
        return self.put(
            lambda file: suspend_wal_checkpoints(file, suspended=suspended), alone=True
        )

    async def set_aside(self, to: Path, known: tuple[Head, ...]) -> None:
        """Move a file that cannot be written into a new folder, and create another.

        In that one the epochs of all known heads, and of `known`, are closed as shortened.
        """
        if not self.is_broken():
            return
        listed = {head.log for head in self._known}
        self._known += tuple(head for head in known if head.log not in listed)
        self._aside = to
        while self.is_broken() and self._aside is not None:
            self._opened = self._loop.create_future()
            self._retry_at = 0.0
            woken = self._loop.create_future()
            self._queue.put(Job(work=_nothing, future=woken, at=None, alone=False))
            await asyncio.gather(self._opened, woken, return_exceptions=True)
        self._aside = None

    async def close(self) -> None:
        """End the thread, after all jobs that were queued before."""
        self._closed = True
        self.fault = RecordFault.CLOSED
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        self._open()
        while not self._ending:
            if jobs := self._next():
                self._write(jobs)
            elif not self._ending:
                self._open()
        self._disconnect()

    def _next(self) -> list[Job]:
        """Wait for jobs and return a batch; empty when it is time to reopen the file."""
        jobs: list[Job] = []
        if (deferred := self._deferred) is not None:
            self._deferred = None
            return [deferred]
        with suppress(queue.Empty):
            job = self._queue.get(timeout=self._timeout())
            while job is not None:
                if job.alone:
                    return self._in_turn(jobs, job)
                jobs.append(job)
                if len(jobs) == MAX_BATCH:
                    return jobs
                job = self._queue.get_nowait()
            self._ending = True
        return jobs

    def _in_turn(self, jobs: list[Job], job: Job) -> list[Job]:
        """Return the next batch: a job outside of a transaction waits for the batch before it."""
        if jobs:
            self._deferred = job
        return jobs or [job]

    def _timeout(self) -> float | None:
        if self._connection is not None:
            return None
        return max(0.0, self._retry_at - monotonic())

    def _open(self) -> None:
        try:
            if (aside := self._aside) is not None:
                self._aside = None
                self._needs_check = False
                move_aside(self._path, aside)
            self._connection = connect(self._path, self._timing.patience)
            suspend_wal_checkpoints(self._connection, suspended=self._is_suspended)
            self._inode = self._path.stat().st_ino
            if self._needs_check:
                verify_pages(self._connection)
                self._needs_check = False
            _read_newest(self._connection)
            probe(self._connection)
            self._expect_known(self._connection)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing can be written
            self._fail(error)
        else:
            self._call_on_loop(self._set_fault, None)

    def _expect_known(self, connection: sqlite3.Connection) -> None:
        """Close each epoch that lacks entries of a known head: this may be an older file than the one we wrote."""
        connection.execute("BEGIN IMMEDIATE")
        expect(connection, self._known)
        connection.execute("COMMIT")
        self._publish_newest(connection)

    def _publish_newest(self, connection: sqlite3.Connection) -> None:
        found = {each.head.log: each for each in newest_epochs(connection)}
        self._known = tuple(each.head for each in found.values())
        self._call_on_loop(self._note_newest, found, _last_entry_at(connection))

    def _write(self, jobs: Sequence[Job]) -> None:
        try:
            outcomes = self._commit(jobs)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may think it was written
            self._fail(error)
            outcomes = [RecordUnwritable(self._broken_by) for _ in jobs]
        else:
            self._retry = self._timing.first_retry.total_seconds()
        self._call_on_loop(self._settle, jobs, outcomes)

    def _commit(self, jobs: Sequence[Job]) -> list[Any]:
        """Do all jobs in one transaction. A job that raises fails alone."""
        connection = self._connection
        if connection is None:
            return [RecordUnwritable(self._broken_by) for _ in jobs]
        if self._path.stat().st_ino != self._inode:
            raise FileNotFoundError(self._path)
        if jobs[0].alone:
            return [jobs[0].work(connection)]
        before = connection.total_changes
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_attempt(connection, job.work) for job in jobs]
        connection.execute("COMMIT")
        if connection.total_changes != before:
            self._publish_newest(connection)
        return outcomes

    def _fail(self, error: Exception) -> None:
        """Close the connection, to reopen it after an interval that grows until a write succeeds.

        It keeps growing where the file opens and the next write fails: a disk with room
        for a probe and not for an entry must not turn the owner's cameras on and off.
        """
        self._disconnect()
        self._broken_by = fault_of(error)
        self._needs_check |= self._broken_by is RecordFault.CORRUPT
        self._retry_at = monotonic() + self._retry
        longest = self._timing.longest_retry.total_seconds()
        self._retry = min(2 * self._retry, longest)
        _LOGGER.debug(
            "The record cannot be written: %s", self._broken_by, exc_info=error
        )
        self._call_on_loop(self._set_fault, self._broken_by)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _call_on_loop(self, callback: Callable[..., None], *values: object) -> None:
        # A closed loop: the process is ending, and nobody waits.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *values)

    def _note_newest(
        self, found: Mapping[str, EpochState], last_entry_at: datetime | None
    ) -> None:
        self.newest_epochs = found
        self.last_entry_at = last_entry_at
        self._callbacks.on_newest(last_entry_at)

    def _set_fault(self, fault: RecordFault | None) -> None:
        if self._closed:
            return
        has_changed = self._is_open and self.fault is not fault
        self.fault, self._is_open = fault, True
        if not self._opened.done():
            self._opened.set_result(None)
        if has_changed:
            self._callbacks.on_health(fault is None)

    def _settle(self, jobs: Sequence[Job], outcomes: Sequence[object]) -> None:
        for job, outcome in zip(jobs, outcomes, strict=True):
            # The caller may have been cancelled; what was written stays written.
            if not job.future.done():
                _resolve(job.future, outcome)
        if any(job.at for job in jobs):
            self._callbacks.on_written()


def _nothing(_connection: sqlite3.Connection) -> None:
    """Do nothing: the job only wakes the thread."""


def _resolve(future: asyncio.Future[Any], outcome: object) -> None:
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _attempt(connection: sqlite3.Connection, work: Work[Any]) -> object:
    connection.execute("SAVEPOINT job")
    try:
        outcome = work(connection)
    except sqlite3.Error:
        raise
    except Exception as error:  # noqa: BLE001 - it is passed on to who waits for this job
        connection.execute("ROLLBACK TO job")
        outcome = error
    connection.execute("RELEASE job")
    return outcome


def _read_newest(connection: sqlite3.Connection) -> None:
    """Read the page to which entries are appended, so that damage there is found before it is written to."""
    connection.execute("SELECT max(at) FROM entries").fetchone()


def _last_entry_at(connection: sqlite3.Connection) -> datetime | None:
    (last,) = connection.execute("SELECT at FROM newest").fetchone()
    return moment(last) if last else None
