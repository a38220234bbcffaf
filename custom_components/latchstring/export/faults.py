"""What can keep an export from being made, beside the disk and the record."""


class NothingToExport(Exception):
    """There is no such log, or no such entry."""


class ExportCancelled(Exception):
    """Nobody waits for it any more."""
