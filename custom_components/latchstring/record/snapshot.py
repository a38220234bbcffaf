"""A consistent snapshot of the record for exports. All functions block."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import batched
import sqlite3
from typing import Any, Final

from ..core.signatures.note import Checkpoint, sign_checkpoint
from ..core.tree import inclusion_proof, root
from .agreements import agreements_of
from .append import log_size, nodes_of
from .faults import malformed_as_damaged
from .reader import RecordReader
from .values import LogIdentity

CHUNK: Final = 512

MAX_LEAP: Final = 1 << 24
"""The most entries to skip: no damage is larger."""

ALONG_INDEX: Final = (
    "SELECT seq, idx, leaf, salt, content FROM entries WHERE log_id = ? ORDER BY idx"
)
ALONG_TABLE: Final = (
    "SELECT seq, idx, leaf, salt, content FROM entries NOT INDEXED"
    " WHERE log_id = ? AND seq >= ? ORDER BY seq LIMIT ?"
)

type Identities = Mapping[str, LogIdentity]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRow:
    """One epoch of a log; `checkpoint` is of all of it, None where its key is not there to sign one."""

    log: str
    epoch: int
    origin: str
    public_key: bytes
    size: int
    checkpoint: str | None
    log_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """An entry as it was hashed; an erased one has only its leaf."""

    index: int
    leaf: bytes
    salt: bytes | None
    content: bytes | None


class Snapshot:
    """Reads in one transaction, so that what is written meanwhile is not seen."""

    def __init__(self, connection: sqlite3.Connection, identities: Identities) -> None:
        self._connection = connection
        self._identities = identities

    def epochs(self) -> list[EpochRow]:
        """Return every epoch of every log, in the order in which they began."""
        rows = self._connection.execute(
            "SELECT id, log, epoch, origin, public_key, closing FROM logs ORDER BY id"
        ).fetchall()
        return [self._epoch(*row) for row in rows]

    def entries(self, epoch: EpochRow) -> Iterator[list[EntryRow]]:
        """Yield the entries of an epoch in order, in chunks; what can't be read of a damaged file is left out."""
        last = -1
        along = self._readable(ALONG_INDEX, (epoch.log_id,))
        for some in batched(along, CHUNK, strict=False):
            last = some[-1][1]
            yield [_entry_row(row) for row in some]
        if last + 1 < epoch.size:
            yield from self._salvaged(epoch.log_id, last)

    def _salvaged(self, log_id: int, last: int) -> Iterator[list[EntryRow]]:
        """Yield the entries after `last` by a scan of the table, skipping over damage in growing steps."""
        seq, leap = 0, 1
        while leap < MAX_LEAP:
            some = list(self._readable(ALONG_TABLE, (log_id, seq, CHUNK)))
            if wanted := [_entry_row(row) for row in some if row[1] > last]:
                last = wanted[-1].index
                yield wanted
            if some:
                seq, leap = some[-1][0] + 1, 1
            else:
                seq, leap = seq + leap, 2 * leap

    def _readable(self, query: str, values: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        """Yield rows up to the first that can't be read."""
        with suppress(sqlite3.DatabaseError):
            yield from self._connection.execute(query, values)

    def entry(self, epoch: EpochRow, index: int) -> EntryRow | None:
        """Return one entry."""
        row = self._connection.execute(
            "SELECT leaf, salt, content FROM entries WHERE log_id = ? AND idx = ?",
            (epoch.log_id, index),
        ).fetchone()
        if row is None:
            return None
        leaf, salt, content = row
        return EntryRow(index=index, leaf=leaf, salt=salt, content=content)

    def cosigned(self, epoch: EpochRow) -> list[tuple[int, str]]:
        """Return the checkpoints that the witness has cosigned, with their sizes, in order."""
        cosigned: list[tuple[int, str]] = []
        with suppress(sqlite3.DatabaseError):
            cosigned += self._connection.execute(
                "SELECT size, note FROM cosignatures WHERE log_id = ? ORDER BY size",
                (epoch.log_id,),
            )
        return cosigned

    def agreements(self, log: str) -> dict[str, bytes]:
        """Return the agreements that were accepted with the hub of this log, by hash."""
        with suppress(sqlite3.DatabaseError):
            return agreements_of(self._connection, log)
        return {}

    def inclusion(self, epoch: EpochRow, index: int, size: int) -> tuple[bytes, ...]:
        """Return the inclusion proof of an entry in the tree of `size` entries; Damaged where a node is lost."""
        with malformed_as_damaged():
            nodes = nodes_of(self._connection, epoch.log_id)
            return inclusion_proof(index, size, nodes)

    def _epoch(
        self,
        log_id: int,
        log: str,
        epoch: int,
        origin: str,
        public_key: bytes,
        closing: str | None,
    ) -> EpochRow:
        size = self._size(log_id)
        return EpochRow(
            log=log,
            epoch=epoch,
            origin=origin,
            public_key=public_key,
            size=size,
            checkpoint=closing or self._checkpoint(log, origin, log_id, size),
            log_id=log_id,
        )

    def _size(self, log_id: int) -> int:
        """Return how many entries an epoch has; in a damaged file up to the last one found."""
        try:
            return log_size(self._connection, log_id)
        except sqlite3.DatabaseError:
            found = (some[-1].index + 1 for some in self._salvaged(log_id, -1))
            return max(found, default=0)

    def _checkpoint(self, log: str, origin: str, log_id: int, size: int) -> str | None:
        identity = self._identities.get(log)
        if identity is None or identity.origin != origin:
            return None
        # A tree with lost nodes has no root to sign; its entries are exported all the same.
        with suppress(LookupError, sqlite3.DatabaseError):
            hashed = root(size, nodes_of(self._connection, log_id))
            head = Checkpoint(origin=origin, size=size, root=hashed)
            return sign_checkpoint(head, identity.key)
        return None


def _entry_row(row: tuple[Any, ...]) -> EntryRow:
    _, index, leaf, salt, content = row
    return EntryRow(index=index, leaf=leaf, salt=salt, content=content)


@contextmanager
def snapshot(reader: RecordReader, identities: Identities) -> Iterator[Snapshot]:
    """Open a snapshot of the record; raises RecordUnreadable."""
    with reader.connection() as connection:
        connection.execute("BEGIN")
        yield Snapshot(connection, identities)
