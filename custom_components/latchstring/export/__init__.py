"""The record as files that anybody can check; ../verifier/export.md says what is in them.

No Home Assistant. All functions block: they are for worker threads.
"""

from .entry import write_entry
from .faults import ExportCancelled, NothingToExport
from .folder import FolderSink, ZipSink, clear_unfinished, write_file
from .record import GUIDE_FILE, ExportCounts, ExportOrder, HubDocuments, write_record
from .sink import Sink

__all__ = [
    "GUIDE_FILE",
    "ExportCancelled",
    "ExportCounts",
    "ExportOrder",
    "FolderSink",
    "HubDocuments",
    "NothingToExport",
    "Sink",
    "ZipSink",
    "clear_unfinished",
    "write_entry",
    "write_file",
    "write_record",
]
