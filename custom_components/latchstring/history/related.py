"""What belongs together in the record: all entries of one session, or of one request."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self, TypeGuard

from ..core.entries.entry_bytes import Asserted, ContentError, asserted
from ..record import HOUSEHOLD, StoredEntry

if TYPE_CHECKING:
    from ..record.reader import RecordReader

TOLD_BY: Final = ("session", "request")
"""The members of an entry that say which session or request it is about."""

type Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """One session or request, or an entry that stands for itself; of each kind there is one entry at most."""

    entries: dict[str, StoredEntry] = field(default_factory=dict)

    def content(self, kind: str) -> Mapping[str, Any]:
        """Return what an entry says; nothing if it is not there or erased."""
        return self.entries[kind].content if kind in self.entries else {}

    def at(self, kind: str) -> datetime | None:
        """Return the time of an entry, if it is there."""
        return self.entries[kind].at if kind in self.entries else None

    @property
    def hub(self) -> str | None:
        """Return the log of the hub whose viewer this is about."""
        return next(
            (hub for each in self.entries.values() if (hub := hub_of(each))), None
        )

    @property
    def asked(self) -> Mapping[str, Any]:
        """Return the entry in which the hub says who wants to see what."""
        return self.content("session_started") or self.content("requested")

    @property
    def asserted(self) -> Asserted:
        """Return what the hub said of the viewer; nothing where that is erased or can't be read."""
        try:
            return asserted(str(self.asked.get("assertion")))
        except ContentError:
            return Asserted()


class EntryGroups:
    """Entries that belong together, found by any one of them."""

    def __init__(self, entries: Iterable[StoredEntry]) -> None:
        self._groups: dict[Key, EntryGroup] = {}
        for entry in entries:
            for key in _keys(entry):
                group = self._groups.setdefault(key, EntryGroup())
                group.entries.setdefault(entry.kind, entry)

    @classmethod
    def read(cls, reader: RecordReader, entries: Sequence[StoredEntry]) -> Self:
        """Read all that belongs to these entries: for worker threads."""
        keys = [key for entry in entries for key in _keys(entry)]
        others = [
            entry
            for column in TOLD_BY
            if (ids := [found for _, name, found in keys if name == column])
            for entry in reader.of_the_same(column, ids)
        ]
        return cls(others)

    def of(self, entry: StoredEntry) -> EntryGroup:
        """Return all that belongs to an entry."""
        for key in _keys(entry):
            if (group := self._groups.get(key)) is not None:
                return group
        return EntryGroup({entry.kind: entry})


def hub_of(entry: StoredEntry) -> str | None:
    """Return the log of the hub that an entry is about."""
    if entry.log != HOUSEHOLD:
        return entry.log
    about = entry.content.get("hub")
    return about if isinstance(about, str) else None


def _keys(entry: StoredEntry) -> Iterable[Key]:
    for name in TOLD_BY:
        # With the hub, as two hubs may use the same id.
        hub, found = hub_of(entry), entry.content.get(name)
        if hub is not None and _is_id(found):
            yield hub, name, found


def _is_id(value: object) -> TypeGuard[str]:
    """Return whether this can be looked for: what another program wrote can be text that is none."""
    return isinstance(value, str) and value.isascii()
