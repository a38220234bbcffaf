"""The export room: the record as files that anybody can check; ../verifier/export.md says what is in them.

No Home Assistant, and all of it blocks: it is for worker threads.
"""

from .entry import write_entry
from .faults import ExportCancelled, NothingToExport
from .folder import FolderSink, ZipSink, clear_unfinished, write_file
from .record import HubPapers, Order, Written, write_record
from .sink import Sink

__all__ = [
    "ExportCancelled",
    "FolderSink",
    "HubPapers",
    "NothingToExport",
    "Order",
    "Sink",
    "Written",
    "ZipSink",
    "clear_unfinished",
    "write_entry",
    "write_file",
    "write_record",
]
