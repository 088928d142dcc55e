"""The Merkle tree against published roots and proofs, and against a naive tree."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Damaged
from archive.merkle import (
    EMPTY_ROOT,
    Frontier,
    HashAt,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    tree_of,
    verify_consistency,
    verify_inclusion,
)

# The eight entries and the roots after each that the Certificate Transparency projects publish
# (transparency-dev/merkle, testonly/constants.go).
ENTRIES = [
    bytes.fromhex(entry)
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CONSISTENCY = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
LEAVES = [leaf_hash(entry) for entry in ENTRIES]

leaf_lists = st.integers(1, 130).map(lambda n: [leaf_hash(str(i).encode()) for i in range(n)])


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 §2.1 writes it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def reader(stored: dict[tuple[int, int], bytes]) -> HashAt:
    return lambda level, index: stored[level, index]


@pytest.mark.parametrize("size", range(9))
def test_published_roots_come_out(size: int) -> None:
    assert root(tree_of(LEAVES[:size]), size).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_published_inclusion_proofs_come_out(index: int, size: int) -> None:
    proof = inclusion_proof(tree_of(LEAVES[:size]), index, size)
    assert [step.hex() for step in proof] == INCLUSION[index, size]
    verify_inclusion(LEAVES[index], index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_published_consistency_proofs_come_out(old: int, new: int) -> None:
    proof = consistency_proof(tree_of(LEAVES[:new]), old, new)
    assert [step.hex() for step in proof] == CONSISTENCY[old, new]
    verify_consistency(old, bytes.fromhex(ROOTS[old]), new, bytes.fromhex(ROOTS[new]), proof)


def test_appending_one_by_one_stores_the_whole_tree() -> None:
    leaves = [leaf_hash(bytes([i])) for i in range(70)]
    stored: dict[tuple[int, int], bytes] = {}
    frontier = Frontier()
    for size, leaf in enumerate(leaves, start=1):
        frontier, nodes = frontier.append(leaf)
        fresh = {(node.level, node.index): node.hash for node in nodes}
        assert not stored.keys() & fresh.keys()
        stored |= fresh
        assert frontier.root == naive_root(leaves[:size]) == root(reader(stored), size)
        assert Frontier.read(reader(stored), size) == frontier


@given(leaf_lists, st.data())
def test_every_proof_holds_and_agrees_with_the_naive_tree(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    hash_at, top = tree_of(leaves), naive_root(leaves)
    assert root(hash_at, size) == top
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    verify_inclusion(leaves[index], index, size, inclusion_proof(hash_at, index, size), top)
    verify_consistency(old, naive_root(leaves[:old]), size, top, consistency_proof(hash_at, old, size))


@given(leaf_lists, st.data())
def test_a_proof_that_was_touched_does_not_hold(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    hash_at, top = tree_of(leaves), naive_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(hash_at, index, size)
    wrong = data.draw(st.sampled_from(_spoiled(proof)))
    with pytest.raises(Damaged):
        verify_inclusion(leaves[index], index, size, wrong, top)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(hash_at, old, size)
    wrong = data.draw(st.sampled_from(_spoiled(proof)))
    with pytest.raises(Damaged):
        verify_consistency(old, naive_root(leaves[:old]), size, top, wrong)


def _spoiled(proof: list[bytes]) -> list[list[bytes]]:
    flipped = [[*proof[:i], bytes([step[0] ^ 1]) + step[1:], *proof[i + 1 :]] for i, step in enumerate(proof)]
    return [*flipped, [*proof, b"\0" * 32], *([proof[1:], proof[:-1]] if proof else [])]


@given(leaf_lists, st.data())
def test_another_place_or_size_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    hash_at, top = tree_of(leaves), naive_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(hash_at, index, size)
    for claimed in {-1, *range(size + 2)} - {index}:
        with pytest.raises(Damaged):
            verify_inclusion(leaves[index], claimed, size, proof, top)
    if size > 1:
        with pytest.raises(Damaged):
            verify_consistency(1, leaves[1], size, top, consistency_proof(hash_at, 1, size))


def test_a_shrunken_log_is_refused() -> None:
    with pytest.raises(Damaged):
        verify_consistency(8, bytes.fromhex(ROOTS[8]), 7, bytes.fromhex(ROOTS[7]), [])
    with pytest.raises(Damaged):
        verify_consistency(0, bytes.fromhex(ROOTS[1]), 7, bytes.fromhex(ROOTS[7]), [])
    with pytest.raises(Damaged):
        verify_consistency(7, bytes.fromhex(ROOTS[7]), 7, bytes.fromhex(ROOTS[8]), [])


def test_questions_about_what_is_not_there_are_refused() -> None:
    hash_at = tree_of(LEAVES)
    with pytest.raises(ValueError, match="no leaf 8"):
        inclusion_proof(hash_at, 8, 8)
    with pytest.raises(ValueError, match="no beginning"):
        consistency_proof(hash_at, 9, 8)
    assert root(hash_at, 0) == Frontier().root == EMPTY_ROOT
