"""Signed notes, checkpoints and cosignatures as C2SP defines them."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.signatures.note import (
    Checkpoint,
    NoteError,
    SignatureKind,
    key_id,
    parse_checkpoint,
    parse_note,
    sign_checkpoint,
    verify_checkpoint,
    verify_cosignature,
)
from tests.reference_hub.note import cosign, open_checkpoint

ORIGIN = "latchstring/9b7hOkWwIQvVh1VAnVZAvbT4pNTs2mnYwMYZfCs9sGc"
WITNESS = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SECONDS = 1_679_315_147
HEAD = Checkpoint(origin=ORIGIN, size=8, root=bytes(range(32)))
NOTE = sign_checkpoint(HEAD, LOG_KEY)

# The worked example of Go's sumdb/note, which the format comes from.
PETER = "PeterNeumann"
PETER_KEY = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNX"
    "gKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# The example of tlog-cosignature.
SOFA = "example.com/behind-the-sofa"
SOFA_NOTE = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4"
    "URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZ"
    "CB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


def test_a_key_is_named_and_a_text_is_signed_as_in_the_published_example() -> None:
    note = parse_note(PETER_NOTE)
    (line,) = note.signatures
    key = Ed25519PublicKey.from_public_bytes(b64decode(PETER_KEY)[1:])
    assert (line.name, line.key_id.hex()) == (PETER, "c74f20a3")
    assert key_id(PETER, key, SignatureKind.NOTE) == line.key_id
    key.verify(line.signature, note.text.encode())


def test_the_published_cosigned_checkpoint_is_read() -> None:
    note = parse_note(SOFA_NOTE)
    head = parse_checkpoint(note.text)
    assert (head.origin, head.size) == (SOFA, 20_852_163)
    assert head.root.hex().startswith("0ac5186a91863e8e")
    log, witness = note.signatures
    assert (log.name, len(log.signature)) == (SOFA, 64)
    assert witness.name == "witness.example.com/w1"
    assert int.from_bytes(witness.signature[:8]) == SECONDS


def test_a_text_may_hold_empty_lines() -> None:
    assert parse_note("a\n\nb\n\n— n AAAAAAA=\n").text == "a\n\nb\n"


def test_a_checkpoint_reads_as_it_was_signed() -> None:
    assert verify_checkpoint(NOTE, origin=ORIGIN, key=LOG_KEY.public_key()) == HEAD


def test_another_implementation_reads_our_checkpoint() -> None:
    shown = open_checkpoint(NOTE, ORIGIN, LOG_KEY.public_key())
    assert (shown.origin, shown.size, shown.root) == (ORIGIN, 8, HEAD.root)


def test_a_witness_says_when_it_cosigned() -> None:
    cosigned = cosign(NOTE, WITNESS, WITNESS_KEY, SECONDS)
    at = verify_cosignature(cosigned, name=WITNESS, key=WITNESS_KEY.public_key())
    assert at == datetime(2023, 3, 20, 12, 25, 47, tzinfo=UTC)
    assert verify_checkpoint(cosigned, origin=ORIGIN, key=LOG_KEY.public_key()) == HEAD


def test_a_checkpoint_nobody_cosigned_has_no_cosignature() -> None:
    with pytest.raises(NoteError):
        verify_cosignature(NOTE, name=WITNESS, key=WITNESS_KEY.public_key())


def test_a_logs_own_signature_is_no_cosignature() -> None:
    with pytest.raises(NoteError):
        verify_cosignature(NOTE, name=ORIGIN, key=LOG_KEY.public_key())


def test_a_cosignature_moved_to_another_moment_is_refused() -> None:
    cosigned = cosign(NOTE, WITNESS, WITNESS_KEY, SECONDS)
    head, _, line = cosigned.removesuffix("\n").rpartition(" ")
    signed = b64decode(line)
    later = signed[:4] + (SECONDS + 1).to_bytes(8) + signed[12:]
    with pytest.raises(NoteError):
        verify_cosignature(
            f"{head} {b64encode(later).decode()}\n",
            name=WITNESS,
            key=WITNESS_KEY.public_key(),
        )


def test_a_cosignature_beyond_all_time_is_refused() -> None:
    cosigned = cosign(NOTE, WITNESS, WITNESS_KEY, 2**63 - 1)
    with pytest.raises(NoteError):
        verify_cosignature(cosigned, name=WITNESS, key=WITNESS_KEY.public_key())


def test_a_foreign_key_under_the_right_name_is_refused() -> None:
    forged = sign_checkpoint(HEAD, WITNESS_KEY)
    with pytest.raises(NoteError):
        verify_checkpoint(forged, origin=ORIGIN, key=LOG_KEY.public_key())


def test_a_checkpoint_of_another_log_with_the_same_key_is_refused() -> None:
    other = sign_checkpoint(Checkpoint(origin="other", size=1, root=bytes(32)), LOG_KEY)
    with pytest.raises(NoteError):
        verify_checkpoint(other, origin=ORIGIN, key=LOG_KEY.public_key())


def test_one_wrong_signature_by_a_known_key_spoils_the_note() -> None:
    line = NOTE.rpartition("\n\n")[2]
    other = sign_checkpoint(
        Checkpoint(origin=ORIGIN, size=9, root=bytes(32)), LOG_KEY
    ).rpartition("\n\n")[2]
    body = NOTE.removesuffix(line)
    for lines in (line + other, other + line):
        with pytest.raises(NoteError):
            verify_checkpoint(body + lines, origin=ORIGIN, key=LOG_KEY.public_key())


def test_signatures_of_strangers_are_ignored() -> None:
    note = f"{NOTE}— stranger AAAAAAA=\n"
    assert verify_checkpoint(note, origin=ORIGIN, key=LOG_KEY.public_key()) == HEAD


@given(st.integers(0, len(NOTE.encode()) * 8 - 1))
def test_a_checkpoint_with_any_flipped_bit_is_refused(bit: int) -> None:
    flipped = bytearray(NOTE.encode())
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NoteError):
        verify_checkpoint(
            flipped.decode(errors="surrogateescape"),
            origin=ORIGIN,
            key=LOG_KEY.public_key(),
        )


@given(st.text())
def test_what_is_no_note_is_refused_and_nothing_worse(text: str) -> None:
    with pytest.raises(NoteError):
        verify_checkpoint(text, origin=ORIGIN, key=LOG_KEY.public_key())


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n— n AAAAAAA=\n",
        "text\n\n— n AAAAAAA=",
        "text\n\n- n AAAAAAA=\n",
        "text\n\n— n AAAAAAA=\n\n",
        "text\n\n— n AAAAAA==\n",
        "text\n\n— n AAAAAAB=\n",
        "text\n\n— n AAAA AAA=\n",
        "text\n\n— n\n",
        "text\n\n—  AAAAAAA=\n",
        "text\n\n— n+m AAAAAAA=\n",
        "text\n\n— n\N{NO-BREAK SPACE}m AAAAAAA=\n",
        "te\txt\n\n— n AAAAAAA=\n",
        "te\rxt\n\n— n AAAAAAA=\n",
        "te\ud800xt\n\n— n AAAAAAA=\n",
        "text\n\n" + "— n AAAAAAA=\n" * 17,
        "x" * 65_536 + "\n\n— n AAAAAAA=\n",
    ],
)
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        parse_note(note)


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n8\n",
        f"\n8\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n08\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n-8\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n\N{ARABIC-INDIC DIGIT EIGHT}\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n10000000000000000000\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n8\n{b64encode(bytes(31)).decode()}\n",
        f"{ORIGIN}\n8\nnot base64\n",
        f"{ORIGIN}\n8\n{b64encode(bytes(32)).decode()}",
        f"{ORIGIN}\n8\n{b64encode(bytes(32)).decode()}\nan extension\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_a_log_whose_origin_is_no_key_name_signs_nothing() -> None:
    with pytest.raises(NoteError):
        sign_checkpoint(
            Checkpoint(origin="two\nlines", size=1, root=bytes(32)), LOG_KEY
        )
