"""Whom to believe: what the one who checks brings along, and what follows from it.

Nothing inside of an export is believed for its own sake. The key of a hub (its id stands in the invitation link, and
the hub publishes it) vouches for the pairing, which names the home's log and the hub's witness; the witness vouches
for the tree. The witness's key or a checkpoint from elsewhere do the same, with fewer steps.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from ..formats.encoding import Malformed, member, shown
from ..formats.keys import PublicKey, is_signed, read_key, read_token
from ..formats.notes import SignedNote, TreeHead, read_checkpoint, read_note

PAIRING: Final = "latchstring-pairing+jwt"
COUNTERSIGNATURE: Final = "latchstring-countersignature+jwt"
HUB_SUCCESSION: Final = "latchstring-hub-succession+jwt"

MAX_SUCCESSIONS: Final = 8


@dataclass(frozen=True)
class Anchors:
    """What the one who checks brings along. Keys by their thumbprints."""

    hubs: frozenset[str] = frozenset()
    witnesses: Mapping[str, PublicKey | None] = field(default_factory=dict)
    homes: frozenset[str] = frozenset()
    checkpoints: tuple["Given", ...] = ()


@dataclass(frozen=True)
class Given:
    """A checkpoint that was kept elsewhere."""

    note: SignedNote
    checkpoint: TreeHead
    source: str


def given(text: str, source: str) -> Given:
    """Read a checkpoint that was brought along."""
    note = read_note(text)
    return Given(note=note, checkpoint=read_checkpoint(note.text), source=source)


@dataclass(frozen=True)
class SignedPairing:
    """A pairing that both sides signed: each key in it is named by the other side's signature.

    `successions` are what former keys of the hub may have signed of those that followed them; nothing is verified.
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
        """Name the hub as it does."""
        return self.assertion.thumbprint


def read_pairing(value: Mapping[str, Any]) -> SignedPairing:
    """Check what two sides signed; Malformed where it does not hold together."""
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
    for name, said in expected.items():
        if receipt.get(name) != said:
            raise Malformed(f"{name!r} in the receipt does not match the keys")
    _check_countersignature(value, token, assertion, dial_in)
    return SignedPairing(
        name=shown(member(value, "name", str)),
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


def known_by(pairing: SignedPairing, known: Collection[str]) -> frozenset[str]:
    """Return all that this pairing's hub was known by, if it is one of those known or their keys lead to its key."""
    followed = {pairing.hub_id} & set(known)
    for token in pairing.successions:
        try:
            said = read_token(token, HUB_SUCCESSION, None)
            former = read_key(said.get("former"))
            successor = read_key(said.get("assertion"))
            is_known = former.thumbprint in {*known, *followed}
            if is_known and is_signed(str(token), former):
                followed |= {former.thumbprint, successor.thumbprint}
        except Malformed:
            continue
    return frozenset(followed) if pairing.hub_id in followed else frozenset()


def _check_countersignature(
    value: Mapping[str, Any], receipt: str, hub: PublicKey, home: PublicKey
) -> None:
    signed = read_token(value.get("countersignature"), COUNTERSIGNATURE, hub)
    expected = {
        "iss": hub.thumbprint,
        "aud": home.thumbprint,
        "receipt": sha256(receipt.encode()).hexdigest(),
    }
    if any(signed.get(name) != said for name, said in expected.items()):
        raise Malformed("the hub's countersignature is for another receipt")


@dataclass(frozen=True)
class LogWitness:
    """Somebody who can have seen a log, and whether the one who checks has reason to believe them."""

    name: str
    key: PublicKey
    called: str
    is_trusted: bool

    def saw(self, note: SignedNote) -> datetime | None:
        """Return when they saw this checkpoint; None if they did not, Malformed if their line is wrong."""
        return note.cosigned_at(self.name, self.key)


def witnesses(
    pairings: list[SignedPairing], anchors: Anchors, known: Collection[str]
) -> list[LogWitness]:
    """Return those who the pairings of a log say can have seen it; those of `known` hubs are to be believed."""
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


def brought(note: SignedNote, anchors: Anchors) -> list[LogWitness]:
    """Return the witnesses brought along as whole keys, under whatever names this note has."""
    return [
        LogWitness(name=line.name, key=key, called=shown(line.name), is_trusted=True)
        for line in note.signatures
        for key in anchors.witnesses.values()
        if key is not None
    ]
