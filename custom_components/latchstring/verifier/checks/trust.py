"""Trust anchors, the pairings they vouch for, and the witnesses that follow from these.

Nothing inside of an export is trusted by itself. The key of a hub (its id is in the invitation link, and
the hub publishes it) vouches for the pairing, which names the home's log and the hub's witness; the witness vouches
for the tree. The witness's key or a checkpoint from elsewhere do the same, with fewer steps.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from ..findings import LogVerdict
from ..formats.encoding import Malformed, member, printable
from ..formats.keys import PublicKey, is_signed, read_key, read_token
from ..formats.notes import SignedNote, TreeHead, read_checkpoint, read_note

PAIRING: Final = "latchstring-pairing+jwt"
COUNTERSIGNATURE: Final = "latchstring-countersignature+jwt"
HUB_SUCCESSION: Final = "latchstring-hub-succession+jwt"

MAX_SUCCESSIONS: Final = 8
MAX_PAIRINGS: Final = 100


@dataclass(frozen=True)
class Anchors:
    """The trust anchors given by the user. Keys by their thumbprints."""

    hubs: frozenset[str] = frozenset()
    witnesses: Mapping[str, PublicKey | None] = field(default_factory=dict)
    homes: frozenset[str] = frozenset()
    checkpoints: tuple["GivenCheckpoint", ...] = ()


@dataclass(frozen=True)
class GivenCheckpoint:
    """A checkpoint from elsewhere, given as an anchor."""

    note: SignedNote
    checkpoint: TreeHead
    source: str


def read_given(text: str, source: str) -> GivenCheckpoint:
    """Read a checkpoint that is given as an anchor."""
    note = read_note(text)
    return GivenCheckpoint(
        note=note, checkpoint=read_checkpoint(note.text), source=source
    )


@dataclass(frozen=True)
class SignedPairing:
    """A pairing that both sides signed: each signature names the keys of the other side.

    `successions` are tokens of the hub's former keys that may name the next one; they are not verified yet.
    """

    name: str
    home_id: str
    assertion: PublicKey
    witness: PublicKey
    log: PublicKey
    agreement: str
    successions: tuple[object, ...] = ()

    @property
    def hub_id(self) -> str:
        """Return the hub's id: the thumbprint of its key."""
        return self.assertion.thumbprint


def read_pairing(value: Mapping[str, Any]) -> SignedPairing:
    """Read a pairing and verify both signatures; Malformed where they don't match."""
    keys = member(value, "keys", dict)
    assertion, witness = read_key(keys.get("assertion")), read_key(keys.get("witness"))
    token = member(value, "receipt", str)
    receipt = read_token(token, PAIRING, None)
    dial_in = read_key(receipt.get("dial_in"))
    read_token(token, PAIRING, dial_in)
    log = read_key(receipt.get("log"))
    expected = {
        "iss": dial_in.thumbprint,
        "aud": assertion.thumbprint,
        "assertion": assertion.thumbprint,
        "witness": witness.thumbprint,
        "log_origin": f"latchstring/{log.thumbprint}",
    }
    for name, claim in expected.items():
        if receipt.get(name) != claim:
            raise Malformed(f"{name!r} in the receipt does not match the keys")
    _check_countersignature(value, token, assertion, dial_in)
    return SignedPairing(
        name=printable(member(value, "name", str)),
        home_id=dial_in.thumbprint,
        assertion=assertion,
        witness=witness,
        log=log,
        agreement=str(receipt.get("agreement")),
        successions=tuple(_successions(value)),
    )


def _successions(value: Mapping[str, Any]) -> list[object]:
    tokens = value.get("hub_successions", [])
    if not isinstance(tokens, list) or len(tokens) > MAX_SUCCESSIONS:
        raise Malformed("its successions are not a list of a few")
    return tokens


def known_keys(pairing: SignedPairing, known: Collection[str]) -> frozenset[str]:
    """Return all ids of this pairing's hub, if it is among the known ones or successions lead from them to its key."""
    followed = {pairing.hub_id} & set(known)
    for token in pairing.successions:
        try:
            claims = read_token(token, HUB_SUCCESSION, None)
            former = read_key(claims.get("former"))
            successor = read_key(claims.get("assertion"))
            is_known = former.thumbprint in {*known, *followed}
            if is_known and is_signed(str(token), former):
                followed |= {former.thumbprint, successor.thumbprint}
        except Malformed:
            continue
    return frozenset(followed) if pairing.hub_id in followed else frozenset()


def add_pairing(
    verdict: LogVerdict, pairing: SignedPairing, known: Collection[str]
) -> frozenset[str]:
    """Add the hub of a pairing to a log's verdict, and return its ids if it is known."""
    verdict.name = pairing.name
    verdict.witnesses.add(pairing.witness.thumbprint)
    verdict.agreed.add(pairing.agreement)
    ids = known_keys(pairing, known)
    verdict.hubs |= {pairing.hub_id} | ids
    return ids


def _check_countersignature(
    value: Mapping[str, Any], receipt: str, hub: PublicKey, home: PublicKey
) -> None:
    signed = read_token(value.get("countersignature"), COUNTERSIGNATURE, hub)
    expected = {
        "iss": hub.thumbprint,
        "aud": home.thumbprint,
        "receipt": sha256(receipt.encode()).hexdigest(),
    }
    if any(signed.get(name) != claim for name, claim in expected.items()):
        raise Malformed("the hub's countersignature is for another receipt")


@dataclass(frozen=True)
class LogWitness:
    """A possible witness of a log, and whether an anchor vouches for it."""

    name: str
    key: PublicKey
    called: str
    is_trusted: bool

    def saw(self, note: SignedNote) -> datetime | None:
        """Return when it cosigned this checkpoint; None if it did not, Malformed if its signature is wrong."""
        return note.cosigned_at(self.name, self.key)


def witnesses(
    pairings: list[SignedPairing], anchors: Anchors, known: Collection[str]
) -> list[LogWitness]:
    """Return the witnesses that the pairings of a log name; those of `known` hubs are trusted."""
    found = {
        (pairing.hub_id, pairing.witness): LogWitness(
            name=pairing.hub_id,
            key=pairing.witness,
            called=pairing.name,
            is_trusted=pairing.hub_id in known
            or pairing.witness.thumbprint in anchors.witnesses,
        )
        for pairing in pairings
    }
    return list(found.values())


def given_witnesses(note: SignedNote, anchors: Anchors) -> list[LogWitness]:
    """Return the witnesses given as whole keys, under each name that signed this note."""
    return [
        LogWitness(
            name=line.name, key=key, called=printable(line.name), is_trusted=True
        )
        for line in note.signatures
        for key in anchors.witnesses.values()
        if key is not None
    ]
