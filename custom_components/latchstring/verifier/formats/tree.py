"""Merkle trees as in RFC 9162: built leaf by leaf in O(log n) memory, and inclusion proofs."""

from collections.abc import Sequence
from hashlib import sha256

from .encoding import Malformed


def leaf_hash(salt: bytes, content: bytes) -> bytes:
    """Return the leaf of an entry: salted, so that it confirms no guess at the content."""
    return sha256(b"\x00" + salt + content).digest()


class GrowingTree:
    """The tree of the leaves so far, held as the hashes of its full subtrees, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Append a leaf."""
        rest, subtrees = self.size, self._subtrees
        while rest & 1:
            leaf = sha256(b"\x01" + subtrees.pop() + leaf).digest()
            rest >>= 1
        subtrees.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root hash."""
        if not self._subtrees:
            return sha256().digest()
        hashed = self._subtrees[-1]
        for left in reversed(self._subtrees[:-1]):
            hashed = sha256(b"\x01" + left + hashed).digest()
        return hashed


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that follows from an inclusion proof (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        raise Malformed("the entry is beyond the end of the tree")
    first, last, hashed = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise Malformed("the inclusion proof is too long")
        if first & 1 or first == last:
            hashed = sha256(b"\x01" + step + hashed).digest()
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            hashed = sha256(b"\x01" + hashed + step).digest()
        first, last = first >> 1, last >> 1
    if last:
        raise Malformed("the inclusion proof is too short")
    return hashed
