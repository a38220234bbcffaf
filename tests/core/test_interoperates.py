"""Trees, checkpoints and cosignatures mean to others what they mean here.

Others are what is published, and `tlog-scales`: the tree of RFC 9162 and C2SP's formats, by
the keeper of a public witness, with no line in common with ours.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from hypothesis import given, strategies as st
from nacl.signing import SigningKey
import pytest
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import (
    Checkpoint as TheirCheckpoint,
    ConsistencyProof,
    ConsistencyProofInvalid,
    InclusionProof,
    InclusionProofInvalid,
)

from custom_components.latchstring.core.signatures.note import (
    Checkpoint,
    SignatureKind,
    key_id,
    parse_note,
    sign_checkpoint,
    verify_checkpoint,
    verify_cosignature,
)
from custom_components.latchstring.core.tree import (
    consistency_proof,
    inclusion_proof,
    root,
)
from tests.reference_hub.note import cosign
from tests.reference_hub.tree import check_consistency, check_inclusion

from .test_tree import Kept

# The example of C2SP's signed-note.
FOO_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n"
    "\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZX"
    "sYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

# A head of Sigsum's test log `barreleye` as three public witnesses cosigned it, from a proof
# that is published with the policy that names their keys (github.com/florolf/spic, doc/example.md).
LOG = "4644af2abd40f4895a003bca350f9d5912ab301a49c77f13e5b6d905c20a5fe6"
LOG_SIZE = 17_157
LOG_ROOT = "86c07a3959a75a8640dd01c33a62cf4222ef88ace47f706a06905d915e705a3d"
LOG_SIGNATURE = (
    "fb48647e55d12145b6e3169d33cd167f0c24ce6c002ce794d82edd9e055ad535"
    "d94f4f0e142792194e713561d9040e94a744a73b4afa34b6697fdd8a32a0d509"
)
COSIGNED_AT = 1_765_558_886
COSIGNATURES = {
    "poc.sigsum.org/nisse": (
        "1c25f8a44c635457e2e391d1efbca7d4c2951a0aef06225a881e46b98962ac6c",
        (
            "b67271161de5010cae38a210c55e10b89ea07cb233ebba4802b34133d38de149"
            "33d81b40793a4a041bf428a632e48bd7f532f556485bc31580367df4fdae6a08"
        ),
    ),
    "rgdd.se/poc-witness": (
        "28c92a5a3a054d317c86fc2eeb6a7ab2054d6217100d0be67ded5b74323c5806",
        (
            "c568d60cc7d2bf339e4a74597adfe12e09bf9bc9c13e194774c8bc103930e565"
            "1290bffc6cb2cf57ffef18ff7d68b34d4560451a0521d6c16e595367eed8f40a"
        ),
    ),
    "witness.navigli.sunlight.geomys.org": (
        "dcbf728e02d479f5a7e20dc09adf525833ed6e797526517aeb07fc6854849fc6",
        (
            "0bd36c6f510e36939758d6b4df06bb90ad332ef2a590ef82a831d50876748387"
            "540891d0e4f77253b396ec57c20f07a33a2dfa644b7b44383000a62924c7e20d"
        ),
    ),
}

ORIGIN = "latchstring/9b7hOkWwIQvVh1VAnVZAvbT4pNTs2mnYwMYZfCs9sGc"
WITNESS = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS_SEED = bytes(range(1, 33))
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(WITNESS_SEED)
AT = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
HEAD = Checkpoint(origin=ORIGIN, size=8, root=sha256(b"root").digest())


def line(name: str, identifier: bytes, signed: bytes) -> str:
    return f"— {name} {b64encode(identifier + signed).decode()}\n"


def published_head() -> tuple[str, str, Ed25519PublicKey]:
    """Write the public log's head as the note it is: its origin, text and key."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(LOG))
    origin = f"sigsum.org/v1/tree/{sha256(key.public_bytes_raw()).hexdigest()}"
    text = f"{origin}\n{LOG_SIZE}\n{b64encode(bytes.fromhex(LOG_ROOT)).decode()}\n"
    by = key_id(origin, key, SignatureKind.NOTE)
    return (
        origin,
        f"{text}\n{line(origin, by, bytes.fromhex(LOG_SIGNATURE))}",
        key,
    )


def vkey(name: str, key: Ed25519PublicKey, kind: SignatureKind) -> Vkey:
    """Name a key as others do."""
    return Vkey(name, None, kind, key.public_bytes_raw())


class Tiles:
    """A tree that fits one tile, as `tlog-scales` reads it."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.hashes = b"".join(leaf_hash(leaf) for leaf in leaves)

    def get(self, *path: str) -> bytes:
        assert path[:2] == ("tile", "0")
        return self.hashes


def theirs(leaves: Sequence[bytes]) -> TilesReader:
    reader = TilesReader(Tiles(leaves))
    reader.set_size(len(leaves))
    return reader


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[bytes], int, int]:
    """Draw the leaves of a tree, how many of them an older one had, and one of those."""
    leaves = draw(st.lists(st.binary(max_size=20), min_size=1, max_size=255))
    older = draw(st.integers(1, len(leaves)))
    return leaves, older, draw(st.integers(0, older - 1))


def test_the_note_of_the_specification_is_signed_by_its_key() -> None:
    name, identifier, typed = FOO_KEY.split("+", 2)
    key = Ed25519PublicKey.from_public_bytes(b64decode(typed)[1:])
    assert key_id(name, key, SignatureKind.NOTE).hex() == identifier
    note = parse_note(FOO_NOTE)
    (signature,) = note.signatures
    assert (signature.name, signature.key_id.hex()) == (name, identifier)
    key.verify(signature.signature, note.text.encode())


def test_a_public_logs_head_is_verified() -> None:
    origin, note, key = published_head()
    head = verify_checkpoint(note, origin=origin, key=key)
    assert (head.size, head.root.hex()) == (LOG_SIZE, LOG_ROOT)


@pytest.mark.parametrize("witness", COSIGNATURES)
def test_a_public_witness_cosignature_is_verified(witness: str) -> None:
    public, signature = map(bytes.fromhex, COSIGNATURES[witness])
    key = Ed25519PublicKey.from_public_bytes(public)
    _, note, _ = published_head()
    by = key_id(witness, key, SignatureKind.COSIGNATURE)
    note += line(witness, by, COSIGNED_AT.to_bytes(8) + signature)
    at = verify_cosignature(note, name=witness, key=key)
    assert at.timestamp() == COSIGNED_AT


@given(tree=trees())
def test_any_tree_has_the_root_that_others_give_it(
    tree: tuple[list[bytes], int, int],
) -> None:
    leaves, older, _ = tree
    kept = Kept(leaves)
    for size in (older, len(leaves)):
        assert root(size, kept.at) == theirs(leaves[:size]).calculate_root_hash()


@given(tree=trees())
def test_an_inclusion_proof_is_the_one_that_others_make_and_take(
    tree: tuple[list[bytes], int, int],
) -> None:
    leaves, size, index = tree
    kept, reader = Kept(leaves), theirs(leaves)
    head = root(size, kept.at)
    ours = inclusion_proof(index, size, kept.at)
    InclusionProof(index, size, [*ours]).check(kept.at(0, index), head)
    other = reader.get_inclusion_proof(index, size).node_hashes
    assert other == [*ours]
    check_inclusion(leaf_hash(leaves[index]), index, size, reader.mth(0, size), other)


@given(tree=trees())
def test_a_consistency_proof_is_the_one_that_others_make_and_take(
    tree: tuple[list[bytes], int, int],
) -> None:
    leaves, older, _ = tree
    size = len(leaves)
    kept, reader = Kept(leaves), theirs(leaves)
    was, now = root(older, kept.at), root(size, kept.at)
    ours = consistency_proof(older, size, kept.at)
    ConsistencyProof(older, size, [*ours]).check(was, now)
    other = reader.get_consistency_proof(older, size).node_hashes
    assert other == [*ours]
    check_consistency(
        older, reader.mth(0, older), size, reader.calculate_root_hash(), other
    )


@given(tree=trees())
def test_what_others_refuse_of_a_rewritten_tree_is_what_we_make_of_it(
    tree: tuple[list[bytes], int, int],
) -> None:
    leaves, older, index = tree
    honest = Kept(leaves)
    forged = Kept([*leaves[:index], b"forged" * 4, *leaves[index + 1 :]])
    size = len(leaves)
    with pytest.raises(InclusionProofInvalid):
        InclusionProof(index, size, [*inclusion_proof(index, size, forged.at)]).check(
            forged.at(0, index), root(size, honest.at)
        )
    with pytest.raises(ConsistencyProofInvalid):
        ConsistencyProof(
            older, size, [*consistency_proof(older, size, forged.at)]
        ).check(root(older, honest.at), root(size, forged.at))


def test_others_verify_our_checkpoint_and_our_hubs_cosignature() -> None:
    seconds = int(AT.timestamp())
    note = cosign(sign_checkpoint(HEAD, LOG_KEY), WITNESS, WITNESS_KEY, seconds)
    read = TheirCheckpoint.from_text(note)
    assert (read.origin, read.size, read.root_hash) == (ORIGIN, 8, HEAD.root)
    assert read.serialize() == note
    read.verify(vkey(ORIGIN, LOG_KEY.public_key(), SignatureKind.NOTE))
    read.verify(vkey(WITNESS, WITNESS_KEY.public_key(), SignatureKind.COSIGNATURE))


def test_others_find_no_signature_of_another_name_kind_or_key() -> None:
    read = TheirCheckpoint.from_text(sign_checkpoint(HEAD, LOG_KEY))
    for name, key, kind in (
        ("other", LOG_KEY, SignatureKind.NOTE),
        (ORIGIN, WITNESS_KEY, SignatureKind.NOTE),
        (ORIGIN, LOG_KEY, SignatureKind.COSIGNATURE),
    ):
        with pytest.raises(RuntimeError, match="no signature matched"):
            read.verify(vkey(name, key.public_key(), kind))


def test_a_cosignature_by_another_witness_another_curve_library_and_two_lines_is_taken() -> (
    None
):
    """What the specification says, and libsodium: not even the curve is ours."""
    note, seconds = sign_checkpoint(HEAD, LOG_KEY), int(AT.timestamp())
    text, _, (ours) = note.partition("\n\n")
    key = SigningKey(WITNESS_SEED)
    public = bytes(key.verify_key)
    by = sha256(WITNESS.encode() + b"\n\x04" + public).digest()[:4]
    message = f"cosignature/v1\ntime {seconds}\n{text}\n".encode()
    signed = seconds.to_bytes(8) + key.sign(message).signature
    cosigned = note + line(WITNESS, by, signed)
    assert (
        verify_cosignature(cosigned, name=WITNESS, key=WITNESS_KEY.public_key()) == AT
    )
    signature = b64decode(ours.removeprefix(f"— {ORIGIN} "))
    SigningKey(bytes(range(32))).verify_key.verify(f"{text}\n".encode(), signature[4:])
