"""Merkle trees as in RFC 9162 section 2.1, over hashes that somebody else keeps.

A *node* is the hash of a full subtree: level 0 is a leaf, and the node (level, index)
covers the 2**level leaves from index * 2**level on. A full subtree never changes, so
whoever keeps each node once it is complete finds every root and every proof in O(log n)
look-ups.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
import hashlib
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256().digest()

type NodeAt = Callable[[int, int], bytes]
"""Gives the hash of the node (level, index)."""


class ProofError(Exception):
    """A proof that does not prove what it was given for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A full subtree and its hash."""

    level: int
    index: int
    hash: bytes


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf; the prefix keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the one above them."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def completed_by(index: int, leaf: bytes, node_at: NodeAt) -> Iterator[Node]:
    """Yield the nodes that the leaf at `index` completes above itself, lowest first."""
    level, hashed = 0, leaf
    while index & 1:
        hashed = node_hash(node_at(level, index - 1), hashed)
        level, index = level + 1, index >> 1
        yield Node(level=level, index=index, hash=hashed)


def root(size: int, node_at: NodeAt) -> bytes:
    """Hash the whole tree of the first `size` leaves."""
    return _range_hash(0, size, node_at) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node_at: NodeAt) -> tuple[bytes, ...]:
    """Prove that the leaf at `index` is in the tree of `size` leaves (2.1.3.1)."""
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
    """Prove that the tree of `old` leaves is a prefix of that of `new` (2.1.4.1).

    Of an empty tree there is nothing to prove.
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


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes
) -> None:
    """Raise unless `proof` shows the leaf in the tree of `size` leaves (2.1.3.2)."""
    _check_hashes(leaf, root_hash, *proof)
    if not 0 <= index < size:
        raise ProofError
    at, last, hashed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError
        if at & 1 or at == last:
            hashed = node_hash(sibling, hashed)
            at, last = _past_right_edge(at, last)
        else:
            hashed = node_hash(hashed, sibling)
        at, last = at >> 1, last >> 1
    if last or hashed != root_hash:
        raise ProofError


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise unless `proof` shows that the old tree is a prefix of the new (2.1.4.2).

    Of an empty tree there is nothing to prove but that it is empty.
    """
    _check_hashes(old_root, new_root, *proof)
    if not 0 <= old <= new:
        raise ProofError
    if old == 0 and old_root != EMPTY_ROOT:
        raise ProofError
    if old in (0, new):
        if proof or (old == new and old_root != new_root):
            raise ProofError
        return
    _verify_growth(old, new, old_root, new_root, list(proof))


def _check_hashes(*hashes: bytes) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofError


def _verify_growth(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]
) -> None:
    if old & (old - 1) == 0:
        proof = [old_root, *proof]
    if not proof:
        raise ProofError
    at, last = _past_full_subtree(old - 1, new - 1)
    was = now = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            raise ProofError
        if at & 1 or at == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            at, last = _past_right_edge(at, last)
        else:
            now = node_hash(now, sibling)
        at, last = at >> 1, last >> 1
    if last or was != old_root or now != new_root:
        raise ProofError


def _past_right_edge(at: int, last: int) -> tuple[int, int]:
    """Climb the right edge of a tree that is not full to below the next sibling."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _past_full_subtree(at: int, last: int) -> tuple[int, int]:
    while at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _split(start: int, end: int) -> int:
    """Find the end of the left subtree: a power of two, the largest below the whole."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _range_hash(start: int, end: int, node_at: NodeAt) -> bytes:
    """Hash the subtree from `start` to before `end`, both where a split leaves them."""
    nodes = [
        node_at(level, position >> level)
        for level, position in _full_subtrees(start, end)
    ]
    return reduce(lambda right, left: node_hash(left, right), reversed(nodes))


def _full_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield level and first leaf of the full subtrees of a range, largest first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start
        start += 1 << level
