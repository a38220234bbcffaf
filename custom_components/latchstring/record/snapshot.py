"""All of the record as it is at one moment, to be handed over. All functions here block."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
import sqlite3
from typing import Final

from ..core.note import Checkpoint, sign_checkpoint
from ..core.tree import inclusion_proof, root
from .append import log_size, nodes_of
from .reading import Reader
from .values import LogIdentity

CHUNK: Final = 512

type Identities = Mapping[str, LogIdentity]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEpoch:
    """One epoch of a log as it stands in the file; `checkpoint` is of all of it, if its key is there to sign."""

    log: str
    epoch: int
    origin: str
    public_key: bytes
    size: int
    checkpoint: str | None
    log_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEntry:
    """An entry as it was hashed; one that was erased has its leaf alone."""

    index: int
    leaf: bytes
    salt: bytes | None
    content: bytes | None


class Snapshot:
    """Reads one moment, however long that takes and whoever writes meanwhile."""

    def __init__(self, connection: sqlite3.Connection, identities: Identities) -> None:
        self._connection = connection
        self._identities = identities

    def epochs(self) -> list[KeptEpoch]:
        """Give every epoch of every log, in the order they were begun."""
        rows = self._connection.execute(
            "SELECT id, log, epoch, origin, public_key, closing FROM logs ORDER BY id"
        ).fetchall()
        return [self._epoch(*row) for row in rows]

    def entries(self, epoch: KeptEpoch) -> Iterator[list[KeptEntry]]:
        """Give the entries of an epoch in order, some at a time."""
        rows = self._connection.execute(
            "SELECT idx, leaf, salt, content FROM entries WHERE log_id = ? ORDER BY idx",
            (epoch.log_id,),
        )
        while some := rows.fetchmany(CHUNK):
            yield [
                KeptEntry(index=index, leaf=leaf, salt=salt, content=content)
                for index, leaf, salt, content in some
            ]

    def entry(self, epoch: KeptEpoch, index: int) -> KeptEntry | None:
        """Give one entry."""
        row = self._connection.execute(
            "SELECT leaf, salt, content FROM entries WHERE log_id = ? AND idx = ?",
            (epoch.log_id, index),
        ).fetchone()
        if row is None:
            return None
        leaf, salt, content = row
        return KeptEntry(index=index, leaf=leaf, salt=salt, content=content)

    def cosigned(self, epoch: KeptEpoch) -> list[tuple[int, str]]:
        """Give the checkpoints that the witness has cosigned, with their sizes, in order."""
        return self._connection.execute(
            "SELECT size, note FROM cosignatures WHERE log_id = ? ORDER BY size",
            (epoch.log_id,),
        ).fetchall()

    def inclusion(self, epoch: KeptEpoch, index: int, size: int) -> tuple[bytes, ...]:
        """Prove that an entry stands in the tree of the first `size`."""
        return inclusion_proof(index, size, nodes_of(self._connection, epoch.log_id))

    def _epoch(
        self,
        log_id: int,
        log: str,
        epoch: int,
        origin: str,
        public_key: bytes,
        closing: str | None,
    ) -> KeptEpoch:
        size = log_size(self._connection, log_id)
        return KeptEpoch(
            log=log,
            epoch=epoch,
            origin=origin,
            public_key=public_key,
            size=size,
            checkpoint=closing or self._checkpoint(log, origin, log_id, size),
            log_id=log_id,
        )

    def _checkpoint(self, log: str, origin: str, log_id: int, size: int) -> str | None:
        identity = self._identities.get(log)
        if identity is None or identity.origin != origin:
            return None
        # What can't be hashed any more can't be signed; what is left of it is handed over all the same.
        with suppress(LookupError, sqlite3.DatabaseError):
            hashed = root(size, nodes_of(self._connection, log_id))
            head = Checkpoint(origin=origin, size=size, root=hashed)
            return sign_checkpoint(head, identity.key)
        return None


@contextmanager
def snapshot(reader: Reader, identities: Identities) -> Iterator[Snapshot]:
    """Hold one moment of the record; raises RecordUnreadable."""
    with reader.connection() as connection:
        connection.execute("BEGIN")
        yield Snapshot(connection, identities)
