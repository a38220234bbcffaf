"""Watching a home's log: every tree it shows must go together with those before."""

import asyncio
from collections.abc import Mapping, Sequence
import time
from typing import Any

from .homes import Gone, Home
from .jose import public_key
from .messages import result_fits
from .note import cosign, open_checkpoint
from .presence import Presence
from .store import Objection, Store, Tree
from .tree import (
    NotConsistent,
    NotProven,
    ProofWrong,
    check_consistency,
    check_inclusion,
    leaf_hash,
)
from .wire import canonical, from_b64, parse_json

CONSISTENCY = "checkpoint.consistency"
NOT_NOW = "not_available"
LEGIBLE = 200  # characters of what a home says, at most


class Witness:
    """Checks what homes prove, remembers it, and puts the hub's name to it."""

    def __init__(self, presence: Presence, store: Store) -> None:
        self._presence = presence
        self._store = store
        self._one_at_a_time: dict[str, asyncio.Lock] = {}

    def check_entry(
        self, home: Home, proof: Mapping[str, Any], entry: Mapping[str, Any]
    ) -> None:
        """Raise ProofWrong unless this very entry (but for its `at`) is in the tree shown."""
        content = from_b64(proof["content"])
        tree = self._open(home, proof["checkpoint"])
        check_inclusion(
            leaf_hash(from_b64(proof["salt"]), content),
            proof["index"],
            tree.size,
            tree.root,
            _hashes(proof["inclusion"]),
        )
        shown = _entry(content)
        if proof["origin"] != _log(home) or shown != {
            **entry,
            "at": shown.get("at"),
        }:
            raise NotProven(f"the entry is another one: {shown}")

    async def compare(
        self, home: Home, note: str, grown: Mapping[int, Sequence[bytes]] | None = None
    ) -> None:
        """Raise ProofWrong unless a tree goes together with all that the home has shown, and Gone without an answer.

        `grown` holds a proof, by the size of the tree out of which this one grew, that need not be asked for.
        """
        tree = self._open(home, note)
        async with self._one_at_a_time.setdefault(home.id, asyncio.Lock()):
            for each in [*self._store.loose_trees(_log(home)), tree]:
                known = (grown or {}) if each.size == tree.size else {}
                try:
                    await self._compare(home, each, known)
                except NotConsistent:
                    # Else one tree of a copy would have all be refused that its home shows after it.
                    self._store.forget_tree(_log(home), each.size)
                    raise

    async def _compare(
        self, home: Home, tree: Tree, grown: Mapping[int, Sequence[bytes]]
    ) -> None:
        newest = self._store.newest_tree(_log(home))
        if newest is not None and newest.size != tree.size:
            older, newer = sorted((newest, tree), key=lambda each: each.size)
            path = grown.get(older.size) if newer is tree else None
            if path is None:
                path = await self._ask(home, older.size, newer.size)
            check_consistency(older.size, older.root, newer.size, newer.root, path)
        self._store.fits(_log(home), tree.size)

    async def _ask(self, home: Home, older: int, newer: int) -> list[bytes]:
        sizes = {"from_size": older, "to_size": newer}
        answer = await home.connected().request(CONSISTENCY, sizes)
        if answer.get("error", {}).get("message") == NOT_NOW:
            raise Gone
        if not result_fits(CONSISTENCY, answer.get("result")):
            raise NotConsistent(f"trees of {older} and {newer} don't go together")
        return _hashes(answer["result"]["consistency"])

    def newer_than(self, home: Home, note: str) -> str | None:
        """Give what the home has forgotten, if it has: a larger tree of its own, with our name."""
        newest = self._store.newest_tree(_log(home))
        if newest is None or newest.size <= self._open(home, note).size:
            return None
        return self._cosigned(home, newest)

    def newest(self, home: Home) -> str | None:
        """Give the newest of the trees that go together, with our name: none but one of the home's own key made it."""
        newest = self._store.newest_tree(_log(home))
        return None if newest is None else self._cosigned(home, newest)

    def cosign(self, home: Home, note: str) -> str:
        """Put our name to a tree that goes together with all others."""
        self._store.settle_objections(home.id)
        return self._cosigned(home, self._open(home, note))

    def object(self, home: Home, note: str, wrong: ProofWrong) -> dict[str, Any]:
        """Keep what is wrong, and give what the home is told of it."""
        self._store.keep_objection(
            home.id,
            Objection(
                at=int(time.time()), reason=wrong.reason, words=str(wrong)[:LEGIBLE]
            ),
        )
        try:
            size = self._read(home, note).size
        except ProofWrong:
            size = 0
        return {"size": size, "reason": wrong.reason}

    def _cosigned(self, home: Home, tree: Tree) -> str:
        """Sign once, so that a home that lost the answer gets the same again."""
        identity = self._presence.identity
        known = self._store.cosigned(_log(home)).get(tree.size)
        if known is not None and f"\n\u2014 {identity.hub_id} " in known:
            return known
        note = cosign(tree.note, identity.hub_id, identity.witness, int(time.time()))
        self._store.keep_cosigned(_log(home), tree.size, note)
        return note

    def _open(self, home: Home, note: str) -> Tree:
        tree = self._read(home, note)
        if not self._store.note_tree(_log(home), tree):
            raise NotConsistent("the log has shown two trees of one size")
        return tree

    def _read(self, home: Home, note: str) -> Tree:
        key = public_key(home.receipt["log"])
        checkpoint = open_checkpoint(note, _log(home), key)
        return Tree(size=checkpoint.size, root=checkpoint.root, note=note)


def _log(home: Home) -> str:
    origin: str = home.receipt["log_origin"]
    return origin


def _entry(content: bytes) -> dict[str, Any]:
    try:
        entry = parse_json(content)
        if isinstance(entry, dict) and canonical(entry) == content:
            return entry
    except ValueError as error:
        raise NotProven("the entry is not JSON") from error
    raise NotProven("the entry is not canonical JSON")


def _hashes(encoded: Sequence[str]) -> list[bytes]:
    return [from_b64(each) for each in encoded]
