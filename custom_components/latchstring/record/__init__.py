"""The record room: what happened in this house, kept so that it can be proven."""

from .faults import (
    AssertionReplayed,
    CosignatureInvalid,
    EntryRefused,
    ForeignHead,
    LogMismatch,
    NotRecorded,
    RecordFault,
    RecordUnreadable,
    RecordUnwritable,
    SessionDuplicate,
)
from .record import Record
from .values import (
    HOUSEHOLD,
    Appended,
    Confirmed,
    EntryProof,
    HeadProof,
    LogIdentity,
    OpenSession,
    StoredEntry,
    Timing,
    entry_id,
)

__all__ = [
    "HOUSEHOLD",
    "Appended",
    "AssertionReplayed",
    "Confirmed",
    "CosignatureInvalid",
    "EntryProof",
    "EntryRefused",
    "ForeignHead",
    "HeadProof",
    "LogIdentity",
    "LogMismatch",
    "NotRecorded",
    "OpenSession",
    "Record",
    "RecordFault",
    "RecordUnreadable",
    "RecordUnwritable",
    "SessionDuplicate",
    "StoredEntry",
    "Timing",
    "entry_id",
]
