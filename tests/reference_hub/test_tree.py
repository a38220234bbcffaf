"""Trees and notes, checked against a tree built from the RFC's definitions."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st
import pytest

from .note import cosign, open_checkpoint
from .sample_log import SampleLog, consistency_path, inclusion_path, tree_root
from .tree import ProofWrong, check_consistency, check_inclusion
from .wire import from_b64

LEAVES = [bytes([number]) * 32 for number in range(1, 21)]
SIZES = range(1, len(LEAVES) + 1)
ROOTS = [tree_root(LEAVES[:size]) for size in range(len(LEAVES) + 1)]


@pytest.mark.parametrize("size", SIZES)
def test_every_entry_is_in_its_tree_and_in_no_other_place(size: int) -> None:
    for index in range(size):
        path = inclusion_path(index, LEAVES[:size])
        check_inclusion(LEAVES[index], index, size, ROOTS[size], path)
        for other in set(range(size + 1)) - {index}:
            with pytest.raises(ProofWrong):
                check_inclusion(LEAVES[index], other, size, ROOTS[size], path)


@pytest.mark.parametrize("size", SIZES)
def test_every_tree_grew_out_of_the_older_ones_and_no_others(size: int) -> None:
    for older in range(size + 1):
        path = consistency_path(older, LEAVES[:size])
        check_consistency(older, ROOTS[older], size, ROOTS[size], path)
        if older:
            with pytest.raises(ProofWrong):
                check_consistency(older, bytes(32), size, ROOTS[size], path)
        for damaged in (path[1:], [*path, bytes(32)], [bytes(32), *path[1:]]):
            if damaged != path and older:
                with pytest.raises(ProofWrong):
                    check_consistency(older, ROOTS[older], size, ROOTS[size], damaged)


def test_a_tree_that_shrank_is_found() -> None:
    with pytest.raises(ProofWrong):
        check_consistency(5, ROOTS[5], 4, ROOTS[4], [])


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    log = SampleLog()
    log.leaves = LEAVES[:3]
    read = open_checkpoint(log.checkpoint(), log.origin, log.key.public_key())
    assert (read.origin, read.size, read.root) == (log.origin, 3, ROOTS[3])


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_changed_checkpoint_is_refused(at: int, character: str) -> None:
    note = LOG.checkpoint()
    at %= len(note)
    changed = note[:at] + character + note[at + 1 :]
    if changed != note:
        with pytest.raises(ProofWrong):
            open_checkpoint(changed, LOG.origin, LOG.key.public_key())


LOG = SampleLog()


def test_a_cosignature_is_as_the_specification_says() -> None:
    """`cosignature/v1`: name, algorithm byte 4, eight bytes of time, over the body."""
    key = Ed25519PrivateKey.generate()
    note = LOG.checkpoint()
    cosigned = cosign(note, "hub", key, 1_795_284_245)
    line = cosigned.removeprefix(note)
    assert line.startswith("\u2014 hub ")
    signed = from_b64(line.removeprefix("\u2014 hub ").strip())
    assert len(signed) == 4 + 8 + 64
    assert int.from_bytes(signed[4:12]) == 1_795_284_245
    body = note.partition("\n\n")[0] + "\n"
    message = f"cosignature/v1\ntime 1795284245\n{body}"
    key.public_key().verify(signed[12:], message.encode())
