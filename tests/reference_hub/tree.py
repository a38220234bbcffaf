"""Checking proofs of an RFC 9162 tree."""

from collections.abc import Sequence
from hashlib import sha256
from typing import ClassVar, Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256().digest()


class ProofWrong(Exception):
    """Something a home showed does not hold; `reason` is what it is told of that."""

    reason: ClassVar[str]


class NotSigned(ProofWrong):
    reason = "not_signed"


class NotProven(ProofWrong):
    reason = "not_proven"


class NotConsistent(ProofWrong):
    reason = "not_consistent"


def leaf_hash(salt: bytes, content: bytes) -> bytes:
    return sha256(b"\x00" + salt + content).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def check_inclusion(
    leaf: bytes, index: int, size: int, root: bytes, path: Sequence[bytes]
) -> None:
    """RFC 9162, 2.1.3.2."""
    if not _are_hashes(leaf, root, *path):
        raise NotProven("not all of it are hashes")
    if not 0 <= index < size:
        raise NotProven("the entry lies beyond the tree")
    first, last, reached = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise NotProven("the inclusion proof is too long")
        if first & 1 or first == last:
            reached = _node(step, reached)
            first, last = _skip_lone(first, last)
        else:
            reached = _node(reached, step)
        first, last = first >> 1, last >> 1
    if last or reached != root:
        raise NotProven("the entry is not in the tree")


def check_consistency(
    older: int, older_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> None:
    """RFC 9162, 2.1.4.2; an empty tree is a prefix of every tree."""
    if not _are_hashes(older_root, root, *path):
        raise NotConsistent("not all of it are hashes")
    if older > size:
        raise NotConsistent("the tree has shrunk")
    if older == 0 and older_root != EMPTY_ROOT:
        raise NotConsistent("an empty tree has another root")
    if older in (0, size):
        if path or (older == size and older_root != root):
            raise NotConsistent("the tree was rewritten")
        return
    steps = list(path)
    if older & (older - 1) == 0:
        steps.insert(0, older_root)
    if not steps:
        raise NotConsistent("the consistency proof is too short")
    _climb(older - 1, size - 1, steps, (older_root, root))


def _are_hashes(*hashes: bytes) -> bool:
    return all(len(each) == HASH_BYTES for each in hashes)


def _climb(
    first: int, last: int, steps: Sequence[bytes], roots: tuple[bytes, bytes]
) -> None:
    while first & 1:
        first, last = first >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise NotConsistent("the consistency proof is too long")
        if first & 1 or first == last:
            was, now = _node(step, was), _node(step, now)
            first, last = _skip_lone(first, last)
        else:
            now = _node(now, step)
        first, last = first >> 1, last >> 1
    if last or (was, now) != roots:
        raise NotConsistent("the tree was rewritten")


def _skip_lone(first: int, last: int) -> tuple[int, int]:
    """Climb past levels on which the last node has no sibling."""
    while first and not first & 1:
        first, last = first >> 1, last >> 1
    return first, last
