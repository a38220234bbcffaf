"""A home's log, as the document describes it: an RFC 9162 tree and signed notes."""

from collections.abc import Sequence
from hashlib import sha256
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .jose import thumbprint
from .wire import b64, canonical


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Give the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def tree_root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    middle = _split(len(leaves))
    return _node(tree_root(leaves[:middle]), tree_root(leaves[middle:]))


def inclusion_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 9162, 2.1.3.1."""
    if len(leaves) < 2:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*inclusion_path(index, leaves[:middle]), tree_root(leaves[middle:])]
    rest = inclusion_path(index - middle, leaves[middle:])
    return [*rest, tree_root(leaves[:middle])]


def consistency_path(
    older: int, leaves: Sequence[bytes], *, whole: bool = True
) -> list[bytes]:
    """RFC 9162, 2.1.4.1; for an empty older tree there is nothing to prove."""
    if older in (0, len(leaves)):
        return [] if whole else [tree_root(leaves)]
    middle = _split(len(leaves))
    if older <= middle:
        rest = consistency_path(older, leaves[:middle], whole=whole)
        return [*rest, tree_root(leaves[middle:])]
    rest = consistency_path(older - middle, leaves[middle:], whole=False)
    return [*rest, tree_root(leaves[:middle])]


class SampleLog:
    """Entries and what can be shown of them."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.origin = f"latchstring/{thumbprint(self.key.public_key())}"
        self.leaves: list[bytes] = []

    @property
    def root(self) -> bytes:
        return tree_root(self.leaves)

    def prove(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Add an entry and show it."""
        content, salt = canonical(entry), secrets.token_bytes(32)
        self.leaves.append(sha256(b"\x00" + salt + content).digest())
        index = len(self.leaves) - 1
        return {
            "origin": self.origin,
            "index": index,
            "content": b64(content),
            "salt": b64(salt),
            "checkpoint": self.checkpoint(),
            "inclusion": [b64(each) for each in inclusion_path(index, self.leaves)],
        }

    def checkpoint(self) -> str:
        root = b64(tree_root(self.leaves))
        body = f"{self.origin}\n{len(self.leaves)}\n{root}\n"
        public = self.key.public_key().public_bytes_raw()
        key_id = sha256(f"{self.origin}\n\x01".encode() + public).digest()[:4]
        signature = b64(key_id + self.key.sign(body.encode()))
        return f"{body}\n\N{EM DASH} {self.origin} {signature}\n"

    def consistency(self, older: int, newer: int) -> list[str]:
        """Show that the tree of `older` entries is a prefix of that of `newer`."""
        return [b64(each) for each in consistency_path(older, self.leaves[:newer])]

    def grown_from(self, older: int) -> dict[str, Any]:
        """Give the members of a `checkpoint` message."""
        return {
            "checkpoint": self.checkpoint(),
            "from_size": older,
            "consistency": self.consistency(older, len(self.leaves)),
        }
