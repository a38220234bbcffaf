"""Trees as RFC 9162 section 2.1 defines them."""

from hashlib import sha256

from hypothesis import given, strategies as st
import pytest

from custom_components.latchstring.core.tree import (
    EMPTY_ROOT,
    completed_by,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
)
from tests.reference_hub.tree import (
    NotConsistent,
    NotProven,
    check_consistency,
    check_inclusion,
)

# The leaves, roots and proofs that Certificate Transparency's own tests published
# (transparency-dev/merkle, testonly/constants.go and proof/verify_test.go).
LEAVES = tuple(
    map(
        bytes.fromhex,
        (
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ),
    )
)
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSIONS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCIES = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


class Kept:
    """A tree's nodes, kept as the record keeps them."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        for index, data in enumerate(leaves):
            self.nodes[0, index] = leaf_hash(data)
            for node in completed_by(index, leaf_hash(data), self.at):
                self.nodes[node.level, node.index] = node.hash

    def at(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


def defined(leaves: list[bytes]) -> bytes:
    """MTH, word for word as section 2.1.1 defines it."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = max(1 << n for n in range(len(leaves)) if 1 << n < len(leaves))
    both = defined(leaves[:split]) + defined(leaves[split:])
    return sha256(b"\x01" + both).digest()


def some_leaves(size: int) -> list[bytes]:
    return [str(number).encode() for number in range(size)]


@st.composite
def sizes_and_place(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, 140))
    return size, draw(st.integers(0, size - 1))


@st.composite
def flips(draw: st.DrawFn, parts: int) -> tuple[int, int]:
    return draw(st.integers(0, parts - 1)), draw(st.integers(0, 255))


def flipped(parts: list[bytes], where: tuple[int, int]) -> list[bytes]:
    part, bit = where
    number = int.from_bytes(parts[part]) ^ 1 << bit
    return [*parts[:part], number.to_bytes(32), *parts[part + 1 :]]


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots_are_the_published_ones(size: int) -> None:
    kept = Kept(list(LEAVES))
    assert root(size, kept.at).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "published"), INCLUSIONS)
def test_inclusion_proofs_are_the_published_ones(
    index: int, size: int, published: list[str]
) -> None:
    kept = Kept(list(LEAVES))
    proof = inclusion_proof(index, size, kept.at)
    assert [each.hex() for each in proof] == published


@pytest.mark.parametrize(("old", "new", "published"), CONSISTENCIES)
def test_consistency_proofs_are_the_published_ones(
    old: int, new: int, published: list[str]
) -> None:
    kept = Kept(list(LEAVES))
    proof = consistency_proof(old, new, kept.at)
    assert [each.hex() for each in proof] == published


@given(leaves=st.lists(st.binary(max_size=40), max_size=70))
def test_every_kept_node_and_every_root_is_what_the_standard_defines(
    leaves: list[bytes],
) -> None:
    kept = Kept(leaves)
    for (level, index), hashed in kept.nodes.items():
        assert hashed == defined(leaves[index << level : index + 1 << level])
    for size in range(len(leaves) + 1):
        assert root(size, kept.at) == defined(leaves[:size])


@given(leaves=st.integers(0, 300))
def test_a_tree_keeps_less_than_two_nodes_a_leaf(leaves: int) -> None:
    assert len(Kept(some_leaves(leaves)).nodes) <= max(0, 2 * leaves - 1)


@given(place=sizes_and_place())
def test_every_entry_can_be_proven(place: tuple[int, int]) -> None:
    size, index = place
    kept = Kept(some_leaves(size))
    proof, head = inclusion_proof(index, size, kept.at), root(size, kept.at)
    leaf = kept.at(0, index)
    check_inclusion(leaf, index, size, head, proof)


@given(place=sizes_and_place(), data=st.data())
def test_an_inclusion_proof_with_any_flipped_bit_proves_nothing(
    place: tuple[int, int], data: st.DataObject
) -> None:
    size, index = place
    kept = Kept(some_leaves(size))
    whole = [
        kept.at(0, index),
        root(size, kept.at),
        *inclusion_proof(index, size, kept.at),
    ]
    leaf, head, *proof = flipped(whole, data.draw(flips(len(whole))))
    with pytest.raises(NotProven):
        check_inclusion(leaf, index, size, head, proof)


@given(place=sizes_and_place(), data=st.data())
def test_an_inclusion_proof_holds_for_no_other_place(
    place: tuple[int, int], data: st.DataObject
) -> None:
    size, index = place
    kept = Kept(some_leaves(size))
    other = data.draw(st.integers(-1, size + 1).filter(lambda other: other != index))
    with pytest.raises(NotProven):
        check_inclusion(
            kept.at(0, index),
            other,
            size,
            root(size, kept.at),
            inclusion_proof(index, size, kept.at),
        )


@given(place=sizes_and_place(), longer=st.booleans())
def test_an_inclusion_proof_of_another_length_proves_nothing(
    place: tuple[int, int], *, longer: bool
) -> None:
    size, index = place
    kept = Kept(some_leaves(size))
    right = inclusion_proof(index, size, kept.at)
    wrong = (*right, EMPTY_ROOT) if longer else right[:-1]
    if wrong == right:
        return
    with pytest.raises(NotProven):
        check_inclusion(kept.at(0, index), index, size, root(size, kept.at), wrong)


@given(place=sizes_and_place())
def test_every_growth_can_be_proven(place: tuple[int, int]) -> None:
    new, old = place
    kept = Kept(some_leaves(new))
    proof = consistency_proof(old, new, kept.at)
    was, now = root(old, kept.at), root(new, kept.at)
    check_consistency(old, was, new, now, proof)


@given(place=sizes_and_place(), data=st.data())
def test_a_consistency_proof_with_any_flipped_bit_proves_nothing(
    place: tuple[int, int], data: st.DataObject
) -> None:
    new, below = place
    old = below + 1
    kept = Kept(some_leaves(new))
    whole = [
        root(old, kept.at),
        root(new, kept.at),
        *consistency_proof(old, new, kept.at),
    ]
    was, now, *proof = flipped(whole, data.draw(flips(len(whole))))
    with pytest.raises(NotConsistent):
        check_consistency(old, was, new, now, proof)


@given(place=sizes_and_place(), data=st.data())
def test_a_rewritten_past_is_no_prefix(
    place: tuple[int, int], data: st.DataObject
) -> None:
    new, below = place
    old = below + 1
    leaves = some_leaves(new)
    honest = Kept(leaves)
    leaves[data.draw(st.integers(0, old - 1))] = b"forged"
    forged = Kept(leaves)
    with pytest.raises(NotConsistent):
        check_consistency(
            old,
            root(old, honest.at),
            new,
            root(new, forged.at),
            consistency_proof(old, new, forged.at),
        )


def test_a_tree_that_shrank_is_no_growth() -> None:
    kept = Kept(some_leaves(5))
    with pytest.raises(NotConsistent):
        check_consistency(5, root(5, kept.at), 4, root(4, kept.at), ())


def test_an_empty_tree_has_only_one_root() -> None:
    kept = Kept(some_leaves(3))
    with pytest.raises(NotConsistent):
        check_consistency(0, bytes(32), 3, root(3, kept.at), ())


def test_two_empty_trees_are_one_only_by_their_root() -> None:
    check_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, ())
    with pytest.raises(NotConsistent):
        check_consistency(0, EMPTY_ROOT, 0, leaf_hash(b""), ())


@pytest.mark.parametrize("no_hash", [b"", b"short", bytes(33)])
def test_what_is_no_hash_proves_nothing(no_hash: bytes) -> None:
    with pytest.raises(NotProven):
        check_inclusion(no_hash, 0, 1, no_hash, ())
    with pytest.raises(NotConsistent):
        check_consistency(0, EMPTY_ROOT, 1, no_hash, ())


def test_there_is_no_proof_of_what_is_not_there() -> None:
    kept = Kept(some_leaves(3))
    with pytest.raises(IndexError):
        inclusion_proof(3, 3, kept.at)
    with pytest.raises(IndexError):
        consistency_proof(4, 3, kept.at)
