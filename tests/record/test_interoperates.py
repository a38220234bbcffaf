"""What a record proves, in the hands of a library that shares nothing with ours."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint, ConsistencyProof, InclusionProof

from custom_components.latchstring.record import Record
from tests.reference_hub.note import cosign

from .entries import HUB, identity, plain

ENTRIES = 21
NOTE, COSIGNATURE = 1, 4
WITNESS = "the-hub"
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def opened(note: str) -> Checkpoint:
    """Read a checkpoint by the log's name and key."""
    known = identity(HUB)
    key = known.key.public_key().public_bytes_raw()
    head = Checkpoint.from_text(note)
    head.verify(Vkey(known.origin, None, NOTE, key))
    assert head.origin == known.origin
    return head


async def test_others_accept_every_entry_every_growth_and_the_cosigned_head(
    record: Record, at: datetime
) -> None:
    heads: list[Checkpoint] = []
    for number in range(ENTRIES):
        await record.log(HUB).append(plain(str(number)), at=at)
        grown = await record.log(HUB).prove_head(from_size=number)
        heads.append(head := opened(grown.checkpoint))
        if number:
            growth = ConsistencyProof(number, head.size, [*grown.consistency])
            growth.check(heads[number - 1].root_hash, head.root_hash)
    for number in range(ENTRIES):
        proof = await record.log(HUB).prove(number, at=at)
        head = opened(proof.checkpoint)
        InclusionProof(number, head.size, [*proof.inclusion]).check(
            leaf_hash(proof.salt + proof.content), head.root_hash
        )
    last = await record.log(HUB).prove_head(from_size=0)
    note = cosign(last.checkpoint, WITNESS, WITNESS_KEY, int(at.timestamp()))
    key = WITNESS_KEY.public_key()
    await record.log(HUB).keep_cosignature(note, witness=WITNESS, key=key, renews=True)
    opened(note).verify(Vkey(WITNESS, None, COSIGNATURE, key.public_bytes_raw()))
