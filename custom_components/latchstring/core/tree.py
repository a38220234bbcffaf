"""Merkle trees as in RFC 9162 section 2.1, over hashes that the caller stores.

A *node* is the hash of a full subtree: level 0 is a leaf, and the node (level, index)
covers the 2**level leaves from index * 2**level on. A full subtree never changes, so
a store of all complete nodes gives every root and every proof in O(log n) look-ups.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
import hashlib
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256().digest()

type NodeAt = Callable[[int, int], bytes]
"""Returns the hash of the node (level, index)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A full subtree and its hash."""

    level: int
    index: int
    hash: bytes


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf; the prefix keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node by those of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def completed_by(index: int, leaf: bytes, node_at: NodeAt) -> Iterator[Node]:
    """Yield the nodes that the leaf at `index` completes above itself, lowest first."""
    level, hashed = 0, leaf
    while index & 1:
        hashed = node_hash(node_at(level, index - 1), hashed)
        level, index = level + 1, index >> 1
        yield Node(level=level, index=index, hash=hashed)


def root(size: int, node_at: NodeAt) -> bytes:
    """Return the root of the tree of the first `size` leaves."""
    return _range_hash(0, size, node_at) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node_at: NodeAt) -> tuple[bytes, ...]:
    """Return the inclusion proof of the leaf at `index` in the tree of `size` leaves (2.1.3.1)."""
    if not 0 <= index < size:
        raise IndexError(index)
    start, end, path = 0, size, []
    while end - start > 1:
        split = _split(start, end)
        if index < split:
            path.append(_range_hash(split, end, node_at))
            end = split
        else:
            path.append(_range_hash(start, split, node_at))
            start = split
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, node_at: NodeAt) -> tuple[bytes, ...]:
    """Return the consistency proof from the tree of `old` leaves to that of `new` (2.1.4.1).

    From an empty tree it is empty.
    """
    if not 0 <= old <= new:
        raise IndexError(old)
    if old == 0:
        return ()
    start, end, path = 0, new, []
    while end != old:
        split = _split(start, end)
        if old <= split:
            path.append(_range_hash(split, end, node_at))
            end = split
        else:
            path.append(_range_hash(start, split, node_at))
            start = split
    if start:
        path.append(_range_hash(start, end, node_at))
    return tuple(reversed(path))


def _split(start: int, end: int) -> int:
    """Return the end of the left subtree, whose size is the largest power of two below the whole."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _range_hash(start: int, end: int, node_at: NodeAt) -> bytes:
    """Return the hash of the subtree from `start` to before `end`, which are limits of splits."""
    nodes = [
        node_at(level, position >> level)
        for level, position in _full_subtrees(start, end)
    ]
    return reduce(lambda right, left: node_hash(left, right), reversed(nodes))


def _full_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the level and first leaf of each full subtree of a range, largest first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start
        start += 1 << level
