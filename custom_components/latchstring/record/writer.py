"""The one thread that writes: a queue, and one transaction for all that waits in it.

Each caller hears back after the commit that made its entry last. When writing fails,
everybody in the batch hears so, and the thread tries again at growing intervals until
the file takes writes: nobody has to restart anything once the disk has room.
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
from .schema import connect, hold_still, move_aside, probe, verify_pages
from .values import Callbacks, EpochState, Head, RetryTiming

_LOGGER = logging.getLogger(__name__)

MAX_BATCH: Final = 256

type Work[T] = Callable[[sqlite3.Connection], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work inside a transaction (or `apart` from any), who waits for it, and the time of what it writes."""

    work: Work[Any]
    future: asyncio.Future[Any]
    at: datetime | None
    apart: bool


class Writer:
    """Owns the only connection that writes, and the thread it lives on.

    What has no underscore belongs to the loop.
    """

    def __init__(
        self,
        path: Path,
        timing: RetryTiming,
        known: tuple[Head, ...],
        callbacks: Callbacks,
    ) -> None:
        """Expect `known` in the file; what is not there has been lost, or is of another home."""
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
        self._held: Job | None = None
        self._connection: sqlite3.Connection | None = None
        self.newest_epochs: Mapping[str, EpochState] = {}
        self._known = known
        self._broken_by = RecordFault.CLOSED
        self._is_suspect = False
        self._inode = 0
        self._retry = timing.first_retry.total_seconds()
        self._retry_at = 0.0
        self._ending = False
        self._still = False
        self._aside: Path | None = None

    def is_broken(self) -> bool:
        """Return whether nothing can be written, as far as anybody can know."""
        return self.fault is not None

    async def open(self) -> None:
        """Start the thread, and wait until it has opened the file or failed to."""
        self._thread.start()
        await self._opened

    def put[T](
        self, work: Work[T], *, at: datetime | None = None, apart: bool = False
    ) -> asyncio.Future[T]:
        """Queue work; it is done in its order. `at` is of what it writes; `apart`: it wants no transaction."""
        future: asyncio.Future[T] = self._loop.create_future()
        if self.fault is None:
            self._queue.put(Job(work=work, future=future, at=at, apart=apart))
        else:
            future.set_exception(RecordUnwritable(self.fault))
        return future

    def hold_still(self, *, still: bool) -> asyncio.Future[None]:
        """Leave the database file alone from now on, and write to the WAL only; or no longer."""
        self._still = still
        return self.put(lambda file: hold_still(file, still=still), apart=True)

    async def set_aside(self, to: Path, known: tuple[Head, ...]) -> None:
        """Move a file that nothing can be written to into a new folder, and begin another.

        All that is known of is missing in that one, and at least the logs of `known`.
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
            self._queue.put(Job(work=_nothing, future=woken, at=None, apart=False))
            await asyncio.gather(self._opened, woken, return_exceptions=True)
        self._aside = None

    async def close(self) -> None:
        """End the thread, after all that was put before."""
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
        """Wait for jobs and take all there are; none when it is time to try again."""
        jobs: list[Job] = []
        if (held := self._held) is not None:
            self._held = None
            return [held]
        with suppress(queue.Empty):
            job = self._queue.get(timeout=self._patience())
            while job is not None:
                if job.apart:
                    return self._apart(jobs, job)
                jobs.append(job)
                if len(jobs) == MAX_BATCH:
                    return jobs
                job = self._queue.get_nowait()
            self._ending = True
        return jobs

    def _apart(self, jobs: list[Job], job: Job) -> list[Job]:
        """Return what is next: a job that wants no transaction waits until the one before it is over."""
        if jobs:
            self._held = job
        return jobs or [job]

    def _patience(self) -> float | None:
        if self._connection is not None:
            return None
        return max(0.0, self._retry_at - monotonic())

    def _open(self) -> None:
        try:
            if (aside := self._aside) is not None:
                self._aside = None
                self._is_suspect = False
                move_aside(self._path, aside)
            self._connection = connect(self._path, self._timing.patience)
            hold_still(self._connection, still=self._still)
            self._inode = self._path.stat().st_ino
            if self._is_suspect:
                verify_pages(self._connection)
                self._is_suspect = False
            _meet_damage(self._connection)
            probe(self._connection)
            self._look_back(self._connection)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing can be written
            self._fail(error)
        else:
            self._tell(self._turn, None)

    def _look_back(self, connection: sqlite3.Connection) -> None:
        """Close each epoch that lacks entries we know of: this may be another file than the one we wrote."""
        connection.execute("BEGIN IMMEDIATE")
        expect(connection, self._known)
        connection.execute("COMMIT")
        self._remember(connection)

    def _remember(self, connection: sqlite3.Connection) -> None:
        found = {each.head.log: each for each in newest_epochs(connection)}
        self._known = tuple(each.head for each in found.values())
        self._tell(self._note_newest, found, _last_entry_at(connection))

    def _write(self, jobs: Sequence[Job]) -> None:
        try:
            outcomes = self._commit(jobs)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may think it was written
            self._fail(error)
            outcomes = [RecordUnwritable(self._broken_by) for _ in jobs]
        else:
            self._retry = self._timing.first_retry.total_seconds()
        self._tell(self._settle, jobs, outcomes)

    def _commit(self, jobs: Sequence[Job]) -> list[Any]:
        """Do all jobs in one transaction. One that can't be done fails alone."""
        connection = self._connection
        if connection is None:
            return [RecordUnwritable(self._broken_by) for _ in jobs]
        if self._path.stat().st_ino != self._inode:
            raise FileNotFoundError(self._path)
        if jobs[0].apart:
            return [jobs[0].work(connection)]
        before = connection.total_changes
        connection.execute("BEGIN IMMEDIATE")
        outcomes = [_attempt(connection, job.work) for job in jobs]
        connection.execute("COMMIT")
        if connection.total_changes != before:
            self._remember(connection)
        return outcomes

    def _fail(self, error: Exception) -> None:
        """Close the connection, to try again after a while that grows until a write lasts.

        It grows on over openings that help nothing: a disk with room for a probe and
        not for an entry must not turn the owner's cameras on and off.
        """
        self._disconnect()
        self._broken_by = fault_of(error)
        self._is_suspect |= self._broken_by is RecordFault.CORRUPT
        self._retry_at = monotonic() + self._retry
        longest = self._timing.longest_retry.total_seconds()
        self._retry = min(2 * self._retry, longest)
        _LOGGER.debug(
            "The record cannot be written: %s", self._broken_by, exc_info=error
        )
        self._tell(self._turn, self._broken_by)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _tell(self, callback: Callable[..., None], *values: object) -> None:
        # Without a loop the process is ending and nobody waits any more.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *values)

    def _note_newest(
        self, found: Mapping[str, EpochState], last_entry_at: datetime | None
    ) -> None:
        self.newest_epochs = found
        self.last_entry_at = last_entry_at
        self._callbacks.on_newest(last_entry_at)

    def _turn(self, fault: RecordFault | None) -> None:
        if self._closed:
            return
        is_news = self._is_open and self.fault is not fault
        self.fault, self._is_open = fault, True
        if not self._opened.done():
            self._opened.set_result(None)
        if is_news:
            self._callbacks.on_health(fault is None)

    def _settle(self, jobs: Sequence[Job], outcomes: Sequence[object]) -> None:
        for job, outcome in zip(jobs, outcomes, strict=True):
            # Who waited may have been cancelled; what was written stays written.
            if not job.future.done():
                _answer(job.future, outcome)
        if any(job.at for job in jobs):
            self._callbacks.on_written()


def _nothing(_connection: sqlite3.Connection) -> None:
    """Only wake the thread up."""


def _answer(future: asyncio.Future[Any], outcome: object) -> None:
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


def _meet_damage(connection: sqlite3.Connection) -> None:
    """Read where entries are added, so that damage there is met before anything is written over it."""
    connection.execute("SELECT max(at) FROM entries").fetchone()


def _last_entry_at(connection: sqlite3.Connection) -> datetime | None:
    (last,) = connection.execute("SELECT at FROM newest").fetchone()
    return moment(last) if last else None
