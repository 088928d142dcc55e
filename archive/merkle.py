"""The log's Merkle tree (RFC 6962, RFC 9162 §2.1) over SHA-256: roots, proofs and their verification.

A tree is read through `hash_at(level, index)`: the hash of the perfect subtree over the 2^level leaves from
index·2^level on; level 0 is the leaves' hashes. Those are what a log stores; an append adds few of them (`Frontier`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from archive.errors import Damaged

HashAt: TypeAlias = Callable[[int, int], bytes]
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Node:
    """One perfect subtree that an append completed."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Frontier:
    """What an append must know of a tree: its size and the hashes of its largest perfect subtrees, left to right."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def read(cls, hash_at: HashAt, size: int) -> Frontier:
        """The frontier of a stored tree of `size` leaves."""
        return cls(size, tuple(hash_at(level, index) for level, index in perfect_subtrees(size)))

    @property
    def root(self) -> bytes:
        """The root hash: the peaks folded from the right."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, hashed = self.peaks
        for peak in reversed(rest):
            hashed = node_hash(peak, hashed)
        return hashed

    def append(self, leaf: bytes) -> tuple[Frontier, list[Node]]:
        """The tree with one more leaf, given by its hash, and the subtrees to store: the leaf and what it completed."""
        nodes, peaks = [Node(0, self.size, leaf)], list(self.peaks)
        while self.size >> nodes[-1].level & 1:
            last = nodes[-1]
            nodes.append(Node(last.level + 1, last.index // 2, node_hash(peaks.pop(), last.hash)))
        return Frontier(self.size + 1, (*peaks, nodes[-1].hash)), nodes


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_subtrees(size: int) -> Iterator[tuple[int, int]]:
    """(level, index) of the largest perfect subtrees that make up a tree of `size` leaves, left to right."""
    start = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            yield level, start >> level
            start += 1 << level


def tree_of(leaves: Sequence[bytes]) -> HashAt:
    """A reader of the tree over these leaf hashes, held in memory."""
    levels = [list(leaves)]
    while len(below := levels[-1]) > 1:
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]


def root(hash_at: HashAt, size: int) -> bytes:
    """The root hash of the first `size` leaves."""
    return _range_hash(hash_at, 0, size) if size else EMPTY_ROOT


def inclusion_proof(hash_at: HashAt, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]): the siblings from the leaf up; ValueError when the tree has no such leaf."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    return _path(hash_at, index, 0, size)


def consistency_proof(hash_at: HashAt, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]): that the first tree is a beginning of the second; ValueError unless 0 ≤ old ≤ new."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves is no beginning of one of {new}")
    return _subproof(hash_at, old, range(new), whole=True) if old else []


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Damaged unless the proof leads from this leaf hash to the expected root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        raise Damaged(f"A log of {size} entries has no entry {index}.")
    at, last, hashed = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise Damaged(f"The proof that entry {index} is in the log is too long.")
        if at & 1 or at == last:
            hashed = node_hash(step, hashed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = node_hash(hashed, step)
        at, last = at >> 1, last >> 1
    if last or hashed != expected:
        raise Damaged(f"The proof that entry {index} is in the log of {size} entries does not hold.")


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Damaged unless the log of `new` entries begins with the log of `old` entries (RFC 9162 §2.1.4.2)."""
    if old in (0, new):
        roots = (EMPTY_ROOT if old == 0 else new_root, new_root)
    elif 0 < old < new and proof:
        roots = _roots_of(old, new, proof if old & (old - 1) else [old_root, *proof])
        proof = ()
    else:
        roots = (b"", b"")
    if proof or roots != (old_root, new_root):
        raise Damaged(f"The log of {new} entries does not continue the log of {old} entries.")


def _roots_of(old: int, new: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Both roots that a consistency proof leads to; empty bytes when its length is wrong."""
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_hash = new_hash = proof[0]
    for step in proof[1:]:
        if last == 0:
            return b"", b""
        if at & 1 or at == last:
            old_hash, new_hash = node_hash(step, old_hash), node_hash(step, new_hash)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new_hash = node_hash(new_hash, step)
        at, last = at >> 1, last >> 1
    return (old_hash, new_hash) if last == 0 else (b"", b"")


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _range_hash(hash_at: HashAt, start: int, size: int) -> bytes:
    """MTH of `size` leaves from `start`, which is a multiple of the largest power of two in `size`."""
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return hash_at(level, start >> level)
    k = _split(size)
    return node_hash(_range_hash(hash_at, start, k), _range_hash(hash_at, start + k, size - k))


def _path(hash_at: HashAt, index: int, start: int, size: int) -> list[bytes]:
    if size == 1:
        return []
    k = _split(size)
    if index < k:
        return [*_path(hash_at, index, start, k), _range_hash(hash_at, start + k, size - k)]
    return [*_path(hash_at, index - k, start + k, size - k), _range_hash(hash_at, start, k)]


def _subproof(hash_at: HashAt, old: int, new: range, *, whole: bool) -> list[bytes]:
    """SUBPROOF(old, D[new], whole) of RFC 9162 §2.1.4.1."""
    size = len(new)
    if old == size:
        return [] if whole else [_range_hash(hash_at, new.start, size)]
    k = _split(size)
    if old <= k:
        right = _range_hash(hash_at, new.start + k, size - k)
        return [*_subproof(hash_at, old, new[:k], whole=whole), right]
    return [*_subproof(hash_at, old - k, new[k:], whole=False), _range_hash(hash_at, new.start, k)]
