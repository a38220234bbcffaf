"""How much of a log its hub has confirmed, and how much video it received: by its signatures alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..core.entries.entry_bytes import UNREADABLE_ENTRY, leaf
from ..core.schema import MalformedError
from ..core.signatures.jose import TokenType, public_key, read_token, thumbprint
from ..core.signatures.note import NoteError, verify_checkpoint, verify_cosignature
from ..core.tree import node_hash
from ..record import EntryRow, EpochRow


class ConfirmationCheck:
    """Takes the entries of one epoch in order, and compares them with what the hub has signed."""

    def __init__(self, epoch: EpochRow, cosigned: Iterable[tuple[int, str]]) -> None:
        self._epoch = epoch
        self._notes = dict(cosigned)
        self._roots: dict[int, bytes] = {}
        self._peaks: list[tuple[int, bytes]] = []
        self._read = 0
        self._is_whole = True
        self._hubs: dict[str, tuple[Ed25519PublicKey, Ed25519PublicKey]] = {}

    def paired(self, keys: Mapping[str, Any]) -> None:
        """Add the keys of a hub that this log was paired with; keys of small order are ignored."""
        try:
            assertion, witness = map(public_key, (keys["assertion"], keys["witness"]))
        except (*UNREADABLE_ENTRY, MalformedError):
            return
        self._hubs[thumbprint(assertion)] = assertion, witness

    def take(self, entry: EntryRow) -> None:
        """Add the next entry: after one that does not match its leaf, or is out of order, nothing is confirmed."""
        self._is_whole = self._is_whole and _is_hashed(entry, self._read)
        if not self._is_whole:
            return
        self._read += 1
        level, hashed = 0, entry.leaf
        while self._peaks and self._peaks[-1][0] == level:
            hashed = node_hash(self._peaks.pop()[1], hashed)
            level += 1
        self._peaks.append((level, hashed))
        if self._read in self._notes:
            self._roots[self._read] = self._root()

    def confirmed(self) -> int:
        """Return how many of the entries the hub has confirmed."""
        sizes = (size for size in self._roots if self._is_confirmed(size))
        return max(sizes, default=0)

    def is_head(self, content: Mapping[str, Any]) -> bool:
        """Return whether this is the head of all the entries taken, which are the whole epoch."""
        return (
            0 < self._read == self._epoch.size == content.get("size")
            and content.get("origin") == self._epoch.origin
            and content.get("root") == self._root().hex()
        )

    def receipt(self, content: Mapping[str, Any]) -> int | None:
        """Return how many bytes of a session the hub has signed to have received; None if it has not."""
        for key, _ in self._hubs.values():
            try:
                claims = read_token(content["receipt"], typ=TokenType.RECEIPT, key=key)
            except MalformedError:
                continue
            match claims:
                case {"session": session, "bytes": int(count)}:
                    return count if session == content["session"] else None
        return None

    def _root(self) -> bytes:
        peaks = [hashed for _, hashed in self._peaks]
        root = peaks.pop()
        while peaks:
            root = node_hash(peaks.pop(), root)
        return root

    def _is_confirmed(self, size: int) -> bool:
        note, epoch = self._notes[size], self._epoch
        key = Ed25519PublicKey.from_public_bytes(epoch.public_key)
        try:
            checkpoint = verify_checkpoint(note, origin=epoch.origin, key=key)
        except NoteError:
            return False
        return (checkpoint.size, checkpoint.root) == (size, self._roots[size]) and any(
            _is_cosigned(note, hub, witness) for hub, (_, witness) in self._hubs.items()
        )


def _is_hashed(entry: EntryRow, place: int) -> bool:
    """Return whether an entry has this index, and its leaf is the hash of its content, unless that is erased."""
    if entry.index != place:
        return False
    if entry.content is None or entry.salt is None:
        return entry.content is entry.salt
    try:
        return leaf(entry.content, entry.salt) == entry.leaf
    except ValueError:
        return False


def _is_cosigned(note: str, hub: str, witness: Ed25519PublicKey) -> bool:
    try:
        verify_cosignature(note, name=hub, key=witness)
    except NoteError:
        return False
    return True
