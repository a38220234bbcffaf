"""The faults of the record, by stable codes, and its exceptions."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
import errno
import sqlite3
from typing import Final


class RecordFault(StrEnum):
    """Why nothing can be written. All but `closed` may be temporary."""

    DISK_FULL = "disk_full"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    CORRUPT = "corrupt"
    NEWER = "newer"
    IO_ERROR = "io_error"
    CLOSED = "closed"


class NotRecorded(Exception):
    """An entry was not written, because of the entry or because of the record."""


class RecordUnwritable(NotRecorded):
    """Nothing was written, or it is unknown whether it was."""

    def __init__(self, fault: RecordFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class RecordUnreadable(Exception):
    """The record cannot be read."""

    def __init__(self, fault: RecordFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class EntryRefused(NotRecorded):
    """One entry cannot be written, now or ever; others can."""


class AssertionReplayed(EntryRefused):
    """The hub has used this assertion before."""


class SessionDuplicate(EntryRefused):
    """The hub has used this session's or request's id before."""


class LogMismatch(EntryRefused):
    """This epoch has another origin or key in the file, or another log has these."""


class EpochClosed(EntryRefused):
    """This epoch is closed: it lacks entries that it had, or the next one is to begin."""


class CosignatureInvalid(EntryRefused):
    """A cosignature does not verify, or is not of a checkpoint of this log."""


class ForeignHead(CosignatureInvalid):
    """Our own key signed this checkpoint, but this log never had it: the home was copied, or rolled back."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class Damaged(sqlite3.DatabaseError):
    """A value in the file is not what was written, though SQLite does not object."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class NewerRecord(Exception):
    """The file has the schema of a later version."""


@contextmanager
def malformed_as_damaged() -> Iterator[None]:
    """Raise Damaged where a value read does not have the form in which it was written."""
    try:
        yield
    except (
        LookupError,
        OverflowError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise Damaged from error


SQLITE_FAULTS: Final = {
    sqlite3.SQLITE_FULL: RecordFault.DISK_FULL,
    sqlite3.SQLITE_READONLY: RecordFault.READ_ONLY,
    sqlite3.SQLITE_PERM: RecordFault.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: RecordFault.READ_ONLY,
    sqlite3.SQLITE_BUSY: RecordFault.LOCKED,
    sqlite3.SQLITE_LOCKED: RecordFault.LOCKED,
    sqlite3.SQLITE_PROTOCOL: RecordFault.LOCKED,
    sqlite3.SQLITE_CORRUPT: RecordFault.CORRUPT,
    sqlite3.SQLITE_NOTADB: RecordFault.CORRUPT,
    # Our own SQL is right: where a table is not there, or another row in its place, the file is not what we wrote.
    sqlite3.SQLITE_ERROR: RecordFault.CORRUPT,
    sqlite3.SQLITE_CONSTRAINT: RecordFault.CORRUPT,
    sqlite3.SQLITE_MISMATCH: RecordFault.CORRUPT,
}
SYSTEM_FAULTS: Final = {
    errno.ENOSPC: RecordFault.DISK_FULL,
    errno.EDQUOT: RecordFault.DISK_FULL,
    errno.EFBIG: RecordFault.DISK_FULL,
    errno.EROFS: RecordFault.READ_ONLY,
    errno.EACCES: RecordFault.READ_ONLY,
    errno.EPERM: RecordFault.READ_ONLY,
}
PRIMARY_CODE: Final = 0xFF


def fault_of(error: Exception) -> RecordFault:
    """Return the code of an error; `io_error` for any that is not listed."""
    match error:
        case sqlite3.Error(sqlite_errorcode=int(code)):
            return SQLITE_FAULTS.get(code & PRIMARY_CODE, RecordFault.IO_ERROR)
        case sqlite3.OperationalError() | UnicodeDecodeError():
            return RecordFault.CORRUPT  # without a code: Python could not read a text
        case OSError(errno=int(code)):
            return SYSTEM_FAULTS.get(code, RecordFault.IO_ERROR)
        case NewerRecord():
            return RecordFault.NEWER
    return RecordFault.IO_ERROR
