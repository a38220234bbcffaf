"""The errors of an export, besides those of the disk and the record."""


class NothingToExport(Exception):
    """There is no such log or entry."""


class ExportCancelled(Exception):
    """The export was cancelled."""
