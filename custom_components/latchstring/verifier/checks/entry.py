"""The check of one exported entry: its inclusion proof, its signatures, and who confirmed the tree."""

from collections import Counter
from typing import Any, Final

from ..findings import AuditFinding, Confirmation, How, LogVerdict, Verdict
from ..formats.encoding import (
    Malformed,
    member,
    milliseconds,
    printable,
    read_canonical,
    read_hash,
    read_object,
    read_time,
)
from ..formats.keys import PublicKey, read_key
from ..formats.notes import SignedNote, TreeHead, read_checkpoint, read_note
from ..formats.tree import leaf_hash, root_by_path
from ..sources.source import Unusable
from .dates import doubtful
from .tokens import TOKENS, signer
from .trust import (
    MAX_PAIRINGS,
    Anchors,
    SignedPairing,
    add_pairing,
    given_witnesses,
    read_pairing,
    witnesses,
)

FORMAT: Final = "latchstring-entry/v1"
MAX_BYTES: Final = 1_048_576
MAX_PATH: Final = 64


def check_entry(data: bytes, anchors: Anchors) -> Verdict:
    """Check an entry with its proof; Unusable for what is none."""
    if len(data) > MAX_BYTES:
        raise Unusable("it is too long for one entry")
    try:
        proof = read_object(data)
        if proof.get("format") != FORMAT:
            raise Unusable("it is not an entry with its proof")
        return Verdict(what="entry", logs=[_Proof(proof, anchors).check()])
    except Malformed as error:
        raise Unusable(str(error)) from error


class _Proof:
    """Checks the proof of one entry; Malformed where it can't be read."""

    def __init__(self, proof: dict[str, Any], anchors: Anchors) -> None:
        self._proof = proof
        self._anchors = anchors
        self._known = anchors.hubs
        self._key: PublicKey = read_key(proof.get("key"))
        self._note: SignedNote = read_note(proof.get("checkpoint"))
        self._checkpoint: TreeHead = read_checkpoint(self._note.text)
        self._entry: dict[str, Any] = {}
        self._index: int = member(proof, "index", int)
        self._verdict = LogVerdict(
            log=member(proof, "log", str),
            epoch=member(proof, "epoch", int),
            name=printable(proof["log"]),
            origin=member(proof, "origin", str),
            size=self._checkpoint.size,
            root=self._checkpoint.root,
        )

    def check(self) -> LogVerdict:
        """Check the proof from the entry up to the confirmation of the tree, and return the verdict."""
        self._check_checkpoint()
        self._check_inclusion()
        pairings = self._pairings()
        self._check_signed(pairings)
        if not self._verdict.findings:
            self._verdict.confirmed = self._confirmed(pairings)
            self._check_date()
        return self._verdict

    def _check_checkpoint(self) -> None:
        verdict = self._verdict
        if verdict.origin != f"latchstring/{self._key.thumbprint}":
            self._find(
                How.KEY_SWAPPED, "the log's key is not the one that it is named after"
            )
        if self._checkpoint.origin != verdict.origin:
            self._find(How.KEY_SWAPPED, "the checkpoint belongs to another log")
        elif not self._note.is_signed(verdict.origin, self._key):
            self._find(How.SIGNATURE, "the checkpoint is not signed by the log's key")
        for given in self._anchors.checkpoints:
            if given.checkpoint.origin != verdict.origin:
                continue
            if (
                given.checkpoint.size == self._checkpoint.size
                and given.checkpoint.root != self._checkpoint.root
            ):
                self._find(
                    How.FORK,
                    f"{printable(given.source)} has a different tree with as many entries",
                )

    def _check_inclusion(self) -> None:
        content = member(self._proof, "content", str).encode()
        salt = read_hash(member(self._proof, "salt", str))
        steps = member(self._proof, "inclusion", list)
        try:
            self._entry = read_canonical(content)
            root = root_by_path(
                leaf_hash(salt, content),
                self._index,
                self._checkpoint.size,
                [read_hash(step) for step in steps[:MAX_PATH]],
            )
        except Malformed as error:
            self._find(How.EDITED, str(error))
            return
        if root != self._checkpoint.root:
            self._find(How.EDITED, "it is not what the signed tree has in this place")

    def _pairings(self) -> list[SignedPairing]:
        found = []
        for value in member(self._proof, "pairings", list)[:MAX_PAIRINGS]:
            try:
                pairing = read_pairing(value if isinstance(value, dict) else {})
            except Malformed as error:
                self._find(How.SIGNATURE, f"the pairing is not valid: {error}")
                continue
            if pairing.log == self._key:
                self._known |= add_pairing(self._verdict, pairing, self._known)
                found.append(pairing)
            else:
                self._find(
                    How.KEY_SWAPPED, "the pairing names another key for this log"
                )
        return found

    def _check_signed(self, pairings: list[SignedPairing]) -> None:
        """Verify what a hub has signed within the entry: a confirmation of the tree does not cover that."""
        kind = self._entry.get("kind")
        try:
            if kind == "paired":
                read_pairing(self._entry)
            elif kind in TOKENS:
                signed = Counter([signer(str(kind), self._entry, pairings)])
                self._verdict.note_signers(signed, self._known)
        except Malformed as error:
            self._find(How.ASSERTION, f"what the hub signed is wrong: {error}")

    def _confirmed(self, pairings: list[SignedPairing]) -> Confirmation | None:
        size = self._checkpoint.size
        for witness in [
            *witnesses(pairings, self._anchors, self._known),
            *given_witnesses(self._note, self._anchors),
        ]:
            try:
                at = witness.saw(self._note)
            except Malformed as error:
                self._find(How.SIGNATURE, str(error))
                return None
            if at is not None and witness.is_trusted:
                self._verdict.witnesses.add(witness.key.thumbprint)
                return Confirmation(
                    size=size, by=f"{witness.called} ({witness.key.thumbprint})", at=at
                )
        for given in self._anchors.checkpoints:
            if given.checkpoint == self._checkpoint:
                return Confirmation(
                    size=size,
                    by=f"the checkpoint in {printable(given.source)}",
                    at=None,
                )
        return None

    def _check_date(self) -> None:
        """Add a gap if it was confirmed before it was written."""
        confirmed, entry = self._verdict.confirmed, self._entry
        if confirmed is not None:
            at = milliseconds(read_time(entry.get("at")))
            if doubt := doubtful(confirmed, {confirmed.size - 1: at}):
                self._verdict.gaps.append(doubt)

    def _find(self, how: How, text: str) -> None:
        finding = AuditFinding(how=how, text=text, index=self._index)
        self._verdict.findings.append(finding)
