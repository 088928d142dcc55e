"""Canonical JSON: one value, one sequence of bytes (RFC 8785), so that hashes and signatures can be made again."""

from __future__ import annotations

import hashlib
import json
from typing import Final

import rfc8785

_LARGEST: Final = 2**53 - 1
_encode: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def canonical(value: object) -> bytes:
    """RFC 8785 bytes of a JSON value; ValueError for what JSON cannot say exactly (NaN, 2⁵³, lone surrogates).

    Money and dates are strings, so that what we sign holds no fractions.
    """
    if _simple(value):
        return _encode(value).encode("utf-8")
    return rfc8785.dumps(value)  # type: ignore[arg-type]  # it refuses by itself what is no JSON value


def _simple(value: object) -> bool:
    """Whether Python's own encoder writes the same: no fractions, and names whose order needs no UTF-16."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return -_LARGEST <= value <= _LARGEST  # type: ignore[operator]  # an int, as was just asked
    if kind is dict:
        return all(type(name) is str and name.isascii() and _simple(inner) for name, inner in value.items())  # type: ignore[attr-defined]  # as above
    return (kind is list or kind is tuple) and all(_simple(inner) for inner in value)  # type: ignore[attr-defined]  # as above


def digest(value: object) -> str:
    """SHA-256, in hex, of the canonical bytes."""
    return hashlib.sha256(canonical(value)).hexdigest()
