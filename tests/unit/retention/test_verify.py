"""The stand-alone verifier's own arithmetic against published vectors and the libraries of the product."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.canonical import canonical
from archive.merkle import inclusion_proof, leaf_hash, root, tree_of
from archive.signing import verified
from retention.bundle import verify

SOURCE = Path(verify.__file__).read_text("utf-8")

# RFC 8032 §7.1, tests 1 to 3: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_signatures_of_rfc_8032_hold(public: str, message: str, signature: str) -> None:
    parts = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert verify.ed25519(*parts)
    assert verified(*parts)
    assert not verify.ed25519(parts[0], parts[1] + b"x", parts[2])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.data())
@settings(max_examples=60, deadline=None)
def test_signatures_hold_exactly_where_the_library_says_so(seed: bytes, message: bytes, data: st.DataObject) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    parts = [key.public_key().public_bytes_raw(), message, key.sign(message)]
    assert verify.ed25519(*parts)
    which = data.draw(st.sampled_from([0, 2]))
    at, bit = data.draw(st.integers(0, len(parts[which]) - 1)), data.draw(st.integers(0, 7))
    parts[which] = bytes([*parts[which][:at], parts[which][at] ^ 1 << bit, *parts[which][at + 1 :]])
    assert verify.ed25519(*parts) == verified(*parts) is False


def test_a_second_spelling_of_a_signature_is_refused() -> None:
    """RFC 8032 §5.1.7: S must be smaller than the group's order."""
    key = Ed25519PrivateKey.generate()
    signature = key.sign(b"m")
    larger = (int.from_bytes(signature[32:], "little") + verify.ORDER).to_bytes(32, "little")
    assert not verify.ed25519(key.public_key().public_bytes_raw(), b"m", signature[:32] + larger)
    assert not verify.ed25519(key.public_key().public_bytes_raw(), b"m", signature + b"\0")
    assert not verify.ed25519(b"\xff" * 32, b"m", signature)
    assert not verify.ed25519(b"", b"m", signature)


@given(VALUES)
def test_canonical_json_is_the_library_s(value: object) -> None:
    assert verify.canonical(value) == canonical(value)


@given(st.integers(1, 90), st.data())
@settings(deadline=None)
def test_inclusion_is_the_core_s(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    hash_at = tree_of(leaves)
    path = inclusion_proof(hash_at, index, size)
    assert verify.inclusion_root(leaves[index], index, size, path) == root(hash_at, size)
    with pytest.raises(verify.Disagreement, match="too long"):
        verify.inclusion_root(leaves[index], index, size, [*path, b"\0" * 32])
    if path:
        with pytest.raises(verify.Disagreement, match="too short"):
            verify.inclusion_root(leaves[index], index, size, path[1:])


def test_it_needs_the_standard_library_alone() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SOURCE, feature_version=(3, 9))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= sys.stdlib_module_names | {"__future__"}
