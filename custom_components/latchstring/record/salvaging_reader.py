"""Reading the record to show it: of a damaged file whatever is left.

Whoever decides by the record asks a `RecordReader`.
"""

from collections.abc import Callable, Iterable
from typing import override

from .epochs import cut_off
from .faults import RecordFault, RecordUnreadable
from .query import Filters
from .reader import RecordReader
from .salvage import Salvage
from .values import EntryPage, Gap, StoredEntry


class SalvagingReader(RecordReader):
    """Reads one file, as far as it can be read; raises RecordUnreadable where nothing can."""

    def page(self, log: str | None, filters: Filters) -> EntryPage:
        """Return the entries that pass, and whether some may be missing because the file is damaged."""
        try:
            return EntryPage(entries=super().entries(log, filters), damaged=False)
        except RecordUnreadable as unreadable:
            found = self._salvaged(
                unreadable, lambda salvage: salvage.entries(log, filters)
            )
        return EntryPage(entries=found, damaged=True)

    def cut_off(self) -> list[Gap] | None:
        """Return the missing end of each epoch that is known to have one; None where the file is damaged."""
        try:
            with self.connection() as connection:
                return cut_off(connection)
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
    def of_the_same(self, column: str, ids: Iterable[str]) -> list[StoredEntry]:
        wanted = list(ids)
        try:
            return super().of_the_same(column, wanted)
        except RecordUnreadable as unreadable:
            return self._salvaged(
                unreadable, lambda salvage: salvage.of_the_same(column, wanted)
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
    """Raise it again unless the file is damaged: what is locked or not there comes back whole, or not at all."""
    if unreadable.fault is not RecordFault.CORRUPT:
        raise unreadable
