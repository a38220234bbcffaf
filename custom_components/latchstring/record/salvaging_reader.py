"""Reading the record for display: of a damaged file whatever is left.

Decisions use a `RecordReader`, which raises where the file is damaged.
"""

from collections.abc import Callable, Iterable
from typing import override

from .epochs import missing_ends
from .faults import RecordFault, RecordUnreadable
from .query import Filters
from .reader import RecordReader
from .salvage import Salvage
from .values import EntryPage, Gap, StoredEntry


class SalvagingReader(RecordReader):
    """Reads as much of the file as can be read; raises RecordUnreadable where nothing can."""

    def page(self, log: str | None, filters: Filters) -> EntryPage:
        """Return the entries that match, and whether some may be missing because the file is damaged."""
        try:
            return EntryPage(entries=super().entries(log, filters), damaged=False)
        except RecordUnreadable as unreadable:
            found = self._salvaged(
                unreadable, lambda salvage: salvage.entries(log, filters)
            )
        return EntryPage(entries=found, damaged=True)

    def missing_ends(self) -> list[Gap] | None:
        """Return the missing end of each epoch that is known to have one; None where the file is damaged."""
        try:
            with self.connection() as connection:
                return missing_ends(connection)
        except RecordUnreadable as unreadable:
            _require_damaged(unreadable)
        return None

    @override
    def entries(self, log: str | None, filters: Filters) -> list[StoredEntry]:
        return self.page(log, filters).entries

    @override
    def get(self, entry: str) -> StoredEntry | None:
        try:
            return super().get(entry)
        except RecordUnreadable as unreadable:
            found = self._salvaged(unreadable, lambda salvage: salvage.get(entry))
        return found[0] if found else None

    @override
    def related(self, column: str, ids: Iterable[str]) -> list[StoredEntry]:
        wanted = list(ids)
        try:
            return super().related(column, wanted)
        except RecordUnreadable as unreadable:
            return self._salvaged(
                unreadable, lambda salvage: salvage.related(column, wanted)
            )

    @override
    def newest(self) -> int:
        try:
            return super().newest()
        except RecordUnreadable as unreadable:
            _require_damaged(unreadable)
        with self.connection() as connection:
            return Salvage(connection).last()

    def _salvaged(
        self, unreadable: RecordUnreadable, read: Callable[[Salvage], list[StoredEntry]]
    ) -> list[StoredEntry]:
        _require_damaged(unreadable)
        with self.connection() as connection:
            return read(Salvage(connection))


def _require_damaged(unreadable: RecordUnreadable) -> None:
    """Re-raise unless the file is damaged: a locked or missing file is not salvaged."""
    if unreadable.fault is not RecordFault.CORRUPT:
        raise unreadable
