"""Watching a home's log: every tree it shows must grow out of the ones before."""

from collections.abc import Mapping, Sequence
import time
from typing import Any

from .homes import Home
from .jose import public_key
from .note import Checkpoint, cosign, open_checkpoint
from .presence import Presence
from .store import Cosigned, Store
from .tree import EMPTY_ROOT, ProofWrong, check_consistency, check_inclusion, leaf_hash
from .wire import canonical, from_b64, parse_json


class Witness:
    """Checks what homes prove, remembers it, and puts the hub's name to it."""

    def __init__(self, presence: Presence, store: Store) -> None:
        self._presence = presence
        self._store = store

    def check_entry(
        self, home: Home, proof: Mapping[str, Any], entry: Mapping[str, Any]
    ) -> None:
        """Raise ProofWrong unless this very entry (but for its `at`) is in the log."""
        content = from_b64(proof["content"])
        checkpoint = self._open(home, proof["checkpoint"])
        check_inclusion(
            leaf_hash(from_b64(proof["salt"]), content),
            proof["index"],
            checkpoint.size,
            checkpoint.root,
            _hashes(proof["inclusion"]),
        )
        shown = _entry(content)
        if proof["origin"] != checkpoint.origin or shown != {
            **entry,
            "at": shown.get("at"),
        }:
            raise ProofWrong(f"the entry is another one: {shown}")

    def cosign(self, home: Home, params: Mapping[str, Any]) -> str:
        """Give the newest checkpoint with our name; the one shown, if it may be."""
        checkpoint = self._open(home, params["checkpoint"])
        newest = self._store.newest_cosigned(checkpoint.origin)
        older, root = (newest.size, newest.root) if newest else (0, EMPTY_ROOT)
        if newest is not None and params["from_size"] != older:
            return newest.note
        path = _hashes(params["consistency"])
        check_consistency(older, root, checkpoint.size, checkpoint.root, path)
        note = self._sign(params["checkpoint"])
        self._store.keep_cosigned(
            checkpoint.origin,
            Cosigned(size=checkpoint.size, root=checkpoint.root, note=note),
        )
        return note

    def _sign(self, note: str) -> str:
        identity = self._presence.identity
        return cosign(note, identity.hub_id, identity.witness, int(time.time()))

    def _open(self, home: Home, note: str) -> Checkpoint:
        receipt = home.receipt
        log = public_key(receipt["log"])
        checkpoint = open_checkpoint(note, receipt["log_origin"], log)
        if not self._store.note_tree(
            checkpoint.origin, checkpoint.size, checkpoint.root
        ):
            raise ProofWrong("the log has shown two trees of one size")
        return checkpoint


def _entry(content: bytes) -> dict[str, Any]:
    try:
        entry = parse_json(content)
    except ValueError as error:
        raise ProofWrong("the entry is not JSON") from error
    if not isinstance(entry, dict) or canonical(entry) != content:
        raise ProofWrong("the entry is not canonical JSON")
    return entry


def _hashes(encoded: Sequence[str]) -> list[bytes]:
    return [from_b64(each) for each in encoded]
