"""Proofs, and that the file's tree is the one the standard defines."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
import itertools
from pathlib import Path
import sqlite3

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from custom_components.latchstring.core.signatures.note import (
    verify_checkpoint,
    verify_cosignature,
)
from custom_components.latchstring.record import (
    HOUSEHOLD,
    CosignatureInvalid,
    CosignedSize,
    EntryProof,
    Record,
)
from custom_components.latchstring.record.household_head import confirmed
from tests.reference_hub.note import cosign, open_checkpoint
from tests.reference_hub.tree import check_consistency, check_inclusion

from .entries import HUB, OTHER_HUB, identity, plain, started, turned

WITNESS = "the-hub"
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SECONDS = 1_795_284_600


async def fill(record: Record, log: str, count: int, at: datetime) -> None:
    for number in range(count):
        await record.log(log).append(plain(str(number)), at=at)


def check(proof: EntryProof, log: str) -> None:
    """Check a proof as its reader does, with nothing but the log's name and key."""
    known = identity(log)
    head = verify_checkpoint(
        proof.checkpoint, origin=known.origin, key=known.key.public_key()
    )
    leaf = sha256(b"\x00" + proof.salt + proof.content).digest()
    assert (proof.origin, proof.leaf, proof.size) == (known.origin, leaf, head.size)
    check_inclusion(leaf, proof.index, head.size, head.root, proof.inclusion)


async def test_a_sessions_start_can_be_proven_once_it_is_on_disk(
    record: Record, at: datetime
) -> None:
    await fill(record, HUB, 6, at)
    appended = await record.log(HUB).append(started("s-1"), at=at)
    proof = await record.log(HUB).prove(appended.index, at=at)
    check(proof, HUB)
    assert b'"session":"s-1"' in proof.content
    assert (proof.at, proof.index, proof.size) == (at, 6, 7)


async def test_every_entry_can_be_proven_in_a_tree_of_any_size(
    record: Record, at: datetime
) -> None:
    for size in range(1, 18):
        await record.log(HUB).append(plain(str(size)), at=at)
        for index in range(size):
            check(await record.log(HUB).prove(index, at=at), HUB)


async def test_the_hubs_own_code_accepts_our_proof(
    record: Record, at: datetime
) -> None:
    await fill(record, HUB, 11, at)
    proof = await record.log(HUB).prove(4, at=at)
    known = identity(HUB)
    head = open_checkpoint(proof.checkpoint, known.origin, known.key.public_key())
    leaf = sha256(b"\x00" + proof.salt + proof.content).digest()
    check_inclusion(leaf, 4, head.size, head.root, proof.inclusion)


async def test_every_head_is_proven_to_grow_out_of_every_earlier_one(
    record: Record, at: datetime
) -> None:
    known = identity(HUB)
    heads = []
    for number in range(12):
        await record.log(HUB).append(plain(str(number)), at=at)
        proof = await record.log(HUB).prove_head(from_size=number)
        heads.append(
            verify_checkpoint(
                proof.checkpoint, origin=known.origin, key=known.key.public_key()
            )
        )
    newest = heads[-1]
    for head in heads:
        proof = await record.log(HUB).prove_head(from_size=head.size)
        check_consistency(
            head.size, head.root, newest.size, newest.root, proof.consistency
        )


async def test_every_tree_is_proven_to_be_a_prefix_of_every_later_one(
    record: Record, at: datetime
) -> None:
    known, roots = identity(HUB), [b""]
    for number in range(9):
        await record.log(HUB).append(plain(str(number)), at=at)
        note = (await record.log(HUB).prove_head(from_size=0)).checkpoint
        head = open_checkpoint(note, known.origin, known.key.public_key())
        roots.append(head.root)
    for old in range(1, 10):
        for new in range(old, 10):
            path = await record.log(HUB).prove_growth(from_size=old, to_size=new)
            check_consistency(old, roots[old], new, roots[new], path)
    for old, new in ((4, 3), (1, 10), (10, 10)):
        with pytest.raises(LookupError):
            await record.log(HUB).prove_growth(from_size=old, to_size=new)


async def test_there_is_no_proof_of_an_entry_that_is_not_there(
    record: Record, at: datetime
) -> None:
    with pytest.raises(LookupError):
        await record.log(HUB).prove(0, at=at)
    await fill(record, HUB, 3, at)
    for missing in (3, -1):
        with pytest.raises(LookupError):
            await record.log(HUB).prove(missing, at=at)
    with pytest.raises(LookupError):
        await record.log(HUB).prove_head(from_size=4)
    assert record.writable


async def test_logs_share_no_salt_leaf_key_or_origin(
    record: Record, folder: Path, at: datetime
) -> None:
    record.add_log(identity(OTHER_HUB))
    captures = {}
    for log in (HUB, OTHER_HUB):
        await fill(record, log, 40, at)
        proofs = [await record.log(log).prove(index, at=at) for index in range(40)]
        captures[log] = {
            *(proof.salt for proof in proofs),
            *(proof.leaf for proof in proofs),
            *(step for proof in proofs for step in proof.inclusion),
            *(proof.origin for proof in proofs),
            *(
                line
                for proof in proofs
                for line in proof.checkpoint.split("\n")
                if line
            ),
        }
        contents = [proof.content for proof in proofs]
        assert len({proof.salt for proof in proofs}) == 40
        assert len(set(contents)) == 40
    first, second = captures.values()
    assert first & second == {"40"}
    with closing(sqlite3.connect(folder / "record.db")) as file:
        keys = file.execute("SELECT public_key, origin FROM logs").fetchall()
    assert len({part for row in keys for part in row}) == 4


async def test_the_same_entry_in_two_logs_has_two_leaves(
    record: Record, at: datetime
) -> None:
    record.add_log(identity(OTHER_HUB))
    leaves = set()
    for log in (HUB, OTHER_HUB):
        await record.log(log).append(plain("same"), at=at)
        leaves.add((await record.log(log).prove(0, at=at)).leaf)
    assert len(leaves) == 2


async def test_what_happens_in_the_household_moves_no_hubs_tree(
    record: Record, at: datetime
) -> None:
    await fill(record, HUB, 3, at)
    before = await record.log(HUB).prove_head(from_size=3)
    for number in range(50):
        await record.log(HOUSEHOLD).append(turned(on=number % 2 == 0), at=at)
    assert await record.log(HUB).prove_head(from_size=3) == before


async def test_a_witness_goes_on_from_the_newest_head_it_cosigned(
    record: Record, at: datetime
) -> None:
    await fill(record, HUB, 3, at)
    assert await record.log(HUB).cosigned_size() == 0
    shown = await record.log(HUB).prove_head(from_size=0)
    await fill(record, HUB, 2, at)
    note = cosign(shown.checkpoint, WITNESS, WITNESS_KEY, SECONDS)
    confirmed = await record.log(HUB).keep_cosignature(
        note, witness=WITNESS, key=WITNESS_KEY.public_key(), renews=True
    )
    assert confirmed == CosignedSize(size=3, at=datetime.fromtimestamp(SECONDS, UTC))
    assert await record.log(HUB).cosigned_size() == 3
    assert await record.log(HUB).confirmed() == {0: confirmed}


async def test_a_tree_is_cosigned_again_only_later_and_where_that_is_wanted(
    record: Record, at: datetime
) -> None:
    await fill(record, HUB, 3, at)
    head = await record.log(HUB).prove_head(from_size=0)

    async def kept(seconds: int, *, renews: bool) -> int | None:
        """Give the time that is kept of this cosignature, if it is."""
        note = cosign(head.checkpoint, WITNESS, WITNESS_KEY, seconds)
        confirmed = await record.log(HUB).keep_cosignature(
            note, witness=WITNESS, key=WITNESS_KEY.public_key(), renews=renews
        )
        (known,) = (await record.log(HUB).confirmed()).values()
        assert known.at == confirmed.at
        return round(known.at.timestamp()) if confirmed.is_new else None

    assert await kept(SECONDS, renews=False) == SECONDS
    assert await kept(SECONDS, renews=True) is None
    assert await kept(SECONDS + 60, renews=False) is None
    assert await kept(SECONDS + 60, renews=True) == SECONDS + 60
    assert await kept(SECONDS, renews=True) is None


async def test_what_is_confirmed_is_looked_up_however_often_the_witness_cosigned(
    record: Record, at: datetime, folder: Path
) -> None:
    """There is a cosignature of every session and every end, and a page asks this for each hub's log."""
    await fill(record, HUB, 40, at)

    async def steps(size: int) -> int:
        """Count what the file does to say it, with one cosignature more."""
        head = await record.log(HUB).prove_head(from_size=size)
        note = cosign(head.checkpoint, WITNESS, WITNESS_KEY, SECONDS)
        known = await record.log(HUB).keep_cosignature(
            note, witness=WITNESS, key=WITNESS_KEY.public_key(), renews=True
        )
        done = itertools.count()
        with closing(sqlite3.connect(folder / "record.db")) as file:
            file.set_progress_handler(lambda: next(done) < 0, 1)
            assert confirmed(file, HUB) == {0: known}
        return next(done)

    counted = [await steps(0)]
    for size in range(40, 80):
        await fill(record, HUB, 1, at)
        counted.append(await steps(size))

    assert {*counted} == {counted[0]}


async def test_it_is_known_since_when_the_witness_could_have_cosigned(
    record: Record, at: datetime
) -> None:
    later = at + timedelta(hours=1)

    async def cosigned_up_to(size: int) -> None:
        note = cosign(heads[size], WITNESS, WITNESS_KEY, SECONDS)
        await record.log(HUB).keep_cosignature(
            note, witness=WITNESS, key=WITNESS_KEY.public_key(), renews=True
        )

    assert await record.log(HUB).waiting_since() is None
    heads = {}
    for size in range(1, 5):
        await fill(record, HUB, 1, at)
        heads[size] = (await record.log(HUB).prove_head(from_size=0)).checkpoint
    await record.log(HUB).keep_offer(size=2, at=at)
    await record.log(HUB).keep_offer(size=3, at=later)
    assert await record.log(HUB).waiting_since() == at
    await cosigned_up_to(1)
    assert await record.log(HUB).waiting_since() == at
    await cosigned_up_to(3)
    assert await record.log(HUB).waiting_since() is None
    await record.log(HUB).keep_offer(size=3, at=later)
    assert await record.log(HUB).waiting_since() is None
    await record.log(HUB).keep_offer(size=4, at=later)
    assert await record.log(HUB).waiting_since() == later
    record.add_log(identity(HUB, epoch=1))
    assert await record.log(HUB).waiting_since() is None


async def test_only_a_cosignature_of_a_head_of_ours_is_kept(
    record: Record, at: datetime
) -> None:
    await fill(record, HUB, 3, at)
    shown = (await record.log(HUB).prove_head(from_size=0)).checkpoint
    cosigned = cosign(shown, WITNESS, WITNESS_KEY, SECONDS)
    verify_cosignature(cosigned, name=WITNESS, key=WITNESS_KEY.public_key())
    for note in (
        shown,
        cosign(shown, "a-stranger", WITNESS_KEY, SECONDS),
        cosigned.replace("\n3\n", "\n2\n"),
        "no note",
    ):
        with pytest.raises(CosignatureInvalid):
            await record.log(HUB).keep_cosignature(
                note, witness=WITNESS, key=WITNESS_KEY.public_key(), renews=True
            )
    assert await record.log(HUB).cosigned_size() == 0


@pytest.mark.parametrize("ours", [1, 3, 4], ids=["longer", "as long", "shorter"])
async def test_a_cosigned_head_of_a_fork_is_not_kept(
    record: Record, tmp_path: Path, at: datetime, ours: int
) -> None:
    fork = await Record(tmp_path / "fork").open()
    fork.add_log(identity(HUB))
    await fill(fork, HUB, 3, at)
    forked = (await fork.log(HUB).prove_head(from_size=0)).checkpoint
    await fork.close()
    note = cosign(forked, WITNESS, WITNESS_KEY, SECONDS)
    await fill(record, HUB, ours, at)
    with pytest.raises(CosignatureInvalid):
        await record.log(HUB).keep_cosignature(
            note, witness=WITNESS, key=WITNESS_KEY.public_key(), renews=True
        )
