"""Related entries of the record: all of one session, or of one request."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self, TypeGuard

from ..core.entries.entry_bytes import Asserted, ContentError, asserted
from ..record import HOUSEHOLD, StoredEntry

if TYPE_CHECKING:
    from ..record.reader import RecordReader

GROUP_MEMBERS: Final = ("session", "request")
"""The members of an entry that hold the id of its session or request."""

type Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """The entries of one session or request, or a single other entry; at most one entry of each kind."""

    entries: dict[str, StoredEntry] = field(default_factory=dict)

    def content(self, kind: str) -> Mapping[str, Any]:
        """Return the content of an entry; empty if it is missing or erased."""
        return self.entries[kind].content if kind in self.entries else {}

    def at(self, kind: str) -> datetime | None:
        """Return the time of an entry; None: it is missing."""
        return self.entries[kind].at if kind in self.entries else None

    @property
    def hub(self) -> str | None:
        """Return the log of the hub that the group is about."""
        return next(
            (hub for each in self.entries.values() if (hub := hub_of(each))), None
        )

    @property
    def first_content(self) -> Mapping[str, Any]:
        """Return the content of the entry that begins the session or request: who wants to see what."""
        return self.content("session_started") or self.content("requested")

    @property
    def asserted(self) -> Asserted:
        """Return the hub's claims about the viewer; empty if they are erased or unreadable."""
        try:
            return asserted(str(self.first_content.get("assertion")))
        except ContentError:
            return Asserted()


class EntryGroups:
    """Groups of related entries, found by any entry of a group."""

    def __init__(self, entries: Iterable[StoredEntry]) -> None:
        self._groups: dict[Key, EntryGroup] = {}
        for entry in entries:
            for key in _keys(entry):
                group = self._groups.setdefault(key, EntryGroup())
                group.entries.setdefault(entry.kind, entry)

    @classmethod
    def read(cls, reader: RecordReader, entries: Sequence[StoredEntry]) -> Self:
        """Read all entries related to these: for worker threads."""
        keys = [key for entry in entries for key in _keys(entry)]
        others = [
            entry
            for column in GROUP_MEMBERS
            if (ids := [found for _, name, found in keys if name == column])
            for entry in reader.related(column, ids)
        ]
        return cls(others)

    def of(self, entry: StoredEntry) -> EntryGroup:
        """Return the group of an entry."""
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
    for name in GROUP_MEMBERS:
        # With the hub, as two hubs may use the same id.
        hub, found = hub_of(entry), entry.content.get(name)
        if hub is not None and _is_id(found):
            yield hub, name, found


def _is_id(value: object) -> TypeGuard[str]:
    """Return whether this can be an id: another program may have written anything there."""
    return isinstance(value, str) and value.isascii()
